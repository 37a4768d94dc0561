use serde_json::{Value, json};

use crate::harness::Harness;

#[tokio::test]
async fn a_key_is_rotated_at_once_or_announced_first() {
    let harness = Harness::new().await;
    let path = "/v1/apis/sample/signing-keys";
    let now = harness.post(path, json!({"algorithm": "ES256", "at_once": true})).await;
    assert_eq!((now.status, &now.body["state"]), (201, &json!("active")), "{now:?}");
    assert_eq!((&now.body["kid"], &now.body["api"]), (&now.body["id"], &json!("sample")));
    let jwk = &now.body["public_jwk"];
    assert_eq!((&jwk["kid"], &jwk["d"]), (&now.body["kid"], &Value::Null));
    let next = harness.post(path, json!({"algorithm": "ES256"})).await;
    assert_eq!((next.status, &next.body["state"]), (201, &json!("announced")), "{next:?}");
    let list = harness.get(path).await;
    assert!(list.body["data"].as_array().unwrap().contains(&next.body), "{list:?}");
}

#[tokio::test]
async fn an_algorithm_without_key_pair_is_refused() {
    let harness = Harness::new().await;
    let refused = harness.post("/v1/apis/sample/signing-keys", json!({"algorithm": "HS256"})).await;
    refused.is_problem(400, "symmetric_algorithm").blames("pointer", "/algorithm");
}

#[tokio::test]
async fn what_is_no_algorithm_or_no_api_is_refused() {
    let harness = Harness::new().await;
    for bad in [json!("none"), json!("rs256"), json!(256), json!(null)] {
        let refused = harness.post("/v1/apis/sample/signing-keys", json!({"algorithm": bad})).await;
        refused.is_problem(400, "invalid_body").blames("pointer", "/algorithm");
    }
    harness.get("/v1/apis/nowhere/signing-keys").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn grants_are_filtered_by_what_exists() {
    let harness = Harness::new().await;
    let unknown = harness.get("/v1/grants?api=nowhere").await;
    unknown.is_problem(400, "unknown_api").blames("parameter", "api");
    let foreign = harness.get("/v1/grants?user=cli_00000000000000000000000000").await;
    foreign.is_problem(400, "invalid_parameter").blames("parameter", "user");
}

#[tokio::test]
async fn a_grant_that_is_not_there_is_not_found() {
    let harness = Harness::new().await;
    harness.get("/v1/grants/grt_00000000000000000000000000").await.is_problem(404, "not_found");
    harness.act("/v1/grants/grt_00000000000000000000000000/revoke").await.is_problem(404, "not_found");
    assert_eq!(harness.get("/v1/grants?api=sample").await.body["data"], json!([]));
}
