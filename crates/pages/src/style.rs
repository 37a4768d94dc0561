//! The one style sheet.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The style sheet of all pages.
pub(crate) const STYLE: &str = include_str!("../static/claviger.css");

/// `GET /static/claviger.css`
pub(crate) async fn send_style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=600")];
    (headers, STYLE).into_response()
}
