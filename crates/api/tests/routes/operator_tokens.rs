use claviger_domain::OperatorScope;
use serde_json::json;

use crate::harness::{Harness, with_json};

#[tokio::test]
async fn a_token_is_made_used_and_revoked() {
    let harness = Harness::new().await;
    let made = harness.post("/v1/operator-tokens", json!({"name": "ci", "scopes": ["keys:read"]})).await;
    assert_eq!((made.status, &made.body["state"]), (201, &json!("active")));
    let bearer = format!("Bearer {}", made.text("/token"));
    assert_eq!(harness.call_as(Some(&bearer), "GET", "/v1/keys").await.status, 200);

    let revoked = harness.act(&format!("/v1/operator-tokens/{}/revoke", made.text("/id"))).await;
    assert_eq!((revoked.status, &revoked.body["state"]), (200, &json!("revoked")));
    harness.call_as(Some(&bearer), "GET", "/v1/keys").await.is_problem(401, "unauthenticated");
    harness
        .act("/v1/operator-tokens/otk_00000000000000000000000000/revoke")
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn a_list_never_shows_a_text() {
    let harness = Harness::new().await;
    let made = harness.post("/v1/operator-tokens", json!({"name": "ci", "scopes": ["verify"]})).await;
    let list = harness.get("/v1/operator-tokens").await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 2);
    assert!(!list.body.to_string().contains(&made.text("/token")));
}

#[tokio::test]
async fn nobody_hands_out_more_than_they_have() {
    let harness = Harness::new().await;
    let maker = harness.token_with([OperatorScope::TokensWrite].into_iter().collect()).await;
    let request = http::Request::builder()
        .method("POST")
        .uri("/v1/operator-tokens")
        .header("authorization", format!("Bearer {maker}"));
    let reply = harness.send(with_json(request, &json!({"name": "ci", "scopes": ["keys:write"]}))).await;
    reply.is_problem(403, "beyond_maker").blames("pointer", "/scopes");
}

#[tokio::test]
async fn an_ended_token_cannot_be_made() {
    let harness = Harness::new().await;
    let body = json!({"name": "ci", "scopes": ["verify"], "expires_at": "2020-01-01T00:00:00Z"});
    harness
        .post("/v1/operator-tokens", body)
        .await
        .is_problem(400, "invalid_lifetime")
        .blames("pointer", "/expires_at");
    let body = json!({"name": "ci", "scopes": ["sudo"]});
    harness
        .post("/v1/operator-tokens", body)
        .await
        .is_problem(400, "invalid_body")
        .blames("pointer", "/scopes");
}
