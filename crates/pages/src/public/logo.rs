//! Pictures of clients, from our own origin.

use std::sync::Arc;

use axum::Extension;
use axum::extract::Path;

use super::error::{Answer, PublicError};
use super::visit::Visit;
use crate::pictures::send;

/// `GET /static/logo/{digest}`
pub(crate) async fn send_logo(Extension(visit): Extension<Arc<Visit>>, Path(digest): Path<String>) -> Answer {
    let digest = digest.parse().map_err(|_| PublicError::NoPage)?;
    let found = visit.engine.read_picture(visit.installed.api, digest).await?;
    let (kind, bytes) = found.ok_or(PublicError::NoPage)?;
    Ok(send(kind, bytes))
}
