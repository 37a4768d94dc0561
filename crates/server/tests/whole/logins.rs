//! Tokens bought with a key, over two processes on one PostgreSQL: the same while valid, dead when ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_testkit::Postgres;
use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};

use crate::client::{Answer, eventually, raw, status_of};
use crate::house::{Demo, House};
use crate::server::{Key, Server};

const BRIFLE: &str = include_str!("../../../../contracts/brifle.toml");
const INVALID: &str = r#"{"code":40006,"message":"invalid login parameters","status":400}"#;

/// brifle, on nodes that share a database, with room for so many sessions.
async fn house(upstream: &Upstream, sessions: u32) -> House {
    let database = tokio::task::spawn_blocking(|| Postgres::shared().fresh_database()).await.unwrap();
    let house = House::new(upstream.address()).await.with("DATABASE__URL", database);
    let limit = format!("max_sessions = {sessions}");
    assert!(BRIFLE.contains("max_sessions = 1000"));
    house.write("contracts/brifle.toml", &BRIFLE.replace("max_sessions = 1000", &limit));
    let address = upstream.address();
    house.settings(&format!(
        "[apis.brifle.upstreams]\nlive = \"http://{address}\"\ntest = \"http://{address}\"\n"
    ));
    house.local_token().await;
    house
}

async fn key(server: &Server) -> Key {
    server.key("brifle", &json!({"scopes": ["document.read"]})).await
}

async fn log_in(server: &Server, body: &Value) -> Answer {
    server.call("POST brifle.localhost/auth/login").json(body).send().await
}

async fn token(server: &Server, key: &Key, session: &str) -> String {
    let answer = log_in(server, &json!({"api_key": key.text, "session_id": session})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn status(server: &Server, token: &str) -> u16 {
    server.call("GET brifle.localhost/v1/documents").bearer(token).send().await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_logins_at_once_over_two_nodes_get_one_token_that_outlives_both() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = house(&upstream, 1_000).await;
    let nodes = Arc::new([house.serve().await, house.serve().await]);
    let key = Arc::new(key(&nodes[0]).await);
    let logins = (0..100).map(|at| {
        let (nodes, key) = (Arc::clone(&nodes), Arc::clone(&key));
        tokio::spawn(async move { token(&nodes[at % 2], &key, "many").await })
    });
    let mut tokens = BTreeSet::new();
    for login in logins.collect::<Vec<_>>() {
        tokens.insert(login.await.unwrap());
    }
    assert_eq!(tokens.len(), 1);
    let [one, two] = Arc::into_inner(nodes).unwrap();
    one.kill();
    assert_eq!(two.stop(rustix::process::Signal::TERM).await.0, Some(0));
    let server = house.serve().await;
    tokens.insert(token(&server, &key, "many").await);
    assert_eq!(tokens.len(), 1, "across kill -9, an orderly end and a new process");
    assert_eq!(status(&server, tokens.first().unwrap()).await, 200);
    assert_ne!(&token(&server, &key, "another").await, tokens.first().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ended_on_one_node_is_dead_on_the_other_within_a_second() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = house(&upstream, 1_000).await;
    let (one, two) = (house.serve().await, house.serve().await);
    let key = key(&one).await;
    let (kept, logged_out) = (token(&one, &key, "kept").await, token(&one, &key, "logged-out").await);
    let (session, family) = (token(&one, &key, "session").await, token(&one, &key, "family").await);
    for bought in [&kept, &logged_out, &session, &family] {
        assert_eq!((status(&one, bought).await, status(&two, bought).await), (200, 200));
    }
    let is_ended_on_two = async |what: &str, bought: &str| {
        let begin = Instant::now();
        eventually(what, async || status(&two, bought).await == 401).await;
        assert!(begin.elapsed() < Duration::from_secs(1), "{what} took {:?}", begin.elapsed());
        assert_eq!(status(&one, bought).await, 401);
    };
    let out = one.call("POST brifle.localhost/auth/logout").json(&json!({"token": logged_out})).send().await;
    assert_eq!(out.status, 200);
    is_ended_on_two("a logout", &logged_out).await;
    let ended = one.call("DELETE brifle.localhost/auth/sessions/session").bearer(&kept).send().await;
    assert_eq!(ended.status, 204);
    is_ended_on_two("the end of a session", &session).await;
    let listed = one.manage(&format!("GET /v1/tokens?parent={}", key.id)).send().await.json();
    let of_family = listed["data"].as_array().unwrap().iter().find(|one| one["session"] == "family").unwrap();
    let path = format!("/v1/tokens/{}/end", of_family["id"].as_str().unwrap());
    let ended = one.post(&path, &json!({"wait": true})).await;
    assert_eq!(ended["receipt"], json!({"nodes": 2, "confirmed": 2, "complete": true}));
    assert_eq!((status(&two, &family).await, status(&one, &family).await), (401, 401), "at once");
    assert_eq!(status(&two, &kept).await, 200);
    one.post(&format!("/v1/keys/{}/revoke", key.id), &json!({})).await;
    is_ended_on_two("the key's revocation", &kept).await;
}

#[tokio::test]
async fn a_key_holds_as_many_sessions_as_its_contract_says_and_each_name_is_its_own() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = house(&upstream, 2).await;
    let server = house.serve().await;
    let (own, stranger) = (key(&server).await, key(&server).await);
    assert_ne!(own.workspace, stranger.workspace);
    let session = |name: &str| json!({"api_key": own.text, "session_id": name});
    let one = token(&server, &own, "one").await;
    let two = token(&server, &own, "two").await;
    assert_eq!(token(&server, &own, "one").await, one, "one that is there already is no more");
    let third = log_in(&server, &session("three")).await;
    assert_eq!((third.status, third.json()["code"].as_i64()), (400, Some(40_006)), "{third:?}");
    // The same names in another workspace are other sessions, and nobody's business.
    let foreign = token(&server, &stranger, "one").await;
    assert_ne!(foreign, one);
    let sessions = async |token: &str| {
        let listed = server.call("GET brifle.localhost/auth/sessions").bearer(token).send().await.json();
        let names = listed["sessions"].as_array().unwrap().iter().map(|one| one["session_id"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(sessions(&foreign).await, ["one"]);
    let other = server.call("DELETE brifle.localhost/auth/sessions/two").bearer(&foreign).send().await;
    let nobodys = server.call("DELETE brifle.localhost/auth/sessions/nine").bearer(&foreign).send().await;
    assert_eq!((other.status, other.text()), (404, nobodys.text()), "as if there were none");
    assert_eq!(status(&server, &two).await, 200);
    let ended = server.call("DELETE brifle.localhost/auth/sessions/one").bearer(&foreign).send().await;
    assert_eq!((ended.status, status(&server, &one).await), (204, 200), "its own alone");
    // Room again.
    let ended = server.call("DELETE brifle.localhost/auth/sessions/two").bearer(&one).send().await;
    assert_eq!((ended.status, log_in(&server, &session("three")).await.status), (204, 200));
    assert_eq!(sessions(&one).await, ["three", "one"]);
}

#[tokio::test]
async fn a_sessions_name_has_1_to_200_printable_characters_and_is_in_no_log() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("brifle", "api_key");
    let named = |name: &str| json!({"api_key": key, "session_id": name});
    let longest = "ß".repeat(200);
    for good in ["x", " in between ", "%2F?#/..", "9f86d081884c7d659a2feaa0c55ad015", "夜勤🔑", &longest]
    {
        assert_eq!(log_in(&demo, &named(good)).await.status, 200, "{good}");
    }
    let too_long = "hidden".repeat(34);
    for bad in ["", " ", "\u{3000}", "hidden\n", "hidden\u{0}", "\u{7f}hidden", "hidden\u{85}", &too_long] {
        let answer = log_in(&demo, &named(bad)).await;
        assert_eq!((answer.status, answer.text()), (400, INVALID), "{bad:?}");
    }
    for wrong in [json!(7), json!(true), json!(["hidden"]), json!({"hidden": 1})] {
        let answer = log_in(&demo, &json!({"api_key": key, "session_id": wrong})).await;
        assert_eq!((answer.status, answer.text()), (400, INVALID), "{wrong}");
    }
    let log = demo.log_of_requests();
    for secret in ["hidden", "9f86d081884c7d659a2feaa0c55ad015", "夜勤", "in between", key] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn the_documents_command_works_byte_for_byte_on_the_wire() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("brifle", "api_key");
    let body = format!("{{\n\"api_key\": \"{key}\",\n\"session_id\": \"optional_custom_session_id\"\n}}");
    let request = |body: &str| {
        format!(
            "POST /auth/login HTTP/1.1\r\nHost: brifle.localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let answer = raw(demo.address, request(&body).as_bytes()).await;
    assert_eq!(status_of(&answer), 200, "{answer}");
    let said: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let token = said["access_token"].as_str().unwrap();
    assert_eq!(said, json!({"access_token": token, "expires_in": 7200, "token_type": "Bearer"}));
    // Unknown members are ignored, as a contract says that says nothing of them.
    let more = body.replacen('{', "{\"client_version\": \"1.2\",", 1);
    let again = raw(demo.address, request(&more).as_bytes()).await;
    assert!(again.contains(token), "{again}");
    // A body that is no text, a list where an object is wanted, two keys at once, none.
    for wrong in
        ["\u{fffd}", "[]", "null", "\"x\"", "{\"api_key\":\"a\",\"api_key\":\"b\"}", "{\"session_id\":\"s\"}"]
    {
        let refused = raw(demo.address, request(wrong).as_bytes()).await;
        assert!(status_of(&refused) == 400 && refused.ends_with(INVALID), "{wrong}: {refused}");
    }
    let large = request(&format!("{{\"api_key\":\"{}\"}}", "x".repeat(100_000)));
    assert_eq!(status_of(&raw(demo.address, large.as_bytes()).await), 413);
}

#[tokio::test]
async fn another_apis_token_is_logged_out_nowhere_and_gets_the_same_answer() {
    let (demo, _house) = Demo::fresh().await;
    let (key, secret) = (demo.fact("redox", "api_key"), demo.fact("redox", "secret"));
    let call = demo.call("POST redox.localhost/auth/authenticate");
    let bought = call.json(&json!({"apiKey": key, "secret": secret})).send().await.json();
    let foreign = bought["accessToken"].as_str().unwrap();
    let own = log_in(&demo, &json!({"api_key": demo.fact("brifle", "api_key")})).await.json();
    let own = own["access_token"].as_str().unwrap();
    let log_out = async |token: &str| {
        let answer =
            demo.call("POST brifle.localhost/auth/logout").json(&json!({"token": token})).send().await;
        (answer.status, answer.text().to_owned())
    };
    let nobodys = log_out("nobody's").await;
    assert_eq!(nobodys, (200, "{}".to_owned()));
    assert_eq!(log_out(foreign).await, nobodys);
    let echo = demo.call("GET redox.localhost/v1/echo").bearer(foreign).send().await;
    assert_eq!(echo.status, 200, "it lives on");
    assert_eq!(log_out(demo.fact("brifle", "api_key")).await, nobodys, "a key is no token");
    assert_eq!((log_out(own).await, log_out(own).await), (nobodys.clone(), nobodys), "twice is fine");
    assert_eq!(status(&demo, own).await, 401);
    for wrong in [json!({}), json!({"token": 7}), json!([])] {
        let answer = demo.call("POST brifle.localhost/auth/logout").json(&wrong).send().await;
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
    }
}
