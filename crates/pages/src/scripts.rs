//! Two small scripts that nothing depends on.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

const PASSKEYS: &str = include_str!("../static/passkeys.js");
const POST: &str = include_str!("../static/post.js");

/// `GET /static/passkeys.js`
pub(crate) async fn send_passkeys_script() -> Response {
    script(PASSKEYS)
}

/// `GET /static/post.js`
pub(crate) async fn send_post_script() -> Response {
    script(POST)
}

fn script(text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=600")];
    (headers, text).into_response()
}
