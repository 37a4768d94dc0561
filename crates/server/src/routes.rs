//! The route of a request at the control origin, told to its span.

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use claviger_telemetry::{RequestSpan, Telemetry};

/// The same router, whose requests tell their spans by which route they are answered; as it was where there are no spans.
pub(crate) fn noted(router: Router, telemetry: &Telemetry) -> Router {
    if telemetry.is_on() { router.layer(from_fn(note)) } else { router }
}

async fn note(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    if let (Some(span), Some(path)) = (extensions.get::<RequestSpan>(), extensions.get::<MatchedPath>()) {
        span.note_route(path.as_str());
    }
    next.run(request).await
}
