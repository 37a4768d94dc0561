//! The control origin: pages, the management API, and whether the server is well.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use claviger_engine::Engine;
use http::StatusCode;
use http::header::{CACHE_CONTROL, RETRY_AFTER};

/// What browsers and monitors ask for; whatever is not known here is left to `api`, which answers in problem documents.
pub(crate) fn router(engine: Engine, pages: Router, api: Router) -> Router {
    Router::new()
        .route("/livez", get(show_liveness))
        .route("/readyz", get(show_readiness))
        .with_state(engine)
        .merge(pages)
        .fallback_service(api)
}

/// The process runs. Nothing else is asked, so that a slow database does not get us restarted.
async fn show_liveness() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// The database answers: requests may come. Limits have their own word for when their shared counter is away, so that
/// this alone does not send requests elsewhere.
async fn show_readiness(State(engine): State<Engine>) -> Response {
    let is_away = engine.shared_counter().is_some_and(|counter| !counter.is_available);
    let text = if is_away { "ok\nthe shared counter of limits does not answer\n" } else { "ok\n" };
    match engine.is_ready().await {
        Ok(()) => ([(CACHE_CONTROL, "no-store")], text).into_response(),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "not ready");
            let headers = [(CACHE_CONTROL, "no-store"), (RETRY_AFTER, "1")];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "the database does not answer\n").into_response()
        }
    }
}
