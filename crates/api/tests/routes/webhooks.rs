//! `/v1/webhooks`.

use std::collections::BTreeSet;

use claviger_domain::EventType;
use serde_json::{Value, json};

use crate::harness::Harness;

const URL: &str = "https://hooks.example/in";

async fn make(harness: &Harness, members: Value) -> Value {
    let mut body = json!({"name": "Inventory", "url": URL});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = harness.post("/v1/webhooks", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.headers["location"], format!("/v1/webhooks/{}", made.text("/id")));
    made.body
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_webhook_is_made_listed_changed_and_deleted_and_its_secret_shown_once() {
    let harness = Harness::new().await;
    let workspace = harness.workspace().await;
    let made =
        make(&harness, json!({"workspace": workspace, "events": ["key.revoked", "key.created"]})).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(made["events"], json!(["key.created", "key.revoked"]));
    assert_eq!((&made["state"], &made["workspace"]), (&json!("enabled"), &json!(workspace)));
    let all = make(&harness, json!({})).await;
    assert_eq!((&all["events"], &all["workspace"]), (&Value::Null, &Value::Null));

    let one = harness.get(&path(&made)).await;
    assert!(one.body.get("secret").is_none());
    let listed = harness.get(&format!("/v1/webhooks?workspace={workspace}")).await;
    assert_eq!(listed.body["data"], json!([one.body]));
    assert_eq!(harness.get("/v1/webhooks").await.body["data"].as_array().unwrap().len(), 2);

    let change = json!({"name": "Ledger", "url": "https://other.example/", "events": null});
    let changed = harness.patch(&path(&made), change).await;
    assert_eq!((changed.status, changed.text("/name")), (200, "Ledger".to_owned()));
    assert_eq!(
        (&changed.body["events"], &changed.body["url"]),
        (&Value::Null, &json!("https://other.example/"))
    );
    harness.clock.advance(std::time::Duration::from_secs(1));
    let rotated = harness.post(&format!("{}/secret", path(&made)), json!({"overlap_seconds": 60})).await;
    assert_ne!(rotated.body["secret"], made["secret"]);
    assert!(rotated.body["previous_secret_until"].is_string());
    assert_eq!(harness.delete(&path(&made)).await.status, 204);
    harness.get(&path(&made)).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_message_is_seen_with_its_attempts_and_sent_again() {
    let harness = Harness::new().await;
    let made = make(&harness, json!({})).await;
    let sent = harness.act(&format!("{}/test", path(&made))).await;
    assert_eq!(
        (sent.status, sent.text("/type"), sent.text("/state")),
        (201, "webhook.test".into(), "waiting".into())
    );
    let message = format!("{}/messages/{}", path(&made), sent.text("/id"));
    assert_eq!(sent.headers["location"], message);
    harness.act(&format!("{message}/replay")).await.is_problem(409, "message_waits");
    harness.engine.send_due_webhooks().await.unwrap();
    let tried = harness.get(&message).await;
    assert_eq!(
        (&tried.body["attempt_count"], &tried.body["attempts"][0]["status"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(tried.text("/attempts/0/fault"), "its server cannot be reached");
    assert_eq!(tried.text("/payload/type"), "webhook.test");

    assert_eq!(harness.act(&format!("{}/disable", path(&made))).await.text("/disabled_for"), "hand");
    harness.act(&format!("{}/test", path(&made))).await.is_problem(409, "webhook_disabled");
    harness.act(&format!("{}/replay", path(&made))).await.is_problem(409, "webhook_disabled");
    let dead = harness.get(&format!("{}/messages?state=dead", path(&made))).await;
    assert_eq!(dead.body["data"][0]["id"], tried.body["id"]);
    assert!(dead.body["data"][0].get("payload").is_none());
    assert_eq!(harness.act(&format!("{}/enable", path(&made))).await.text("/state"), "enabled");
    assert_eq!(harness.act(&format!("{}/replay", path(&made))).await.body, json!({"replayed": 1}));
    assert_eq!(harness.get(&message).await.text("/state"), "waiting");
    let unknown = format!("{}/messages/msg_00000000000000000000000000", path(&made));
    harness.get(&unknown).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn what_cannot_be_a_webhook_is_refused_where_it_is_wrong() {
    let harness = Harness::new().await;
    for (member, value, code, pointer) in [
        ("url", json!("http://hooks.example/"), "invalid_body", "/url"),
        ("url", json!("nonsense"), "invalid_body", "/url"),
        ("url", json!("https://inside.example/"), "invalid_webhook_url", "/url"),
        ("events", json!([]), "invalid_body", "/events"),
        ("events", json!(["key.teleported"]), "invalid_body", "/events/0"),
        ("name", json!(""), "invalid_body", "/name"),
        ("workspace", json!("wsp_00000000000000000000000000"), "unknown_workspace", "/workspace"),
    ] {
        let mut body = json!({"name": "Inventory", "url": URL});
        body[member] = value;
        harness.post("/v1/webhooks", body).await.is_problem(400, code).blames("pointer", pointer);
    }
    let made = make(&harness, json!({})).await;
    let long = harness.post(&format!("{}/secret", path(&made)), json!({"overlap_seconds": 2_592_001})).await;
    long.is_problem(400, "overlap_too_long").blames("pointer", "/overlap_seconds");
}

#[tokio::test]
async fn a_repeated_creation_answers_the_same_webhook_and_secret() {
    let harness = Harness::new().await;
    let body = json!({"name": "Inventory", "url": URL});
    let first = harness.post_once("one", "/v1/webhooks", body.clone()).await;
    let again = harness.post_once("one", "/v1/webhooks", body).await;
    assert_eq!(first.body, again.body);
    let other = json!({"name": "Other", "url": URL});
    harness.post_once("one", "/v1/webhooks", other).await.is_problem(422, "idempotency_mismatch");
}

#[tokio::test]
async fn a_message_about_a_key_has_the_parts_that_the_document_names() {
    let harness = Harness::new().await;
    let made = make(&harness, json!({})).await;
    harness.key(json!({})).await;
    let listed = harness.get(&format!("{}/messages", path(&made))).await;
    let message = harness.get(&format!("{}/messages/{}", path(&made), listed.text("/data/0/id"))).await;
    assert_eq!(message.text("/payload/type"), "key.created");
    let document = serde_json::to_value(claviger_api::openapi()).unwrap();
    let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let of_schema = |name: &str| names(&document["components"]["schemas"][name]["properties"]);
    assert_eq!(names(&message.body["payload"]), of_schema("KeyPayload"));
    assert_eq!(names(&message.body["payload"]["data"]), of_schema("KeyOccasion"));
    let mut of_key = of_schema("KeyParts");
    assert!(of_key.remove("expires_within_days"), "of another event");
    assert_eq!(names(&message.body["payload"]["data"]["key"]), of_key);
    let text = &message.body["payload"]["data"]["key"]["texts"][0];
    assert_eq!((names(text), names(&text["hint"])), (of_schema("KeyTextParts"), of_schema("KeyHintParts")));
}

#[test]
fn every_event_is_in_the_document_and_in_the_manual() {
    let document = serde_json::to_value(claviger_api::openapi()).unwrap();
    let manual = include_str!("../../../../docs/src/webhooks.md");
    for event in EventType::ALL {
        let described = &document["webhooks"][event.as_str()]["post"];
        let schema = &described["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let pointer = schema.as_str().unwrap_or_else(|| panic!("{event}")).trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{event}: {pointer}");
        assert_eq!(described["parameters"].as_array().unwrap().len(), 3);
        assert!(manual.contains(&format!("| `{event}` |")), "{event}");
    }
    assert_eq!(document["webhooks"].as_object().unwrap().len(), EventType::ALL.len());
}
