use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

fn context() -> CallContext {
    CallContext { request_id: "req_1".into(), address: Ipv4Addr::LOCALHOST.into() }
}

async fn document(response: Response) -> serde_json::Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_problem_document_has_every_member() {
    let problem =
        Problem::new(Code::UndefinedScope, "the API has no scope `x`").at(Place::Pointer("/scopes".into()));
    let response = context().refuse(problem).into_response();
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(
        document(response).await,
        serde_json::json!({
            "type": "/problems/undefined-scope",
            "title": "The API has no such scope",
            "status": 400,
            "detail": "the API has no scope `x`",
            "code": "undefined_scope",
            "request_id": "req_1",
            "errors": [{"pointer": "/scopes", "detail": "the API has no scope `x`"}],
        })
    );
}

#[derive(Debug, thiserror::Error)]
#[error("no route to 10.0.0.5")]
struct Secret;

#[tokio::test]
async fn what_failed_inside_never_leaves() {
    let problem = Problem::new(Code::Unavailable, Code::Unavailable.title()).because(Secret);
    let response = context().refuse(problem).into_response();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()[RETRY_AFTER], "1");
    assert!(!document(response).await.to_string().contains("10.0.0.5"));
}

#[derive(Debug, thiserror::Error)]
#[error("the store failed")]
struct Outer(#[source] Secret);

#[test]
fn the_log_gets_the_whole_chain() {
    assert_eq!(chain(&Outer(Secret)), "the store failed: no route to 10.0.0.5");
}

fn help_router() -> Router {
    Router::new()
        .route("/problems/{id}", get(explain_problem))
        .fallback(refuse_unknown_route)
        .method_not_allowed_fallback(refuse_method)
}

async fn call(method: &str, path: &str) -> Response {
    let request = Request::builder().method(method).uri(path).extension(context());
    help_router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_type_leads_to_its_help_text() {
    for code in Code::ALL {
        let response = call("GET", &code.path()).await;
        assert_eq!(response.status(), 200, "{code:?}");
        assert_eq!(document(response).await["help"], code.help());
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let response = call("GET", "/nowhere").await;
    assert_eq!(response.status(), 404);
    assert_eq!(document(response).await["code"], "unknown_route");
    let response = call("GET", "/problems/none").await;
    assert_eq!(response.status(), 404);
    let response = call("DELETE", "/problems/internal").await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()[http::header::ALLOW], "GET,HEAD");
    assert_eq!(document(response).await["request_id"], "req_1");
}
