#![expect(clippy::unwrap_used, reason = "what is missing fails a test")]

//! Why a request was refused, check by check.

use serde_json::{Value, json};

use crate::harness::Harness;

fn verdict_of<'r>(body: &'r Value, check: &str) -> &'r str {
    let found = body["checks"].as_array().unwrap().iter().find(|row| row["check"] == check);
    found.unwrap()["verdict"].as_str().unwrap()
}

#[tokio::test]
async fn a_refusal_is_explained_by_the_check_that_made_it() {
    let harness = Harness::new().await;
    let made = harness.key(json!({})).await;
    let asked = json!({"api": "sample", "credential": made.text("/key"), "scopes": ["write"]});
    assert_eq!(harness.post("/v1/verify", asked).await.text("/code"), "INSUFFICIENT_SCOPE");
    let reply = harness.get("/v1/refusals/req_test").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let body = &reply.body;
    assert_eq!(
        (&body["request_id"], &body["api"], &body["code"], &body["credential"], &body["workspace"]),
        (
            &json!("req_test"),
            &json!("sample"),
            &json!("INSUFFICIENT_SCOPE"),
            &made.body["id"],
            &made.body["workspace"]
        )
    );
    assert_eq!(body["refused_at"], "2027-01-15T08:00:00Z");
    for (check, verdict) in
        [("form", "passed"), ("standing", "passed"), ("scopes", "failed"), ("limits", "not_reached")]
    {
        assert_eq!(verdict_of(body, check), verdict, "{check}");
    }
    let text = body.to_string();
    assert!(text.contains("needed: write; it has: read"), "{text}");
    assert!(!text.contains(&made.text("/key")), "the credential itself is nowhere");
}

#[tokio::test]
async fn the_newest_refusal_of_an_id_is_the_one_that_is_explained() {
    let harness = Harness::new().await;
    let ask = async |credential: &str| {
        harness.clock.advance(std::time::Duration::from_secs(1));
        harness.post("/v1/verify", json!({"api": "sample", "credential": credential})).await
    };
    ask("junk").await;
    let made = harness.key(json!({})).await;
    harness.act(&format!("/v1/keys/{}/revoke", made.text("/id"))).await;
    ask(&made.text("/key")).await;
    let body = harness.get("/v1/refusals/req_test").await.body;
    assert_eq!((verdict_of(&body, "form"), verdict_of(&body, "standing")), ("passed", "failed"));
    ask("junk").await;
    let body = harness.get("/v1/refusals/req_test").await.body;
    assert_eq!((verdict_of(&body, "form"), verdict_of(&body, "owner")), ("failed", "not_reached"));
    assert_eq!(body["credential"], Value::Null);
}

#[tokio::test]
async fn a_request_that_nobody_refused_is_not_found() {
    let harness = Harness::new().await;
    let made = harness.key(json!({})).await;
    let asked = json!({"api": "sample", "credential": made.text("/key")});
    assert_eq!(harness.post("/v1/verify", asked).await.text("/code"), "VALID");
    harness.get("/v1/refusals/req_test").await.is_problem(404, "not_found");
}
