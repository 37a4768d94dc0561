use std::time::Duration;

use claviger_domain::{AccessToken, Reuse, Terms, TokenShape};
use claviger_engine::{Caller, KeyProof, Wish};
use serde_json::{Value, json};

use crate::harness::Harness;

const NOBODY: &str = "/v1/tokens/fam_00000000000000000000000000";

impl Harness {
    /// Logs in with a key, as a token endpoint of the contract would.
    async fn log_in(&self, key: &str, session: &str) {
        let contract = claviger_contract::parse("sample.toml", include_str!("sample.toml")).unwrap().contract;
        let api = self.engine.install_policy(contract.policy().clone()).await.unwrap();
        let caller = Caller {
            api: api.id,
            policy: contract.policy(),
            environment: None,
            issuer: "https://sample.example.org",
            address: [192, 0, 2, 1].into(),
            user_agent: None,
        };
        let shape = TokenShape::Opaque { prefix: "tok_".to_owned() };
        let terms = Terms {
            access: AccessToken { shape, lifetime: Duration::from_secs(3_600) },
            refresh: None,
            reuse: Reuse::Session,
            max_sessions: None,
        };
        let wish = Wish { session: Some(session.parse().unwrap()), scopes: None };
        self.engine.log_in(&caller, KeyProof { key, secret: None }, &wish, &terms).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_bought_with_a_key_is_listed_shown_and_ended() {
    let harness = Harness::new().await;
    let (key, other) = (harness.key(json!({})).await, harness.key(json!({})).await);
    let list = format!("/v1/tokens?parent={}", key.text("/id"));
    assert_eq!(harness.get(&list).await.body, json!({"data": [], "next_cursor": null}));
    for session in ["one", "two"] {
        harness.log_in(&key.text("/key"), session).await;
        harness.clock.advance(Duration::from_secs(1));
    }
    harness.log_in(&other.text("/key"), "one").await;

    let first = harness.get(&format!("{list}&limit=1")).await;
    let two = first.body["data"][0].clone();
    let mut expected = json!({
        "id": two["id"], "parent": key.text("/id"), "source": null, "subject": key.text("/id"), "actor": null,
        "session": "two", "scopes": ["read"], "state": "active", "refreshes": 0,
        "created_at": "2027-01-15T08:00:01Z", "expires_at": "2027-01-15T09:00:01Z", "ended_at": null,
    });
    assert_eq!(two, expected);
    let rest = harness.get(&format!("{list}&limit=1&cursor={}", first.text("/next_cursor"))).await;
    assert_eq!((&rest.body["data"][0]["session"], &rest.body["next_cursor"]), (&json!("one"), &Value::Null));
    let path = format!("/v1/tokens/{}", two["id"].as_str().unwrap());
    let tree = harness.get(&path).await.body;
    expected["children"] = json!([]);
    expected["complete"] = json!(true);
    assert_eq!(tree, expected);

    let ended = harness.act(&format!("{path}/end")).await;
    assert_eq!((ended.status, &ended.body["state"]), (200, &json!("ended")), "{ended:?}");
    assert_eq!(
        (&ended.body["ended_at"], &ended.body["receipt"]),
        (&json!("2027-01-15T08:00:02Z"), &Value::Null)
    );
    let again = harness.post(&format!("{path}/end"), json!({"wait": true})).await;
    assert_eq!(again.body["ended_at"], ended.body["ended_at"], "twice is fine");
    assert_eq!(again.body["receipt"]["complete"], true);
    harness.clock.advance(Duration::from_secs(3_600));
    let states: Vec<_> = harness.get(&list).await.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["ended", "expired"]);
}

#[tokio::test]
async fn a_family_that_is_not_there_is_not_found_and_a_parent_has_to_be_one() {
    let harness = Harness::new().await;
    harness.get(NOBODY).await.is_problem(404, "not_found");
    harness.act(&format!("{NOBODY}/end")).await.is_problem(404, "not_found");
    harness.act("/v1/tokens/key_00000000000000000000000000/end").await.is_problem(404, "not_found");
    let nobodys = harness.get("/v1/tokens?parent=acc_00000000000000000000000000").await;
    assert_eq!((nobodys.status, &nobodys.body["data"]), (200, &json!([])));
    harness.get("/v1/tokens").await.is_problem(400, "invalid_parameter");
    for bad in ["", "key_1", "wsp_00000000000000000000000000", "fam_00000000000000000000000000"] {
        let refused = harness.get(&format!("/v1/tokens?parent={bad}")).await;
        refused.is_problem(400, "invalid_parameter").blames("parameter", "parent");
    }
    let refused = harness.post(&format!("{NOBODY}/end"), json!({"wait": 1})).await;
    refused.is_problem(400, "invalid_body").blames("pointer", "/wait");
}
