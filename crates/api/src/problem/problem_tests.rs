use std::net::Ipv4Addr;

use http_body_util::BodyExt as _;

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
