//! `/v1/nodes`.

use crate::harness::Harness;

#[tokio::test]
async fn nodes_are_listed_with_the_database_they_share() {
    let harness = Harness::new().await;
    let none = harness.get("/v1/nodes").await;
    assert_eq!((none.status, none.body["data"].as_array().unwrap().len()), (200, 0));
    assert_eq!(none.text("/database"), "SQLite");
    assert!(none.body["schema_version"].as_i64().unwrap() >= 17);
    assert!(none.body["shared_counter"].is_null() && none.body["next_cursor"].is_null());
}
