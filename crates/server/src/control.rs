//! The control origin's own pages: what this is, and whether it is well.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use claviger_engine::Engine;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};

const WELCOME: &str = include_str!("control/welcome.html");
// The page has one style sheet, inside, and nothing else that a browser would run or fetch.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// The pages; whatever they do not know is left to `api`, which answers in problem documents.
pub(crate) fn router(engine: Engine, api: Router) -> Router {
    Router::new()
        .route("/", get(show_welcome))
        .route("/livez", get(show_liveness))
        .route("/readyz", get(show_readiness))
        .with_state(engine)
        .fallback_service(api)
}

async fn show_welcome() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, WELCOME).into_response()
}

/// The process runs. Nothing else is asked, so that a slow database does not get us restarted.
async fn show_liveness() -> Response {
    ([(CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// The database answers: requests may come.
async fn show_readiness(State(engine): State<Engine>) -> Response {
    match engine.is_ready().await {
        Ok(()) => ([(CACHE_CONTROL, "no-store")], "ok\n").into_response(),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "not ready");
            let headers = [(CACHE_CONTROL, "no-store"), (RETRY_AFTER, "1")];
            (StatusCode::SERVICE_UNAVAILABLE, headers, "the database does not answer\n").into_response()
        }
    }
}
