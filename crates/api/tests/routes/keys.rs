use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::Harness;

#[tokio::test]
async fn a_key_is_made_and_its_text_shown_once() {
    let harness = Harness::new().await;
    let made = harness.key(json!({"metadata": {"team": "a"}, "addresses": ["10.0.0.1"]})).await;
    let text = made.text("/key");
    assert!(text.starts_with("smp_live_"));
    let path = format!("/v1/keys/{}", made.text("/id"));
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!((&made.body["api"], &made.body["kind"]), (&json!("sample"), &json!("single")));
    assert_eq!((&made.body["state"], &made.body["has_secret"]), (&json!("active"), &Value::Null));
    assert_eq!(made.body["addresses"], json!(["10.0.0.1/32"]));
    assert_eq!(made.body["hint"], json!({"prefix": "smp_live_", "last_four": &text[text.len() - 4..]}));

    let read = harness.get(&path).await;
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("key");
    assert_eq!(read.body, shown);
    assert!(!harness.get("/v1/keys").await.body.to_string().contains(&text));
}

#[tokio::test]
async fn what_the_contract_does_not_have_is_blamed() {
    let harness = Harness::new().await;
    for (member, value, code, pointer) in [
        ("api", json!("none"), "unknown_api", "/api"),
        ("workspace", json!("wsp_00000000000000000000000000"), "unknown_workspace", "/workspace"),
        ("scopes", json!(["delete"]), "undefined_scope", "/scopes"),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "invalid_lifetime", "/expires_at"),
        ("expires_at", json!("2099-01-01T00:00:00Z"), "invalid_lifetime", "/expires_at"),
    ] {
        let mut body = harness.new_key().await;
        body[member] = value;
        harness.post("/v1/keys", body).await.is_problem(400, code).blames("pointer", pointer);
    }
    let mut body = harness.new_key().await;
    (body["environment"], body["kind"]) = (json!("test"), json!("pair"));
    harness.post("/v1/keys", body).await.is_problem(400, "no_key_format");
}

#[tokio::test]
async fn a_repeated_create_shows_the_same_key_again() {
    let harness = Harness::new().await;
    let body = harness.new_key().await;
    let first = harness.post_once("k-1", "/v1/keys", body.clone()).await;
    let again = harness.post_once("k-1", "/v1/keys", body.clone()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    harness
        .post_once("k-1", "/v1/keys", harness.new_key().await)
        .await
        .is_problem(422, "idempotency_mismatch");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_clears_what_is_null() {
    let harness = Harness::new().await;
    let limits = json!([{"name": "own", "requests": 5, "per_seconds": 1, "partition": "address"}]);
    let made = harness.key(json!({"limits": limits, "not_before": "2027-06-01T00:00:00Z"})).await;
    let mut said_in_full = limits[0].clone();
    said_in_full["pace"] = "even".into();
    said_in_full["burst"] = 5.into();
    said_in_full["counts_refused"] = false.into();
    said_in_full["when_unavailable"] = "local".into();
    assert_eq!(made.body["limits"], json!([said_in_full]));
    let path = format!("/v1/keys/{}", made.text("/id"));
    let patch = json!({"name": "renamed", "not_before": null, "limits": null, "scopes": ["write"]});
    let changed = harness.patch(&path, patch).await;
    assert_eq!((changed.status, &changed.body["name"]), (200, &json!("renamed")));
    assert_eq!((&changed.body["not_before"], &changed.body["limits"]), (&Value::Null, &json!([])));
    assert_eq!(changed.body["scopes"], json!(["write"]));
    assert_eq!(harness.patch(&path, json!({})).await.body["name"], "renamed");
    harness.patch(&path, json!({"api": "other"})).await.is_problem(400, "invalid_body");
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap() {
    let harness = Harness::new().await;
    let made = harness.key(json!({})).await;
    let path = format!("/v1/keys/{}", made.text("/id"));
    let rotated = harness.post(&format!("{path}/rotate"), json!({"overlap_seconds": 60})).await;
    assert_eq!((rotated.status, &rotated.body["id"]), (200, &made.body["id"]));
    assert_ne!(rotated.text("/key"), made.text("/key"));
    assert_eq!(rotated.body["generations"].as_array().unwrap().len(), 2);
    assert_eq!(rotated.body["generations"][1]["retires_at"], "2027-01-15T08:01:00Z");
    let too_long = harness.post(&format!("{path}/rotate"), json!({"overlap_seconds": 1_000_000_000})).await;
    too_long.is_problem(400, "overlap_too_long").blames("pointer", "/overlap_seconds");
    let overlap = harness.get(&format!("{path}/overlap")).await;
    let old = &overlap.body["data"][0];
    assert_eq!(
        (&old["id"], &old["ends_at"]),
        (&made.body["generations"][0]["id"], &json!("2027-01-15T08:01:00Z"))
    );
    assert_eq!(
        (&old["requests"], &old["last_seen_at"], &old["quiet"]),
        (&json!(0), &Value::Null, &json!(false))
    );
    assert_eq!(old["hint"]["last_four"].as_str(), made.text("/key").get(made.text("/key").len() - 4..));
    let ended = harness.act(&format!("{path}/end-overlap")).await;
    assert_eq!(
        (ended.status, &ended.body["generations"][1]["retires_at"]),
        (200, &json!("2027-01-15T08:00:00Z"))
    );
    assert_eq!(harness.get(&format!("{path}/overlap")).await.body["data"], json!([]));
    assert_eq!(harness.act(&format!("{path}/rotate")).await.status, 200);
}

#[tokio::test]
async fn a_key_is_disabled_enabled_and_revoked() {
    let harness = Harness::new().await;
    let path = format!("/v1/keys/{}", harness.key(json!({})).await.text("/id"));
    let disabled = harness.act(&format!("{path}/disable")).await;
    assert_eq!((disabled.status, &disabled.body["state"]), (200, &json!("disabled")));
    harness.act(&format!("{path}/rotate")).await.is_problem(409, "key_disabled");
    assert_eq!(harness.act(&format!("{path}/enable")).await.body["state"], "active");

    let revoked = harness.act(&format!("{path}/revoke")).await;
    assert_eq!((revoked.status, &revoked.body["state"]), (200, &json!("revoked")));
    assert_eq!(revoked.body["receipt"], Value::Null);
    harness.act(&format!("{path}/enable")).await.is_problem(409, "key_revoked");
}

#[tokio::test]
async fn a_revocation_that_waits_has_a_receipt() {
    let harness = Harness::new().await;
    let path = format!("/v1/keys/{}", harness.key(json!({})).await.text("/id"));
    let revoked = harness.post(&format!("{path}/revoke"), json!({"wait": true})).await;
    assert_eq!((revoked.status, &revoked.body["receipt"]["complete"]), (200, &json!(true)), "{revoked:?}");
}

#[tokio::test]
async fn a_key_expires_by_itself() {
    let harness = Harness::new().await;
    let made = harness.key(json!({"expires_at": "2027-01-15T08:01:00Z"})).await;
    harness.clock.advance(Duration::from_secs(60));
    let read = harness.get(&format!("/v1/keys/{}", made.text("/id"))).await;
    assert_eq!(read.body["state"], "expired");
}

#[tokio::test]
async fn a_pair_gets_its_secret_apart() {
    let harness = Harness::new().await;
    let made = harness.key(json!({"kind": "pair"})).await;
    assert!(made.text("/key").starts_with("smpair_live_"));
    let path = format!("/v1/keys/{}", made.text("/id"));
    let first = harness.act(&format!("{path}/secret")).await;
    assert_eq!((first.status, &first.body["has_secret"]), (200, &json!(true)));
    assert_ne!(harness.act(&format!("{path}/secret")).await.text("/secret"), first.text("/secret"));
}

#[tokio::test]
async fn a_single_key_may_have_a_secret_as_well() {
    let harness = Harness::new().await;
    let single = harness.key(json!({})).await.text("/id");
    let answer = harness.act(&format!("/v1/keys/{single}/secret")).await;
    assert_eq!((answer.status, &answer.body["kind"]), (200, &json!("single")));
    assert!(!answer.text("/secret").is_empty());
    assert_eq!(answer.body["has_secret"], json!(true));
}

#[tokio::test]
async fn a_list_is_filtered() {
    let harness = Harness::new().await;
    let live = harness.key(json!({"name": "Alpha"})).await;
    let test = harness.key(json!({"environment": "test"})).await;
    harness.act(&format!("/v1/keys/{}/disable", test.text("/id"))).await;
    let ids = async |query: String| {
        let list = harness.get(&format!("/v1/keys?{query}")).await;
        let data = list.body["data"].as_array().unwrap().clone();
        data.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("api=sample".to_owned()).await.len(), 2);
    assert_eq!(ids("environment=test".to_owned()).await, [test.text("/id")]);
    assert_eq!(ids("state=disabled".to_owned()).await, [test.text("/id")]);
    assert_eq!(ids("name=alph".to_owned()).await, [live.text("/id")]);
    assert_eq!(ids(format!("workspace={}", live.text("/workspace"))).await, [live.text("/id")]);
}

#[tokio::test]
async fn keys_are_found_by_their_end_and_by_their_use() {
    let harness = Harness::new().await;
    let ending = harness.key(json!({"expires_at": "2027-01-20T00:00:00Z"})).await.text("/id");
    let later = harness.key(json!({"expires_at": "2027-02-01T00:00:00Z"})).await.text("/id");
    let both = BTreeSet::from([ending.clone(), later.clone()]);
    let ids = async |query: &str| {
        let list = harness.get(&format!("/v1/keys?{query}")).await;
        let data = list.body["data"].as_array().unwrap().clone();
        data.iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(ids("expiring_before=2027-01-20T00:00:01Z").await, BTreeSet::from([ending.clone()]));
    assert!(ids("expiring_before=2027-01-20T00:00:00Z").await.is_empty(), "before, and not at");
    assert_eq!(ids("expiring_before=2027-02-02T00:00:00Z").await, both);
    assert_eq!(ids("unused_since=2027-01-16T00:00:00Z").await, both);
    assert!(ids("unused_since=2027-01-14T00:00:00Z").await.is_empty(), "they were not there yet");
    harness.clock.advance(Duration::from_secs(6 * 86_400));
    assert_eq!(
        ids("expiring_before=2027-02-02T00:00:00Z").await,
        BTreeSet::from([later.clone()]),
        "one has ended"
    );
    for parameter in ["expiring_before", "unused_since"] {
        let wrong = harness.get(&format!("/v1/keys?{parameter}=soon")).await;
        wrong.is_problem(400, "invalid_parameter").blames("parameter", parameter);
    }
}

#[tokio::test]
async fn a_value_counts_once_it_is_verified() {
    let harness = Harness::new().await;
    let path = format!("/v1/keys/{}/shelves", harness.key(json!({})).await.text("/id"));
    let added = harness.post(&path, json!({"id": "a b/c"})).await;
    assert_eq!((added.status, &added.body["verified_at"]), (201, &Value::Null));
    let verified = harness.act(&format!("{path}/a%20b%2Fc/verify")).await;
    assert_eq!((verified.status, &verified.body["id"]), (200, &json!("a b/c")));
    assert_eq!(verified.body["verified_at"], "2027-01-15T08:00:00Z");
    assert_eq!(harness.get(&path).await.body["data"], json!([verified.body]));
    harness.act(&format!("{path}/other/verify")).await.is_problem(404, "not_found");
    harness
        .post(&path, json!({"id": ""}))
        .await
        .is_problem(400, "invalid_belonging")
        .blames("pointer", "/id");
}

#[tokio::test]
async fn a_list_that_the_contract_lacks_is_told_from_an_empty_one() {
    let harness = Harness::new().await;
    let path = format!("/v1/keys/{}", harness.key(json!({})).await.text("/id"));
    assert_eq!(harness.get(&format!("{path}/shelves")).await.body["data"], json!([]));
    harness.get(&format!("{path}/drawers")).await.is_problem(400, "undefined_collection");
    harness.get(&format!("{path}/Drawers")).await.is_problem(404, "not_found");
}
