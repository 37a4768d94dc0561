use serde_json::{Value, json};

use crate::harness::Harness;

#[tokio::test]
async fn credits_are_given_and_shown() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/credits", harness.workspace().await);
    let empty = json!({"available": 0, "refill": null, "grants": []});
    assert_eq!(harness.get(&path).await.body, empty);
    let new = json!({"amount": 100, "note": "Order 4711", "expires_at": "2027-12-31T00:00:00Z"});
    let made = harness.post_once("a", &format!("{path}/grants"), new.clone()).await;
    assert_eq!((made.status, &made.body["remaining"]), (201, &json!(100)));
    let again = harness.post_once("a", &format!("{path}/grants"), new).await;
    assert_eq!((again.status, &again.body), (201, &made.body));
    let shown = harness.get(&path).await.body;
    assert_eq!((&shown["available"], &shown["grants"]), (&json!(100), &json!([made.body])));
    let past = json!({"amount": 1, "expires_at": "2020-01-01T00:00:00Z"});
    harness.post(&format!("{path}/grants"), past).await.is_problem(400, "invalid_lifetime");
    for bad in [json!({"amount": 0}), json!({"amount": -1}), json!({"amount": 1.5}), json!({})] {
        harness.post(&format!("{path}/grants"), bad).await.is_problem(400, "invalid_body");
    }
}

#[tokio::test]
async fn a_refill_is_set_and_removed() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/credits", harness.workspace().await);
    let set = harness.put(&format!("{path}/refill"), json!({"amount": 50, "anchor_day": 31})).await;
    let refill = json!({"amount": 50, "anchor_day": 31, "next_at": "2027-01-31T00:00:00Z"});
    assert_eq!((set.status, &set.body), (200, &refill));
    assert_eq!(harness.get(&path).await.body["refill"], refill);
    for day in [0, 32, 300] {
        let bad = json!({"amount": 50, "anchor_day": day});
        harness.put(&format!("{path}/refill"), bad).await.is_problem(400, "invalid_body");
    }
    assert_eq!(harness.delete(&format!("{path}/refill")).await.status, 204);
    assert_eq!(harness.get(&path).await.body["refill"], Value::Null);
}

#[tokio::test]
async fn a_charge_is_made_once_and_settled_once() {
    let harness = Harness::new().await;
    let path = format!("/v1/workspaces/{}/credits", harness.workspace().await);
    harness.post(&format!("{path}/grants"), json!({"amount": 10})).await;
    let charge = |id: &str, amount: u32| json!({"id": id, "amount": amount});
    let charges = format!("{path}/charges");
    let first = harness.post(&charges, charge("r-1", 7)).await;
    assert_eq!((first.status, &first.body["state"]), (201, &json!("reserved")));
    assert_eq!(harness.post(&charges, charge("r-1", 7)).await.body, first.body);
    assert_eq!(harness.get(&path).await.body["available"], 3);
    harness.post(&charges, charge("r-1", 8)).await.is_problem(409, "charge_differs");
    harness.post(&charges, charge("r-2", 4)).await.is_problem(429, "credits_exhausted");
    let committed = harness.act(&format!("{charges}/r-1/commit")).await;
    assert_eq!((committed.status, &committed.body["state"]), (200, &json!("committed")));
    let refunded = harness.act(&format!("{charges}/r-1/refund")).await;
    assert_eq!((refunded.status, &refunded.body["state"]), (200, &json!("refunded")));
    harness.act(&format!("{charges}/r-1/commit")).await.is_problem(409, "charge_settled");
    harness.act(&format!("{charges}/none/refund")).await.is_problem(404, "not_found");
    assert_eq!(harness.get(&path).await.body["available"], 10);
    let nowhere = "/v1/workspaces/wsp_00000000000000000000000000/credits";
    harness.get(nowhere).await.is_problem(404, "not_found");
    harness.post(&format!("{nowhere}/charges"), charge("r", 1)).await.is_problem(404, "not_found");
}
