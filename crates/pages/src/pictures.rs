//! Pictures of clients as answers, from our own origin.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use claviger_domain::PictureKind;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::error::{Answer, PageError};
use crate::policy::Needs;
use crate::state::PagesState;

/// A picture. What is at its address never changes: another picture has another one. Should a browser ever take it for
/// something else, it runs nothing.
pub(crate) fn send(kind: PictureKind, bytes: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, kind.media_type()), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Needs::nothing().mark((headers, bytes).into_response())
}

/// `GET /static/logo/{digest}` of console and portal.
pub(crate) async fn send_picture(State(state): State<PagesState>, Path(digest): Path<String>) -> Answer {
    let digest = digest.parse().map_err(|_| PageError::NoPage)?;
    let (kind, bytes) = state.engine.read_any_picture(digest).await?.ok_or(PageError::NoPage)?;
    Ok(send(kind, bytes))
}
