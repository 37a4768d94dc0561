//! Requests that no endpoint accepts.

use axum::body::Body;
use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn a_broken_body_names_its_line() {
    let harness = Harness::new().await;
    let request = harness.request("POST", "/v1/workspaces").header("content-type", "application/json");
    let reply = harness.send(request.body(Body::from("{\n\"name\": }")).unwrap()).await;
    reply.is_problem(400, "malformed_json");
    assert!(reply.text("/detail").contains("line 2"), "{reply:?}");
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_blamed_where_it_does_not() {
    let harness = Harness::new().await;
    for (body, pointer) in [
        (json!({"name": 1}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"name": "x", "colour": "red"}), "/colour"),
        (json!({}), ""),
        (json!([]), ""),
    ] {
        harness.post("/v1/workspaces", body).await.is_problem(400, "invalid_body").blames("pointer", pointer);
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_size_is_refused() {
    let harness = Harness::new().await;
    let request = harness.request("POST", "/v1/workspaces").header("content-type", "text/plain");
    let reply = harness.send(request.body(Body::from("{}")).unwrap()).await;
    reply.is_problem(415, "unsupported_media_type");
    harness
        .post("/v1/workspaces", json!({"name": "x".repeat(65536)}))
        .await
        .is_problem(413, "body_too_large");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let harness = Harness::new().await;
    harness.get("/v1/nothing").await.is_problem(404, "unknown_route");
    let reply = harness.send(harness.request("DELETE", "/v1/keys").body(Body::empty()).unwrap()).await;
    reply.is_problem(405, "method_not_allowed");
    let mut allowed: Vec<_> = reply.headers["allow"].to_str().unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn unknown_parameters_are_refused() {
    let harness = Harness::new().await;
    for (query, parameter) in
        [("limit=201", "limit"), ("workspace=x", "workspace"), ("environment=prod", "environment")]
    {
        let reply = harness.get(&format!("/v1/keys?{query}")).await;
        reply.is_problem(400, "invalid_parameter").blames("parameter", parameter);
    }
    harness.get("/v1/keys?offset=1").await.is_problem(400, "invalid_parameter");
    harness.get("/v1/keys?api=none").await.is_problem(400, "unknown_api").blames("parameter", "api");
}
