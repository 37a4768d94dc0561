use serde_json::{Value, json};

use crate::harness::{Harness, Reply};

async fn verify(harness: &Harness, body: Value) -> Reply {
    harness.post("/v1/verify", body).await
}

/// The code of the verdict on a request.
async fn code_of(harness: &Harness, request: Value) -> String {
    let reply = verify(harness, json!({"api": "sample", "request": request})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body["valid"], reply.body["code"] == "VALID");
    reply.text("/code")
}

#[tokio::test]
async fn a_good_credential_is_valid() {
    let harness = Harness::new().await;
    let made = harness.key(json!({"expires_at": "2030-01-01T00:00:00Z"})).await;
    let reply = verify(&harness, json!({"api": "sample", "credential": made.text("/key")})).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let expected = json!({
        "valid": true, "code": "VALID", "request_id": "req_test",
        "principal": {
            "workspace": made.body["workspace"], "kind": "key", "credential": made.body["id"],
            "subject": null, "client": null, "scopes": ["read"], "environment": "live",
        },
        "limits": [{
            "name": "minute", "requests": 100, "per_seconds": 60, "remaining": 99,
            "reset_at": "2027-01-15T08:00:00.6Z", "retry_at": null,
        }],
        "expires_at": "2030-01-01T00:00:00Z",
    });
    assert_eq!((reply.status, &reply.body), (200, &expected));
    let by_id = harness.get("/v1/apis/sample").await.text("/id");
    let again = verify(&harness, json!({"api": by_id, "credential": made.text("/key")})).await;
    assert_eq!(again.body["principal"], expected["principal"]);
}

#[tokio::test]
async fn a_bad_credential_is_200_with_a_code() {
    let harness = Harness::new().await;
    let made = harness.key(json!({})).await;
    let text = made.text("/key");
    let code = async |text: String| {
        verify(&harness, json!({"api": "sample", "credential": text})).await.text("/code")
    };
    assert_eq!(code("junk".to_owned()).await, "MALFORMED");
    assert_eq!(code(format!("{text}x")).await, "MALFORMED");
    assert_eq!(code("x".repeat(10_000)).await, "MALFORMED");
    assert_eq!(code("\u{0}".to_owned()).await, "MALFORMED");
    harness.act(&format!("/v1/keys/{}/revoke", made.text("/id"))).await;
    assert_eq!(code(text.clone()).await, "REVOKED");
}

#[tokio::test]
async fn scopes_asked_for_are_needed_too() {
    let harness = Harness::new().await;
    let text = harness.key(json!({})).await.text("/key");
    for (scopes, code) in [(json!(["read"]), "VALID"), (json!(["read", "write"]), "INSUFFICIENT_SCOPE")] {
        let reply = verify(&harness, json!({"api": "sample", "credential": text, "scopes": scopes})).await;
        assert_eq!((reply.status, reply.text("/code").as_str()), (200, code));
    }
}

#[tokio::test]
async fn a_limit_is_counted_by_cost_and_shown() {
    let harness = Harness::new().await;
    let limits = json!([{"name": "own", "requests": 5, "per_seconds": 60}]);
    let text = harness.key(json!({"limits": limits})).await.text("/key");
    let body = json!({"api": "sample", "credential": text, "cost": 3});
    let own = |reply: &Reply| {
        let limits = reply.body["limits"].as_array().unwrap();
        limits.iter().find(|limit| limit["name"] == "own").unwrap().clone()
    };
    let first = verify(&harness, body.clone()).await;
    assert_eq!((&first.body["valid"], &own(&first)["remaining"]), (&json!(true), &json!(2)));
    let second = verify(&harness, body).await;
    assert_eq!((second.status, second.text("/code").as_str()), (200, "RATE_LIMITED"));
    assert!(own(&second)["retry_at"].is_string());
}

#[tokio::test]
async fn a_request_is_judged_by_its_route() {
    let harness = Harness::new().await;
    let bearer = format!("Bearer {}", harness.key(json!({})).await.text("/key"));
    let request = |method: &str, path: &str| json!({"method": method, "path": path, "headers": {"Authorization": bearer}});
    assert_eq!(code_of(&harness, request("GET", "/notes/1?x=1")).await, "VALID");
    assert_eq!(code_of(&harness, request("POST", "/notes")).await, "INSUFFICIENT_SCOPE");
    assert_eq!(code_of(&harness, request("GET", "/nothing")).await, "UNKNOWN_ROUTE");
    assert_eq!(code_of(&harness, request("GET", "/notes/../x")).await, "INVALID_REQUEST");
    assert_eq!(code_of(&harness, json!({"method": "GET", "path": "/notes/1"})).await, "MISSING");
    let open =
        verify(&harness, json!({"api": "sample", "request": {"method": "GET", "path": "/status"}})).await;
    assert_eq!((&open.body["valid"], &open.body["principal"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_host_demands_its_environment() {
    let harness = Harness::new().await;
    let bearer = format!("Bearer {}", harness.key(json!({"environment": "test"})).await.text("/key"));
    let at = |host: Value, header: &str| {
        let headers = json!({"authorization": bearer, "host": header});
        let mut request = json!({"method": "GET", "path": "/notes/1", "headers": headers});
        if host.is_string() {
            request["host"] = host;
        }
        request
    };
    let (live, sandbox) = ("sample.example.org", "SANDBOX.sample.example.org:8080");
    assert_eq!(code_of(&harness, at(json!(sandbox), live)).await, "VALID");
    assert_eq!(code_of(&harness, at(Value::Null, sandbox)).await, "VALID");
    assert_eq!(code_of(&harness, at(json!(live), sandbox)).await, "WRONG_ENVIRONMENT");
    assert_eq!(code_of(&harness, at(Value::Null, "internal:1")).await, "WRONG_ENVIRONMENT");
    let unknown =
        verify(&harness, json!({"api": "sample", "request": at(json!("evil.example"), live)})).await;
    unknown.is_problem(400, "unknown_host").blames("pointer", "/request/host");
}

#[tokio::test]
async fn an_allowlist_sees_the_address_in_the_request() {
    let harness = Harness::new().await;
    let bearer = format!("Bearer {}", harness.key(json!({"addresses": ["10.0.0.0/8"]})).await.text("/key"));
    for (address, code) in [
        (json!("10.1.2.3"), "VALID"),
        (json!("11.0.0.1"), "ADDRESS_NOT_ALLOWED"),
        (Value::Null, "ADDRESS_NOT_ALLOWED"),
    ] {
        let headers = json!({"authorization": bearer});
        let request =
            json!({"method": "GET", "path": "/notes/1", "headers": headers, "remote_address": address});
        assert_eq!(code_of(&harness, request).await, code);
    }
}

#[tokio::test]
async fn the_rules_of_a_route_look_into_a_body_that_is_there() {
    let harness = Harness::new().await;
    let made = harness.key(json!({"scopes": ["write"]})).await;
    let shelves = format!("/v1/keys/{}/shelves", made.text("/id"));
    harness.post(&shelves, json!({"id": "s1"})).await;
    harness.act(&format!("{shelves}/s1/verify")).await;
    let request = |body: Value| {
        let headers = json!({"authorization": format!("Bearer {}", made.text("/key")), "content-type": "application/json"});
        json!({"method": "POST", "path": "/notes", "headers": headers, "body": body})
    };
    assert_eq!(code_of(&harness, request(json!(r#"{"shelf":"s1"}"#))).await, "VALID");
    assert_eq!(code_of(&harness, request(json!(r#"{"shelf":"s2"}"#))).await, "FOREIGN_VALUE");
    assert_eq!(code_of(&harness, request(json!("{}"))).await, "INVALID_REQUEST");
    assert_eq!(code_of(&harness, request(Value::Null)).await, "VALID");
}

#[tokio::test]
async fn a_bad_question_is_400() {
    let harness = Harness::new().await;
    let request = json!({"method": "GET", "path": "/"});
    for (body, code, pointer) in [
        (json!({"api": "none", "credential": "x"}), "unknown_api", "/api"),
        (json!({"api": "sample"}), "invalid_body", ""),
        (json!({"api": "sample", "credential": "x", "request": request}), "invalid_body", "/request"),
        (json!({"api": "sample", "credential": 1}), "invalid_body", "/credential"),
        (json!({"api": "sample", "credential": "x", "cost": 0}), "invalid_body", "/cost"),
        (json!({"api": "sample", "credential": "x", "resource": "notes"}), "invalid_body", "/resource"),
        (
            json!({"api": "sample", "credential": "x", "resource": "https://other/"}),
            "unknown_host",
            "/resource",
        ),
        (
            json!({"api": "sample", "request": {"method": "G T", "path": "/"}}),
            "invalid_body",
            "/request/method",
        ),
        (
            json!({"api": "sample", "request": {"method": "GET", "path": "/", "headers": {"a": "\n"}}}),
            "invalid_body",
            "/request/headers/a",
        ),
    ] {
        verify(&harness, body).await.is_problem(400, code).blames("pointer", pointer);
    }
    let fits = json!({"api": "sample", "credential": "x", "resource": "https://sample.example.org/notes"});
    assert_eq!(verify(&harness, fits).await.status, 200);
}
