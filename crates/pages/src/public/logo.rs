//! Pictures of clients, from our own origin.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::error::{Answer, PublicError};
use super::visit::Visit;

/// `GET /static/logo/{digest}`. What is at an address never changes: another picture has another one.
pub(crate) async fn send_logo(Extension(visit): Extension<Arc<Visit>>, Path(digest): Path<String>) -> Answer {
    let digest = digest.parse().map_err(|_| PublicError::NoPage)?;
    let found = visit.engine.read_picture(visit.installed.api, digest).await?;
    let (kind, bytes) = found.ok_or(PublicError::NoPage)?;
    let headers = [(CONTENT_TYPE, kind.media_type()), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, bytes).into_response())
}
