//! What the five documents show, sent as they show it, and "The demo's routes", all of them.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::client::{Answer, eventually};
use crate::house::Demo;

/// The documents' error bodies, in the one line they have on the wire.
const EXAMPLE_INVALID: &str = r#"{"error":{"type":"authentication_error","code":"invalid_api_key","message":"The API key provided is invalid"}}"#;
const PROPERTYBASE_401: &str = r#"{"error":{"code":"UNAUTHORIZED","message":"Invalid or expired token"}}"#;
const PROPERTYBASE_403: &str = r#"{"error":{"code":"FORBIDDEN","message":"Insufficient permissions"}}"#;

async fn get(demo: &Demo, target: &str, key: &str) -> Answer {
    demo.call(&format!("GET {target}")).bearer(key).send().await
}

async fn environment(demo: &Demo, target: &str, key: &str) -> Value {
    let answer = get(demo, target, key).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["environment"].clone()
}

#[tokio::test]
async fn examples_own_command_reaches_live_or_test_data_by_prefix() {
    let (demo, _house) = Demo::fresh().await;
    let [live, test] = ["live_key", "test_key"].map(|field| demo.fact("example", field));
    assert!(live.starts_with("sk_live_") && test.starts_with("sk_test_"));
    assert_eq!(environment(&demo, "example.localhost/v1/users", live).await, "live");
    assert_eq!(environment(&demo, "example.localhost/v1/users", test).await, "test");
    assert_eq!(environment(&demo, "example.localhost/v1/users/user_1", live).await, "live");
    let new = json!({"name": "Grace"});
    let made = demo.call("POST example.localhost/v1/users").bearer(live).json(&new).send().await;
    assert_eq!((made.status, &made.json()["name"]), (201, &json!("Grace")));
}

/// The challenge without the address that shows the way to a token (RFC 9728 section 5.1), which must be the API's own.
#[track_caller]
fn way_shown(answer: &Answer) -> &str {
    let (challenge, way) = answer.header("www-authenticate").split_once(", resource_metadata=").unwrap();
    assert!(way.starts_with("\"http://example.localhost:"), "{way}");
    assert!(way.ends_with("/.well-known/oauth-protected-resource\""), "{way}");
    challenge
}

#[tokio::test]
async fn examples_refusals_are_the_documents() {
    let (demo, _house) = Demo::fresh().await;
    // The document's sample key is nobody's.
    let answer = get(&demo, "example.localhost/v1/users", "sk_live_1234567890abcdef").await;
    assert_eq!((answer.status, answer.text()), (401, EXAMPLE_INVALID));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(way_shown(&answer), r#"Bearer realm="Example API", error="invalid_token", scope="read""#);

    let missing = demo.call("GET example.localhost/v1/users").send().await;
    assert_eq!(missing.status, 401);
    assert_eq!(missing.json()["error"]["code"], "invalid_api_key");
    assert_eq!(way_shown(&missing), r#"Bearer realm="Example API", scope="read""#);

    let expired = get(&demo, "example.localhost/v1/users", demo.fact("example", "expired_key")).await;
    assert_eq!((expired.status, &expired.json()["error"]["code"]), (401, &json!("expired_token")));
    assert_eq!(expired.json()["error"]["type"], "authentication_error");

    let read_only = demo.fact("example", "read_only_key");
    let new = json!({"name": "x"});
    let denied = demo.call("POST example.localhost/v1/users").bearer(read_only).json(&new).send().await;
    let error = denied.json()["error"].clone();
    assert_eq!(
        (denied.status, &error["type"], &error["code"]),
        (403, &json!("authorization_error"), &json!("insufficient_scope"))
    );
    assert!(error["message"].as_str().unwrap().contains("write"), "{error}");
    assert!(way_shown(&denied).ends_with(r#"error="insufficient_scope", scope="write""#));

    let unlisted = get(&demo, "example.localhost/v1/nothing", demo.fact("example", "live_key")).await;
    assert_eq!((unlisted.status, &unlisted.json()["error"]["code"]), (404, &json!("not_found")));
    let nobody = demo.call("GET example.localhost/v1/nothing").send().await;
    assert_eq!(nobody.status, 401, "a credential first: {nobody:?}");
}

#[tokio::test]
async fn the_601st_request_of_a_minute_is_refused_and_told_when_to_come_back() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "read_only_key");
    let first = get(&demo, "example.localhost/v1/users", key).await;
    assert_eq!(first.header("ratelimit-policy"), r#""minute";q=600;w=60"#);
    // The verify door counts the same allowance, and knows how much of it one question may take.
    let rest = json!({"api": "example", "credential": key, "cost": 590});
    let verdict = demo.post("/v1/verify", &rest).await;
    assert_eq!((&verdict["valid"], &verdict["limits"][0]["name"]), (&json!(true), &json!("minute")));
    let mut refused = None;
    eventually("a 429", async || {
        let answer = get(&demo, "example.localhost/v1/users", key).await;
        let is_refused = answer.status == 429;
        refused = is_refused.then_some(answer);
        is_refused
    })
    .await;
    let refused = refused.unwrap();
    let error = refused.json()["error"].clone();
    assert_eq!((&error["type"], &error["code"]), (&json!("rate_limit_error"), &json!("rate_limit_exceeded")));
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(refused.header("ratelimit").starts_with(r#""minute";r=0;t="#), "{refused:?}");
    // Nobody else's allowance is touched.
    assert_eq!(get(&demo, "example.localhost/v1/users", demo.fact("example", "live_key")).await.status, 200);
}

#[tokio::test]
async fn propertybases_own_command_and_every_route_work_with_admin() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("propertybase", "live_key");
    for thing in ["properties", "leads", "agents", "webhooks"] {
        let path = format!("propertybase.localhost/v1/{thing}");
        let listed = get(&demo, &path, key).await;
        assert_eq!(listed.status, 200, "{listed:?}");
        let id = listed.json()["data"][0]["id"].as_str().unwrap().to_owned();
        let new = json!({"name": "new"});
        for (method, path, status) in [
            ("GET", format!("{path}/{id}"), 200),
            ("POST", path.clone(), 201),
            ("PUT", format!("{path}/{id}"), 200),
            ("DELETE", format!("{path}/{id}"), 200),
        ] {
            let answer = demo.call(&format!("{method} {path}")).bearer(key).json(&new).send().await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            assert_eq!(answer.json()["environment"], "live");
        }
    }
    assert_eq!(environment(&demo, "propertybase.localhost/v1/analytics/summary", key).await, "live");
}

#[tokio::test]
async fn propertybase_refuses_in_the_documents_words() {
    let (demo, _house) = Demo::fresh().await;
    let host = "propertybase.localhost";
    let expired = demo.fact("propertybase", "expired_key");
    for key in ["pb_live_xxxxxxxxxxxxx", "nonsense", expired] {
        let answer = get(&demo, &format!("{host}/v1/leads"), key).await;
        assert_eq!((answer.status, answer.text()), (401, PROPERTYBASE_401), "{key}");
    }
    let none = demo.call(&format!("GET {host}/v1/leads")).send().await;
    assert_eq!((none.status, &none.json()["error"]["code"]), (401, &json!("UNAUTHORIZED")));

    let read_only = demo.fact("propertybase", "read_only_key");
    let body = json!({"name": "x"});
    for line in ["POST {}/v1/leads", "GET {}/v1/webhooks", "DELETE {}/v1/agents/agent_7"] {
        let line = line.replace("{}", host);
        let answer = demo.call(&line).bearer(read_only).json(&body).send().await;
        assert_eq!((answer.status, answer.text()), (403, PROPERTYBASE_403), "{line}");
    }
    let unlisted = get(&demo, &format!("{host}/v1/nothing"), read_only).await;
    assert_eq!((unlisted.status, &unlisted.json()["error"]["code"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn propertybases_two_hosts_keep_live_and_test_apart() {
    let (demo, _house) = Demo::fresh().await;
    let [live, test] = ["live_key", "test_key"].map(|field| demo.fact("propertybase", field));
    let (real, sandbox) = ("propertybase.localhost/v1/leads", "sandbox.propertybase.localhost/v1/leads");
    assert_eq!(environment(&demo, real, live).await, "live");
    assert_eq!(environment(&demo, sandbox, test).await, "test");
    for (target, key, right) in
        [(real, test, "sandbox.propertybase.localhost"), (sandbox, live, " propertybase.localhost")]
    {
        let answer = get(&demo, target, key).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (403, &json!("FORBIDDEN")));
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(right), "names the right host: {message}");
        assert_eq!(demo.line_about_refusal(&answer)["reason"], "wrong_environment");
    }
}

#[tokio::test]
async fn propertybase_counts_per_workspace_and_says_so() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("propertybase", "live_key");
    let answer = get(&demo, "propertybase.localhost/v1/leads", key).await;
    // Enterprise: 600 a minute.
    assert_eq!(answer.header("x-ratelimit-limit"), "600");
    let left: u64 = answer.header("x-ratelimit-remaining").parse().unwrap();
    let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
    assert!(left < 600 && reset > 1_700_000_000, "{answer:?}");
    // A workspace without a plan has Starter: 60 a minute, at most 10 at once, for all its keys together.
    let one = demo.key("propertybase", &json!({"scopes": ["read:leads"]})).await;
    let members = json!({"scopes": ["read:leads"], "workspace": one.workspace});
    let other = demo.key("propertybase", &members).await;
    let answer = get(&demo, "propertybase.localhost/v1/leads", &one.text).await;
    assert_eq!(answer.header("x-ratelimit-limit"), "60");
    let all = json!({"api": "propertybase", "credential": other.text, "cost": 9});
    assert_eq!(demo.post("/v1/verify", &all).await["valid"], true);
    let mut refused = None;
    eventually("a 429", async || {
        let answer = get(&demo, "propertybase.localhost/v1/leads", &one.text).await;
        let is_refused = answer.status == 429;
        refused = is_refused.then_some(answer);
        is_refused
    })
    .await;
    let refused = refused.unwrap();
    assert_eq!(refused.json()["error"]["code"], "RATE_LIMIT_EXCEEDED");
    assert!(refused.json()["error"]["retry_after"].is_u64() && !refused.header("retry-after").is_empty());
}

#[tokio::test]
async fn propertybase_tells_a_stop_until_midnight_from_one_of_a_minute() {
    let (demo, _house) = Demo::fresh().await;
    let day = json!({"name": "own-day", "requests": 2, "pace": "day", "partition": "credential"});
    let key = demo.key("propertybase", &json!({"scopes": ["read:leads"], "limits": [day]})).await;
    for _ in 0..2 {
        get(&demo, "propertybase.localhost/v1/leads", &key.text).await;
    }
    let refused = get(&demo, "propertybase.localhost/v1/leads", &key.text).await;
    let date = httpdate::parse_http_date(refused.header("date")).unwrap();
    let until_midnight = 86_400 - date.duration_since(UNIX_EPOCH).unwrap().as_secs() % 86_400;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (429, &json!("DAILY_LIMIT_EXCEEDED")));
    let waits: u64 = refused.header("retry-after").parse().unwrap();
    assert!((until_midnight - 1..=until_midnight + 1).contains(&waits), "{waits}, {until_midnight}");
    assert_eq!(refused.json()["error"]["retry_after"], waits);
}

#[tokio::test]
async fn propertybase_answers_me_itself_for_any_credential() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.key("propertybase", &json!({"scopes": ["read:leads"]})).await;
    let me = get(&demo, "propertybase.localhost/v1/me", &key.text).await;
    assert_eq!((me.status, me.header("cache-control")), (200, "no-store"));
    let said = me.json();
    let caller = [&said["sub"], &said["workspace_id"], &said["credential_id"], &said["type"]];
    assert_eq!(caller, [key.workspace.as_str(), &key.workspace, &key.id, "key"].map(|t| json!(t)).each_ref());
    assert_eq!((&said["environment"], &said["scopes"]), (&json!("live"), &json!(["read:leads"])));
    assert!(!me.text().contains(&key.text));
    assert_eq!(demo.call("GET propertybase.localhost/v1/me").send().await.status, 401);
}

#[tokio::test]
async fn a_workspace_that_is_named_must_be_the_credentials() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.key("propertybase", &json!({"scopes": ["read:leads"]})).await;
    let other = demo.workspace().await;
    let leads = |workspace: &str| {
        demo.call("GET propertybase.localhost/v1/leads").bearer(&key.text).header("x-workspace-id", workspace)
    };
    assert_eq!(leads(&key.workspace).send().await.status, 200);
    for wrong in [other.as_str(), "", "wsp_", "*"] {
        let answer = leads(wrong).send().await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (403, &json!("WORKSPACE_ACCESS_DENIED"))
        );
        assert_eq!(demo.line_about_refusal(&answer)["reason"], "wrong_workspace");
    }
    let twice = leads(&key.workspace).header("x-workspace-id", other).send().await;
    assert_eq!(twice.status, 403, "{twice:?}");
}

#[tokio::test]
async fn redpin_takes_keys_in_their_header_and_says_what_it_wants() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("redpin", "api_key");
    let body = json!({"price": 425_000});
    for path in ["/v1/property-fees", "/v1/referrals"] {
        let line = format!("POST redpin.localhost{path}");
        let answer = demo.call(&line).header("apikey", key).json(&body).send().await;
        assert_eq!((answer.status, &answer.json()["environment"]), (200, &json!("live")));
        // The same key as a bearer token is the wrong kind, and the answer says which is wanted.
        let wrong = demo.call(&line).bearer(key).json(&body).send().await;
        let said = wrong.json();
        assert_eq!((wrong.status, &said["code"]), (401, &json!("UNAUTHORIZED")));
        assert_eq!(said["type"], "Authentication Error");
        assert_eq!(said["description"], "This call needs an API key in the `apikey` header");
    }
    for line in [
        "GET redpin.localhost/v1/customers/7/sessions",
        "POST redpin.localhost/api/v1/customers/7/third-parties",
    ] {
        let wrong = demo.call(line).header("apikey", key).json(&body).send().await;
        assert_eq!(wrong.status, 401);
        let wanted = "This call needs a bearer token in the `Authorization` header";
        assert_eq!(wrong.json()["description"], wanted);
    }
    let test = demo.key("redpin", &json!({"environment": "test"})).await;
    let line = "POST redpin.localhost/v1/property-fees";
    let answer = demo.call(line).header("apikey", test.text.as_str()).json(&body).send().await;
    assert_eq!(answer.json()["environment"], "test");
}

#[tokio::test]
async fn brifles_and_redoxs_keys_are_no_credentials_of_their_apis() {
    let (demo, _house) = Demo::fresh().await;
    for key in ["read_only_key", "api_key"] {
        let answer = get(&demo, "brifle.localhost/v1/documents", demo.fact("brifle", key)).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.text(), r#"{"code":40100,"message":"unauthorized","status":401}"#);
    }
    let message = json!({"Meta": {"DataModel": "PatientSearch", "EventType": "Query"}});
    for key in [demo.fact("redox", "api_key"), "0d9c1a5e-2a8b-4f8e-9f2a-0a6f2f6f2b1c"] {
        let answer = demo.call("POST redox.localhost/endpoint").bearer(key).json(&message).send().await;
        assert_eq!(answer.status, 401);
        let error = answer.json()["Meta"]["Errors"][0].clone();
        assert_eq!((&error["Type"], &error["Module"]), (&json!("authentication"), &json!("Auth")));
        assert!(error["ID"].is_u64() && error["Text"].is_string(), "{error}");
    }
}

#[tokio::test]
async fn what_reaches_an_upstream_says_who_calls_and_nothing_forged() {
    let (demo, _house) = Demo::fresh().await;
    for (contract, header) in
        [("example", "authorization"), ("propertybase", "authorization"), ("redpin", "apikey")]
    {
        let key = demo.key(contract, &json!({})).await;
        let credential = match header {
            "authorization" => format!("Bearer {}", key.text),
            _ => key.text.clone(),
        };
        let echo = demo
            .call(&format!("PATCH {contract}.localhost/v1/echo?a=1&b=%20"))
            .header(header, credential)
            .header("x-auth-workspace", "wsp_forged")
            .header("x-auth-subject", "forged")
            .header("X_Auth_Scopes", "forged")
            .header("x-auth-anything", "forged")
            .header("x-forwarded-for", "203.0.113.1")
            .header("x-real-ip", "203.0.113.1")
            .header("connection", "x-drop-me")
            .header("x-drop-me", "1")
            .header("x-request-id", "mine-1")
            .header("accept-language", "eo")
            .send()
            .await;
        assert_eq!(echo.status, 200, "{contract}: {echo:?}");
        let seen = echo.json();
        let request = [&seen["environment"], &seen["method"], &seen["path"], &seen["query"]];
        assert_eq!(request, ["live", "PATCH", "/v1/echo", "a=1&b=%20"].map(|t| json!(t)).each_ref());
        let headers = &seen["headers"];
        assert_eq!(headers["x-auth-workspace"], key.workspace.as_str());
        assert_eq!(headers["x-auth-credential"], key.id.as_str());
        assert_eq!(
            (&headers["x-auth-kind"], &headers["x-auth-environment"]),
            (&json!("key"), &json!("live"))
        );
        assert_eq!((&headers["x-request-id"], echo.request_id()), (&json!("mine-1"), "mine-1"));
        assert_eq!(
            (&headers["x-forwarded-for"], &headers["accept-language"]),
            (&json!("127.0.0.1"), &json!("eo"))
        );
        let text = echo.text();
        for gone in ["forged", "203.0.113.1", "x-drop-me", &key.text, "x_auth_scopes"] {
            assert!(!text.contains(gone), "{contract} {gone}: {text}");
        }
    }
}

#[tokio::test]
async fn unknown_revoked_and_malformed_keys_look_alike_and_the_log_tells_them_apart() {
    let (demo, _house) = Demo::fresh().await;
    for contract in ["example", "propertybase"] {
        let revoked = demo.key(contract, &json!({})).await;
        demo.post(&format!("/v1/keys/{}/revoke", revoked.id), &json!({"wait": true})).await;
        let unknown = unknown_key(demo.fact(contract, "live_key"));
        let mut seen = Vec::new();
        for (key, reason) in
            [(revoked.text.as_str(), "revoked"), (&unknown, "unknown"), ("sk_live_x", "malformed")]
        {
            let answer = get(&demo, &format!("{contract}.localhost/v1/echo"), key).await;
            assert_eq!(demo.line_about_refusal(&answer)["reason"], reason);
            let Answer { status, mut headers, body } = answer;
            headers.remove("x-request-id");
            headers.remove("date");
            seen.push((status, headers, body));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[1], seen[2]);
    }
}

/// A key of the right form, checksum included, that nobody has.
pub(crate) fn unknown_key(like: &str) -> String {
    let prefix = like.rfind('_').map(|at| &like[..=at]).unwrap();
    let random = "0".repeat(like.len() - prefix.len() - 6);
    let body = format!("{prefix}{random}");
    format!("{body}{}", checksum(&body))
}

/// CRC-32 in base62, six characters, as every scanner that knows our keys computes it.
fn checksum(text: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut crc = !0_u32;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut left = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(left % 62) as usize];
        left /= 62;
    }
    String::from_utf8(digits.to_vec()).unwrap()
}
