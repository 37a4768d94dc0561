use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn an_api_shows_what_its_contract_defines() {
    let harness = Harness::new().await;
    let list = harness.get("/v1/apis").await;
    assert_eq!((list.status, &list.body["next_cursor"]), (200, &json!(null)));
    let api = &list.body["data"][0];
    assert_eq!((&api["name"], &api["title"]), (&json!("sample"), &json!("Sample API")));
    assert_eq!(api["environments"], json!(["live", "test"]));
    assert_eq!(
        api["scopes"],
        json!([
            {"name": "read", "description": "Read notes", "implies": []},
            {"name": "write", "description": "Write notes", "implies": ["read"]},
        ])
    );
    assert_eq!(api["plans"][0]["limits"][0]["requests"], 100);
    assert_eq!(api["key_formats"].as_array().unwrap().len(), 3);
    assert_eq!(api["collections"], json!(["shelves"]));
    for name in ["sample", api["id"].as_str().unwrap()] {
        assert_eq!(harness.get(&format!("/v1/apis/{name}")).await.body, *api);
    }
    harness.get("/v1/apis/none").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_test_environment_is_reset_by_hand_and_shows_the_next_and_the_last_reset() {
    let harness = Harness::new().await;
    let before = harness.get("/v1/apis/sample").await.body["sandbox"].clone();
    assert_eq!(before["schedule"], "every Sunday at 03:00 UTC");
    assert_eq!((&before["keys"], &before["last_reset"]), (&json!("keep"), &json!(null)));
    assert!(before["next_reset_at"].as_str().unwrap().ends_with("T03:00:00Z"), "{before}");
    let test = harness.key(json!({"environment": "test"})).await;
    let reset = harness.act("/v1/apis/sample/sandbox/reset").await;
    assert_eq!((reset.status, &reset.body["cause"]), (200, &json!("request")));
    assert_eq!(reset.body["ended"], json!({"tokens": 0, "grants": 0, "sessions": 0, "keys": 0}));
    assert!(reset.body["id"].as_str().unwrap().starts_with("rst_") && reset.body["ended_at"].is_string());
    let after = harness.get("/v1/apis/sample").await.body["sandbox"].clone();
    assert_eq!((&after["last_reset"], &after["next_reset_at"]), (&reset.body, &before["next_reset_at"]));
    let key = harness.get(&format!("/v1/keys/{}", test.body["id"].as_str().unwrap())).await;
    assert_eq!(key.body["state"], "active");
    harness.act("/v1/apis/none/sandbox/reset").await.is_problem(404, "not_found");
}
