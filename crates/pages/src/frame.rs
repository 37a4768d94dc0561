//! What every answer gets: headers that leave a browser no room, and for refusals the page that explains them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

use crate::error::PageError;
use crate::policy::Needs;
use crate::state::CallId;
use crate::words::{Talk, mark, speaking};

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not "no-referrer": browsers would then send `Origin: null` with our own forms.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Runs a handler, renders its refusal, if it is one, and adds the headers; all in the language of the request.
pub(crate) async fn frame(State(is_secure): State<bool>, request: Request, next: Next) -> Response {
    let talk = Talk::of(request.method(), request.headers(), is_secure);
    speaking(talk, answer(request, next)).await
}

async fn answer(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<CallId>().map(|CallId(id)| Arc::clone(id));
    let is_portal = request.uri().path().starts_with("/portal");
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Arc<PageError>>() {
        response = refusal.render(response, id.as_deref().unwrap_or("unknown"), is_portal);
    }
    mark(&mut response);
    let needs = response.extensions_mut().remove::<Needs>().unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, needs.header());
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
