//! Every state a credential can be in and every way to send it wrongly: the contract's answer, and one log line.

use serde_json::{Value, json};

use crate::client::{Call, eventually, field_of, raw, status_of};
use crate::house::Demo;
use crate::server::Key;

/// What an outsider and the operator see.
struct Expected {
    status: u16,
    code: &'static str,
    challenge: &'static str,
    reason: &'static str,
}

const INVALID: &str = r#"Bearer realm="Example API", error="invalid_token", scope="read""#;

fn invalid(reason: &'static str) -> Expected {
    Expected { status: 401, code: "invalid_api_key", challenge: INVALID, reason }
}

async fn refused(demo: &Demo, call: Call, expected: &Expected) {
    let answer = call.send().await;
    let Expected { status, code, challenge, reason } = expected;
    assert_eq!(answer.status, *status, "{reason}: {answer:?}");
    assert_eq!(answer.json()["error"]["code"], *code, "{reason}");
    // Where a token can be had stands behind it.
    let shown = answer.header("www-authenticate").split(", resource_metadata=").next();
    assert_eq!(shown, Some(*challenge), "{reason}");
    assert_eq!(answer.header("cache-control"), "no-store", "{reason}");
    let line = demo.line_about_refusal(&answer);
    assert_eq!((&line["reason"], &line["level"]), (&json!(reason), &json!("INFO")));
    assert_eq!(line["api"], "example");
}

fn users(demo: &Demo) -> Call {
    demo.call("GET example.localhost/v1/users")
}

#[tokio::test]
async fn a_credential_sent_wrongly_is_refused_with_what_is_wanted() {
    let (demo, _house) = Demo::fresh().await;
    let good = demo.fact("example", "live_key");
    let missing = Expected {
        status: 401,
        code: "invalid_api_key",
        challenge: r#"Bearer realm="Example API", scope="read""#,
        reason: "missing",
    };
    let confused = |reason| Expected {
        status: 400,
        code: "invalid_request",
        challenge: r#"Bearer realm="Example API", error="invalid_request""#,
        reason,
    };
    refused(&demo, users(&demo), &missing).await;
    // Another scheme, no scheme, nothing after the scheme, another header, a cookie.
    for value in [format!("Basic {good}"), format!("Token {good}"), good.to_owned(), "Bearer".to_owned()] {
        refused(&demo, users(&demo).header("authorization", value), &missing).await;
    }
    for name in ["x-api-key", "apikey", "cookie"] {
        refused(&demo, users(&demo).header(name, good), &missing).await;
    }
    let two = users(&demo).bearer(good).bearer(demo.fact("example", "test_key"));
    refused(&demo, two, &confused("multiple_credentials")).await;
    for query in ["access_token=x".to_owned(), format!("key={good}"), format!("x=1&y={good}")] {
        let call = demo.call(&format!("GET example.localhost/v1/users?{query}"));
        refused(&demo, call, &confused("credential_in_query")).await;
    }
    // The same credential twice is one credential, and a scheme has no case.
    assert_eq!(users(&demo).bearer(good).bearer(good).send().await.status, 200);
    assert_eq!(users(&demo).header("authorization", format!("bEARER {good}")).send().await.status, 200);
    assert!(!demo.log_of_requests().contains(good), "a credential is in the log");
}

#[tokio::test]
async fn a_credential_that_is_none_is_refused_without_a_lookup() {
    let (demo, _house) = Demo::fresh().await;
    let good = demo.fact("example", "live_key").to_owned();
    let last = good.chars().last().unwrap();
    let changed = format!("{}{}", &good[..good.len() - 1], if last == 'x' { 'y' } else { 'x' });
    let early = good.replacen("sk_live_", "sk_live_0", 1);
    let junk: Vec<Vec<u8>> = vec![
        changed.into_bytes(),
        early.into_bytes(),
        good[..good.len() - 1].into(),
        format!("{good}0").into_bytes(),
        format!("{good} {good}").into_bytes(),
        format!("sk_live_{}", "a".repeat(10_240)).into_bytes(),
        b"sk_live_".to_vec(),
        b"\xff\xfe\x80".to_vec(),
        "sk_live_schlüssel".into(),
        // A key of another contract, and an operator token.
        demo.fact("propertybase", "live_key").into(),
        demo.token.clone().into_bytes(),
    ];
    for text in junk {
        let value = [b"Bearer ".as_slice(), &text].concat();
        let value = ::http::HeaderValue::from_bytes(&value).unwrap();
        refused(&demo, users(&demo).header("authorization", value), &invalid("malformed")).await;
    }
    let log = demo.log_of_requests();
    for secret in [&good[..good.len() - 1], demo.fact("propertybase", "live_key"), &demo.token, "schl"] {
        assert!(!log.contains(secret), "a credential is in the log");
    }
}

#[tokio::test]
async fn a_nul_in_a_header_is_no_http_and_ends_the_connection() {
    let (demo, _house) = Demo::fresh().await;
    let request =
        b"GET /v1/users HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer sk\0live\r\n\r\n";
    let answer = raw(demo.address, request).await;
    assert_eq!((status_of(&answer), field_of(&answer, "connection")), (400, "close"), "{answer}");
    eventually("the line about it", async || demo.log_of_requests().contains("could not be understood"))
        .await;
    // Where it can be said, it is a credential like any other that is nobody's.
    let verdict = demo.verify("example", "sk_live_\0").await;
    assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(false), &json!("MALFORMED")));
}

async fn key(demo: &Demo, members: &Value) -> Key {
    let mut members = members.clone();
    members["scopes"] = json!(["read"]);
    demo.key("example", &members).await
}

#[tokio::test]
async fn every_state_of_a_key_has_its_answer_and_its_reason() {
    let (demo, _house) = Demo::fresh().await;
    let revoked = key(&demo, &json!({})).await;
    demo.post(&format!("/v1/keys/{}/revoke", revoked.id), &json!({})).await;
    let rotated = key(&demo, &json!({})).await;
    demo.post(&format!("/v1/keys/{}/rotate", rotated.id), &json!({})).await;
    let early = key(&demo, &json!({"not_before": "2090-01-01T00:00:00Z"})).await;
    let disabled = key(&demo, &json!({})).await;
    demo.post(&format!("/v1/keys/{}/disable", disabled.id), &json!({})).await;
    let suspended = key(&demo, &json!({})).await;
    demo.post(&format!("/v1/workspaces/{}/suspend", suspended.workspace), &json!({})).await;
    let elsewhere = key(&demo, &json!({"addresses": ["203.0.113.0/24", "2001:db8::/32"]})).await;
    let expired = Expected { code: "expired_token", ..invalid("expired") };
    let away = Expected { status: 403, code: "forbidden", challenge: "", reason: "address_not_allowed" };
    for (key, expected, code) in [
        (&revoked, invalid("revoked"), "REVOKED"),
        (&rotated, expired, "EXPIRED"),
        (&early, invalid("not_yet_valid"), "NOT_YET_VALID"),
        (&disabled, invalid("disabled"), "DISABLED"),
        (&suspended, invalid("disabled"), "DISABLED"),
        (&elsewhere, away, "ADDRESS_NOT_ALLOWED"),
    ] {
        refused(&demo, users(&demo).bearer(&key.text), &expected).await;
        let verdict = demo.verify("example", &key.text).await;
        assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(false), &json!(code)));
        assert!(!demo.log_of_requests().contains(&key.text), "a credential is in the log");
    }
    // What was switched off can be switched on again.
    demo.post(&format!("/v1/keys/{}/enable", disabled.id), &json!({})).await;
    demo.post(&format!("/v1/workspaces/{}/resume", suspended.workspace), &json!({})).await;
    for key in [disabled, suspended] {
        assert_eq!(users(&demo).bearer(&key.text).send().await.status, 200);
    }
}

#[tokio::test]
async fn a_key_ends_at_its_time_and_not_before() {
    let (demo, _house) = Demo::fresh().await;
    let end = claviger_domain::Clock::now(&*claviger_server::effects::Effects::system().clock)
        .plus(std::time::Duration::from_secs(2));
    let key = key(&demo, &json!({"expires_at": end.to_string()})).await;
    assert_eq!(users(&demo).bearer(&key.text).send().await.status, 200);
    eventually("the key's end", async || users(&demo).bearer(&key.text).send().await.status == 401).await;
    assert_eq!(demo.verify("example", &key.text).await["code"], "EXPIRED");
}

#[tokio::test]
async fn an_operator_sees_when_from_where_and_by_what_a_key_was_used_last() {
    let (demo, house) = Demo::fresh().await;
    let key = key(&demo, &json!({})).await;
    let shown = async |demo: &Demo| demo.manage(&format!("GET /v1/keys/{}", key.id)).send().await.json();
    assert_eq!(shown(&demo).await["last_used_at"], Value::Null);
    assert_eq!(users(&demo).bearer(&key.text).header("user-agent", "billing/1.0").send().await.status, 200);
    // An orderly end writes what is pending.
    assert_eq!(demo.server.stop(rustix::process::Signal::TERM).await.0, Some(0));
    let demo = house.demo(&["--port", "0"]).await;
    let shown = shown(&demo).await;
    assert!(shown["last_used_at"].is_string(), "{shown}");
    let text = shown["generations"][0].to_string();
    assert!(text.contains("127.0.0.1") && text.contains("billing/1.0"), "{shown}");
}

#[tokio::test]
async fn a_rotated_key_works_on_during_its_overlap() {
    let (demo, _house) = Demo::fresh().await;
    let old = key(&demo, &json!({})).await;
    let rotated = demo.post(&format!("/v1/keys/{}/rotate", old.id), &json!({"overlap_seconds": 3600})).await;
    for text in [old.text.as_str(), rotated["key"].as_str().unwrap()] {
        assert_eq!(users(&demo).bearer(text).send().await.status, 200);
    }
}
