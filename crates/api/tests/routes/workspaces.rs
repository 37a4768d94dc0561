use serde_json::{Value, json};

use crate::harness::Harness;

#[tokio::test]
async fn a_workspace_is_made_read_and_changed() {
    let harness = Harness::new().await;
    let made = harness.post("/v1/workspaces", json!({"name": " Acme ", "plan": "small"})).await;
    assert_eq!(made.status, 201);
    let path = format!("/v1/workspaces/{}", made.text("/id"));
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!(made.headers["cache-control"], "no-store");
    assert_eq!((&made.body["name"], &made.body["plan"]), (&json!("Acme"), &json!("small")));
    assert_eq!((&made.body["state"], &made.body["suspended_at"]), (&json!("active"), &Value::Null));
    assert!(made.text("/created_by").starts_with("otk_"));
    assert_eq!(harness.get(&path).await.body, made.body);

    let changed = harness.patch(&path, json!({"plan": null})).await;
    assert_eq!((changed.status, &changed.body["plan"]), (200, &Value::Null));
    assert_eq!(changed.body["name"], "Acme");
}

#[tokio::test]
async fn a_workspace_is_suspended_and_resumed() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}", harness.workspace().await);
    let suspended = harness.act(&format!("{path}/suspend")).await;
    assert_eq!((suspended.status, &suspended.body["state"]), (200, &json!("suspended")));
    assert_eq!(suspended.body["suspended_at"], "2027-01-15T08:00:00Z");
    let resumed = harness.act(&format!("{path}/resume")).await;
    assert_eq!((resumed.status, &resumed.body["state"]), (200, &json!("active")));
}

#[tokio::test]
async fn an_unknown_plan_is_blamed() {
    let harness = Harness::new().await;
    let reply = harness.post("/v1/workspaces", json!({"name": "Acme", "plan": "huge"})).await;
    reply.is_problem(400, "unknown_plan").blames("pointer", "/plan");
}

#[tokio::test]
async fn a_repeated_create_makes_one_workspace() {
    let harness = Harness::new().await;
    let first = harness.post_once("a-1", "/v1/workspaces", json!({"name": "Acme"})).await;
    let again = harness.post_once("a-1", "/v1/workspaces", json!({"name": "Acme"})).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    let other = harness.post_once("a-1", "/v1/workspaces", json!({"name": "Bolt"})).await;
    other.is_problem(422, "idempotency_mismatch");
    let malformed = harness.post_once("", "/v1/workspaces", json!({"name": "Acme"})).await;
    malformed.is_problem(400, "invalid_idempotency_key").blames("header", "Idempotency-Key");
    assert_eq!(harness.get("/v1/workspaces").await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let harness = Harness::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        harness.clock.advance(std::time::Duration::from_millis(5));
        made.push(harness.workspace().await);
    }
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/v1/workspaces?limit=2".to_owned());
    loop {
        let page = harness.get(&path).await;
        seen.extend(
            page.body["data"].as_array().unwrap().iter().map(|w| w["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/v1/workspaces?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, made);
    let foreign = path.replace("/v1/workspaces", "/v1/keys");
    harness.get(&foreign).await.is_problem(400, "invalid_parameter").blames("parameter", "cursor");
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let harness = Harness::new().await;
    for id in ["wsp_00000000000000000000000000", "key_00000000000000000000000000", "x", "%ff"] {
        harness.get(&format!("/v1/workspaces/{id}")).await.is_problem(404, "not_found");
        harness.act(&format!("/v1/workspaces/{id}/suspend")).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_test_clock_is_put_ahead_shown_and_returned() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/test-clock", harness.workspace().await);
    let real = json!({"ahead_seconds": 0, "set_at": null, "set_by": null});
    assert_eq!(harness.get(&path).await.body, real);
    let set = harness.put(&path, json!({"ahead_seconds": 7200})).await;
    assert_eq!((set.status, &set.body["ahead_seconds"]), (200, &json!(7200)));
    assert!(set.body["set_at"].is_string() && set.body["set_by"].is_string(), "{set:?}");
    assert_eq!(harness.get(&path).await.body, set.body);
    for bad in [json!({"ahead_seconds": 34_560_001}), json!({"ahead_seconds": u64::MAX})] {
        harness.put(&path, bad).await.is_problem(400, "invalid_lifetime");
    }
    for bad in [json!({"ahead_seconds": -1}), json!({}), json!({"ahead_seconds": 1, "environment": "live"})] {
        harness.put(&path, bad).await.is_problem(400, "invalid_body");
    }
    assert_eq!(harness.put(&path, json!({"ahead_seconds": 0})).await.body, real);
    let nowhere = "/v1/workspaces/wsp_00000000000000000000000000/test-clock";
    harness.get(nowhere).await.is_problem(404, "not_found");
    harness.put(nowhere, json!({"ahead_seconds": 1})).await.is_problem(404, "not_found");
}
