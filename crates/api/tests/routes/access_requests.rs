use claviger_domain::{ApiId, Environment, Origin};
use claviger_engine::NewAccessRequest;
use serde_json::json;

use crate::harness::Harness;

/// A request that waits; its path.
async fn asked(harness: &Harness) -> String {
    let api: ApiId = harness.engine.list_apis()[0].api.id;
    let new = NewAccessRequest {
        api,
        company: "Bolt".parse().unwrap(),
        contact: "Ada".parse().unwrap(),
        email: "ada@bolt.example".parse().unwrap(),
        use_case: "Fees".parse().unwrap(),
        environments: vec![Environment::Live],
        origin: Origin::default(),
    };
    harness.engine.request_access(new).await.unwrap();
    let listed = harness.get("/v1/access-requests").await;
    assert_eq!(listed.body["data"][0]["state"], json!("waiting"), "{}", listed.body);
    assert!(listed.body["data"][0].get("checks").is_none(), "lists are short");
    format!("/v1/access-requests/{}", listed.text("/data/0/id"))
}

#[tokio::test]
async fn a_request_is_checked_step_by_step_and_approved() {
    let harness = Harness::new().await;
    let path = asked(&harness).await;
    let early = harness.post(&format!("{path}/approve"), json!({})).await;
    early.is_problem(409, "steps_open");
    let steps = harness.get(&path).await.body["open_steps"].clone();
    for step in steps.as_array().unwrap() {
        let checked =
            harness.post(&format!("{path}/checks"), json!({"step": step, "note": "Called them."})).await;
        assert_eq!(checked.status, 200, "{}", checked.body);
    }
    let again = harness.post(&format!("{path}/checks"), json!({"step": steps[0]})).await;
    again.is_problem(409, "step_checked").blames("pointer", "/step");
    let undefined = harness.post(&format!("{path}/approve"), json!({"scopes": ["fly"]})).await;
    undefined.is_problem(400, "undefined_scope").blames("pointer", "/scopes");
    let approved = harness.post(&format!("{path}/approve"), json!({"scopes": []})).await;
    assert_eq!((approved.status, &approved.body["state"]), (200, &json!("approved")), "{}", approved.body);
    assert_eq!(approved.body["checks"].as_array().unwrap().len(), 5);
    let workspace = approved.text("/decision/workspace");
    let shown = harness.get(&format!("/v1/workspaces/{workspace}")).await;
    assert_eq!(shown.body["name"], json!("Bolt"));
    let late = harness.post(&format!("{path}/decline"), json!({"reason": "No."})).await;
    late.is_problem(409, "access_decided");
    assert_eq!(harness.get("/v1/access-requests").await.body["data"], json!([]));
    let all = harness.get("/v1/access-requests?state=all").await;
    assert_eq!(all.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_is_declined_with_a_reason() {
    let harness = Harness::new().await;
    let path = asked(&harness).await;
    let empty = harness.post(&format!("{path}/decline"), json!({"reason": " "})).await;
    empty.is_problem(400, "invalid_body").blames("pointer", "/reason");
    let declined = harness.post(&format!("{path}/decline"), json!({"reason": "Not yet."})).await;
    assert_eq!(declined.text("/decision/reason"), "Not yet.");
    let nobody = "/v1/access-requests/acr_00000000000000000000000000";
    harness.get(nobody).await.is_problem(404, "not_found");
    harness.get("/v1/access-requests?state=some").await.is_problem(400, "invalid_parameter");
}
