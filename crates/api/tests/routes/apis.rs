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
