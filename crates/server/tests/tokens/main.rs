//! The documents of brifle and redox, sent to the demo as they stand there, the host replaced.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod demo;
mod sessions;

use std::collections::BTreeSet;
use std::sync::Arc;

use demo::Demo;
use serde_json::{Value, json};

/// What the document shows, with the key of the demo.
fn documented_login(key: &str, session: &str) -> String {
    format!("{{\n\"api_key\": \"{key}\",\n\"session_id\": \"{session}\"\n}}")
}

async fn brifle_token(demo: &Demo, session: &str) -> String {
    let body = documented_login(demo.fact("brifle", "api_key"), session);
    let answer = demo.post("brifle", "/auth/login", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn redox_pair(demo: &Demo) -> (String, String) {
    let (key, secret) = (demo.fact("redox", "api_key"), demo.fact("redox", "secret"));
    let answer =
        demo.post("redox", "/auth/authenticate", &json!({"apiKey": key, "secret": secret}).to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    pair_of(&answer.json())
}

fn pair_of(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

async fn refresh(demo: &Demo, token: &str) -> demo::Answer {
    let body = json!({"apiKey": demo.fact("redox", "api_key"), "refreshToken": token});
    demo.post("redox", "/auth/refreshToken", &body.to_string()).await
}

async fn data_model(demo: &Demo, token: &str) -> demo::Answer {
    let body = json!({"Meta": {"DataModel": "PatientSearch", "EventType": "Query",
        "Destinations": [{"ID": demo.fact("redox", "destination_id")}]}});
    demo.send("redox", "POST /endpoint", Some(token), Some(&body.to_string())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn brifles_document_works_as_it_stands() {
    let demo = Demo::start().await;
    let body = documented_login(demo.fact("brifle", "api_key"), "optional_custom_session_id");
    let answer = demo.post("brifle", "/auth/login", &body).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.body,
        format!(r#"{{"access_token":"{token}","expires_in":7200,"token_type":"Bearer"}}"#)
    );
    // The document's sample begins the same.
    assert!(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCI"), "{token}");
    let read = demo.get("brifle", "/v1/documents", &token).await;
    assert_eq!((read.status, read.json()["environment"].as_str()), (200, Some("live")));
    assert_eq!(brifle_token(&demo, "optional_custom_session_id").await, token);
    assert_ne!(brifle_token(&demo, "another").await, token);
    let with_secret = json!({"key": demo.fact("brifle", "api_key"), "secret": demo.fact("brifle", "secret")});
    assert_eq!(demo.post("brifle", "/v1/auth/login", &with_secret.to_string()).await.status, 200);
    let read_only = documented_login(demo.fact("brifle", "read_only_key"), "s");
    let read_only = demo.post("brifle", "/auth/login", &read_only).await.json();
    let read_only = read_only["access_token"].as_str().unwrap().to_owned();
    let refused = demo.send("brifle", "POST /v1/documents", Some(&read_only), Some("{}")).await;
    assert_eq!((refused.status, refused.json()["code"].as_i64()), (403, Some(40_300)));
    let expired = demo.get("brifle", "/v1/documents", demo.fact("brifle", "expired_token")).await;
    assert_eq!(expired.body, r#"{"code":40100,"message":"unauthorized","status":401}"#);
    // The key itself is no token.
    assert_eq!(demo.get("brifle", "/v1/documents", demo.fact("brifle", "api_key")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn brifles_sessions_are_listed_and_ended_one_by_one() {
    let demo = Demo::start().await;
    let one = brifle_token(&demo, "one").await;
    let two = brifle_token(&demo, "two/ü").await;
    let list = demo.get("brifle", "/auth/sessions", &two).await.json();
    let names: Vec<_> = list["sessions"].as_array().unwrap().iter().map(|s| &s["session_id"]).collect();
    assert_eq!(names, ["two/ü", "one"]);
    let ended = demo.send("brifle", "DELETE /auth/sessions/one", Some(&two), None).await;
    assert_eq!((ended.status, ended.body.as_str()), (204, ""));
    assert_eq!(demo.get("brifle", "/v1/documents", &one).await.status, 401);
    assert_eq!(demo.get("brifle", "/v1/documents", &two).await.status, 200);
    let again = demo.send("brifle", "DELETE /auth/sessions/one", Some(&two), None).await;
    assert_eq!((again.status, again.json()["code"].as_i64()), (404, Some(40_400)));
    let unasked = demo.send("brifle", "GET /auth/sessions", None, None).await;
    assert_eq!((unasked.status, unasked.json()["code"].as_i64()), (401, Some(40_100)));
    let logout = demo.post("brifle", "/auth/logout", &json!({"token": two}).to_string()).await;
    let stranger = demo.post("brifle", "/auth/logout", r#"{"token":"nobody's"}"#).await;
    assert_eq!((logout.status, &logout.body), (stranger.status, &stranger.body));
    assert_eq!(demo.get("brifle", "/v1/documents", &two).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_logins_at_once_and_one_after_kill_9_get_the_same_token() {
    let demo = Arc::new(Demo::start().await);
    let logins = (0..100).map(|_| {
        let demo = Arc::clone(&demo);
        tokio::spawn(async move { brifle_token(&demo, "many").await })
    });
    let mut tokens = BTreeSet::new();
    for login in logins.collect::<Vec<_>>() {
        tokens.insert(login.await.unwrap());
    }
    let (pair, refreshed) = {
        let (_, first) = redox_pair(&demo).await;
        (first.clone(), pair_of(&refresh(&demo, &first).await.json()))
    };
    let demo = Arc::into_inner(demo).unwrap().killed_and_started_again().await;
    tokens.insert(brifle_token(&demo, "many").await);
    assert_eq!(tokens.len(), 1);
    let token = tokens.pop_first().unwrap();
    assert_eq!(demo.get("brifle", "/v1/documents", &token).await.status, 200);
    assert_eq!(pair_of(&refresh(&demo, &pair).await.json()), refreshed, "a lost answer survives too");
}

#[tokio::test(flavor = "multi_thread")]
async fn redoxs_document_works_as_it_stands() {
    let demo = Demo::start().await;
    let (access, first) = redox_pair(&demo).await;
    assert_eq!(data_model(&demo, &access).await.status, 200);
    let answer = refresh(&demo, &first).await;
    let (second_access, second) = pair_of(&answer.json());
    let expires = answer.json()["expires"].as_str().unwrap().to_owned();
    assert!(expires.len() == 24 && expires.ends_with('Z') && &expires[19..20] == ".", "{expires}");
    let expected =
        format!(r#"{{"accessToken":"{second_access}","expires":"{expires}","refreshToken":"{second}"}}"#);
    assert_eq!(answer.body, expected);
    assert_eq!(refresh(&demo, &first).await.body, expected, "its answer may have been lost");
    assert_eq!(data_model(&demo, &access).await.status, 200);
    assert_eq!(data_model(&demo, &second_access).await.status, 200);
    assert_eq!(data_model(&demo, &access).await.status, 401);
    let spent = refresh(&demo, &first).await;
    assert_eq!(spent.status, 401);
    assert!(spent.body.starts_with(r#"{"Meta":{"Errors":[{"ID":"#), "{spent:?}");
    assert_eq!(refresh(&demo, &second).await.status, 200);
    let expired = data_model(&demo, demo.fact("redox", "expired_token")).await;
    assert_eq!(expired.json()["Meta"]["Errors"][0]["ID"], 4011);
    assert_eq!(refresh(&demo, demo.fact("redox", "expired_refresh_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_and_a_new_secret_end_tokens_at_once() {
    let demo = Demo::start().await;
    let token = brifle_token(&demo, "s").await;
    let (access, refresh_token) = redox_pair(&demo).await;
    assert_eq!(demo.get("brifle", "/v1/documents", &token).await.status, 200);
    assert_eq!(data_model(&demo, &access).await.status, 200);
    let key = demo.key_id("brifle", "Production").await;
    assert_eq!(demo.manage("POST", &format!("/v1/keys/{key}/revoke")).await.status, 200);
    assert_eq!(demo.get("brifle", "/v1/documents", &token).await.status, 401);
    let key = demo.key_id("redox", "Development").await;
    let secret = demo.manage("POST", &format!("/v1/keys/{key}/secret")).await.json()["secret"].clone();
    assert_eq!(data_model(&demo, &access).await.status, 401);
    assert_eq!(refresh(&demo, &refresh_token).await.status, 401);
    let body = json!({"apiKey": demo.fact("redox", "api_key"), "secret": secret});
    assert_eq!(demo.post("redox", "/auth/authenticate", &body.to_string()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_the_contracts_own_errors() {
    let demo = Demo::start().await;
    let key = demo.fact("brifle", "api_key");
    let wrong = [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        r#"{"api_key":7}"#.to_owned(),
        json!({"api_key": key, "username": "u", "password": "p"}).to_string(),
        json!({"api_key": key, "session_id": 7}).to_string(),
        json!({"api_key": key, "session_id": "x".repeat(201)}).to_string(),
        json!({"api_key": key, "session_id": "a\nb"}).to_string(),
    ];
    for body in &wrong {
        let answer = demo.post("brifle", "/auth/login", body).await;
        assert_eq!(
            answer.body, r#"{"code":40006,"message":"invalid login parameters","status":400}"#,
            "{body}"
        );
    }
    for body in [
        json!({"api_key": "nonsense"}),
        json!({"api_key": demo.fact("brifle", "expired_key")}),
        json!({"key": key, "secret": "wrong"}),
        json!({"username": "u", "password": "p"}),
        json!({"client_id": "c", "client_secret": "s"}),
    ] {
        let answer = demo.post("brifle", "/auth/login", &body.to_string()).await;
        assert_eq!(answer.body, r#"{"code":40101,"message":"login failed","status":401}"#, "{body}");
    }
    let scope =
        demo.post("brifle", "/auth/login", &json!({"api_key": key, "scope": "admin"}).to_string()).await;
    assert_eq!((scope.status, scope.json()["code"].as_i64()), (403, Some(40_305)));
    let huge = json!({"api_key": "x".repeat(100_000)}).to_string();
    assert_eq!(demo.post("brifle", "/auth/login", &huge).await.status, 413);
    let typed = demo.typed("brifle", "/auth/login", "text/xml", &documented_login(key, "s")).await;
    assert_eq!(typed.json()["code"], 40_006);
    let get = demo.send("brifle", "GET /auth/login", None, None).await;
    assert_eq!(get.status, 401, "a credential first, then 404");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_slowed_beyond_sixty_a_minute() {
    let demo = Demo::start().await;
    let mut slowed = None;
    for _ in 0..70 {
        let answer = demo.post("brifle", "/auth/login", r#"{"api_key":"guess"}"#).await;
        if answer.status != 401 {
            slowed = Some(answer);
            break;
        }
    }
    let slowed = slowed.unwrap();
    assert_eq!((slowed.status, slowed.json()["code"].as_i64()), (429, Some(42_900)));
    assert!(slowed.header("retry-after").parse::<u32>().unwrap() >= 1);
}
