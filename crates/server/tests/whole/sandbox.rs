//! The test environment: two upstreams that never see each other's requests, and a reset.

use std::time::Duration;

use claviger_testkit::upstream::{Received, Upstream};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::client::{Answer, Call, PATIENCE, eventually, raw, status_of};
use crate::house::{Demo, House};
use crate::oauth::{Application, claims};
use crate::server::Server;

/// One host and one key prefix for both environments: nothing but the credential's record tells them apart.
const CONTRACT: &str = r#"
name = "walls"
title = "Walls"

[[host]]
name = "walls.localhost"
roles = ["api"]

[environments]
decided_by = "credential"

[[credential]]
in = "bearer"
kinds = ["key"]

[[keys.format]]
live = "wall_"
test = "wall_"

[[route]]
method = "GET"
path = "/open"
public = true

[[route]]
method = "*"
path = "/**"
"#;

async fn serve(upstreams: &str) -> (Server, House) {
    let house = House::empty();
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    house.write("contracts/walls.toml", CONTRACT);
    house.settings(&format!("[apis.walls.upstreams]\n{upstreams}\n"));
    (house.serve().await, house)
}

async fn key(server: &Server, environment: &str) -> String {
    server.key("walls", &json!({"environment": environment})).await.text
}

async fn marked(mark: &str) -> Upstream {
    let answer = format!("HTTP/1.1 200 OK\r\nx-upstream: {mark}\r\ncontent-length: 0\r\n\r\n");
    Upstream::answering(answer).await.unwrap()
}

async fn seen(upstream: &mut Upstream) -> Received {
    upstream.next_request().await.unwrap()
}

#[tokio::test]
async fn a_credential_reaches_the_upstream_of_its_environment_whatever_its_caller_writes() {
    let (mut live, mut test) = (marked("live").await, marked("test").await);
    let (inside, outside) = (live.address(), test.address());
    let (server, _house) = serve(&format!("live = \"http://{inside}\"\ntest = \"http://{outside}\"")).await;
    for (environment, own) in [("live", &mut live), ("test", &mut test)] {
        let key = key(&server, environment).await;
        let other = if environment == "live" { "test" } else { "live" };
        let ask = |line: &str| server.call(line).bearer(&key);
        let answer = ask("GET walls.localhost/things")
            .header("x-auth-environment", other)
            .header("x-forwarded-host", inside.to_string())
            .header("x-environment", other)
            .send()
            .await;
        assert_eq!((answer.status, answer.header("x-upstream")), (200, environment));
        assert_eq!(seen(own).await.header("x-auth-environment"), Some(environment));
        for path in ["/live", "/test", "/things?environment=live&upstream=test", "/a;b=..", "/%6Cive"] {
            let answer = ask(&format!("GET walls.localhost{path}")).send().await;
            assert_eq!((answer.status, answer.header("x-upstream")), (200, environment), "{path}");
            assert_eq!(seen(own).await.target, path);
        }
        let http2 = ask("GET walls.localhost/things").send_http2().await;
        assert_eq!(http2.header("x-upstream"), environment);
        seen(own).await;
        // The whole address of the other upstream as the target, and a host that differs from it.
        for target in [
            format!("http://{inside}/x"),
            format!("http://{outside}/x"),
            "http://walls.localhost/x".to_owned(),
        ] {
            let request = format!(
                "GET {target} HTTP/1.1\r\nHost: walls.localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
            );
            let answer = raw(server.address, request.as_bytes()).await;
            let is_own = answer.contains(&format!("x-upstream: {environment}"));
            assert!(is_own || matches!(status_of(&answer), 400 | 421), "{answer}");
            if is_own {
                assert_eq!(seen(own).await.target, "/x");
            }
        }
    }
    // Each saw what was its own and nothing else: what is left unread would be a stranger's.
    let open = server.call("GET walls.localhost/open").bearer(&key(&server, "test").await).send().await;
    assert_eq!(open.header("x-upstream"), "live", "a public route carries no credential");
    let anonymous = seen(&mut live).await;
    assert!(!anonymous.has("authorization"));
    assert!(anonymous.header("x-auth-credential").is_none_or(str::is_empty));
    assert_eq!(anonymous.header("x-request-id"), Some(open.request_id()), "its upstream can log it, too");
}

#[tokio::test]
async fn without_an_upstream_of_its_own_a_test_credential_reaches_nothing_and_commands_say_so() {
    let live = marked("live").await;
    let address = live.address();
    let (server, house) = serve(&format!("live = \"http://{address}\"")).await;
    let answer = server.call("GET walls.localhost/things").bearer(&key(&server, "test").await).send().await;
    assert_eq!((answer.status, live.connections()), (502, 0), "{answer:?}");
    let doctor = house.run(&["doctor"]).await;
    assert!((doctor.out + &doctor.err).contains("upstream of walls test"));
    let shown = house.run(&["contract", "show", "contracts/walls.toml"]).await;
    assert!(shown.out.contains("upstream   test none here: its requests are refused"), "{shown:?}");
}

#[tokio::test]
async fn a_redirect_of_an_upstream_is_the_callers_to_follow() {
    let live = marked("live").await;
    let inside = live.address();
    let answer =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{inside}/secret\r\ncontent-length: 0\r\n\r\n");
    let test = Upstream::answering(answer).await.unwrap();
    let outside = test.address();
    let (server, _house) = serve(&format!("live = \"http://{inside}\"\ntest = \"http://{outside}\"")).await;
    let answer = server.call("GET walls.localhost/things").bearer(&key(&server, "test").await).send().await;
    assert_eq!((answer.status, live.connections()), (302, 0));
}

/// Longer than another node waits until it takes for gone the one that looked after resets.
const TAKEN_OVER: Duration = Duration::from_secs(60);

/// The last reset of the test environment.
async fn last_reset(server: &Server) -> Value {
    server.manage("GET /v1/apis/walls").send().await.json()["sandbox"]["last_reset"].clone()
}

async fn until(what: &str, limit: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let looking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while !is_so().await {
            tick.tick().await;
        }
    };
    tokio::time::timeout(limit, looking).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_a_power_cut_interrupts_is_finished_by_the_next_start_and_told_once() {
    const KEYS: usize = 200;
    let receiver = Upstream::answering("HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    let house =
        House::empty().with("FETCH__ALLOW_LOOPBACK", "true").with("LIMITS__REQUESTS_PER_MINUTE", "1000000");
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    house.write(
        "contracts/walls.toml",
        &format!("{CONTRACT}\n[sandbox]\nreset = \"never\"\nkeys = \"revoke\"\n"),
    );
    house.settings("[apis.walls.upstreams]\nlive = \"http://127.0.0.1:9\"\n");
    let server = house.serve().await;
    let events = ["sandbox.reset_begun", "sandbox.reset"];
    let url = format!("http://{}/in", receiver.address());
    let hook = server.post("/v1/webhooks", &json!({"name": "Data", "url": url, "events": events})).await;
    let messages = format!("GET /v1/webhooks/{}/messages", hook["id"].as_str().unwrap());
    let workspace = server.workspace().await;
    let new = json!({"environment": "test", "workspace": workspace});
    let mut keys = Vec::new();
    for _ in 0..KEYS / 10 {
        keys.extend(futures_util::future::join_all((0..10).map(|_| server.key("walls", &new))).await);
    }
    let live = server.key("walls", &json!({"workspace": workspace})).await;

    let asked = tokio::spawn(server.manage("POST /v1/apis/walls/sandbox/reset").try_send());
    until("some of it is done", PATIENCE, async || {
        last_reset(&server).await["ended"]["keys"].as_u64().is_some_and(|keys| keys > 0)
    })
    .await;
    server.signal(Signal::KILL);
    assert!(asked.await.unwrap().is_err(), "its caller was never answered");
    assert!(!server.log().contains("a test environment was reset"), "it was in the middle");
    server.kill();

    let server = house.serve().await;
    let begun = last_reset(&server).await;
    until("the next start finishes it", TAKEN_OVER, async || {
        !last_reset(&server).await["ended_at"].is_null()
    })
    .await;
    let ended = last_reset(&server).await;
    assert_eq!((&ended["id"], &ended["ended"]["keys"]), (&begun["id"], &json!(KEYS)), "each is counted once");
    for key in keys.iter().step_by(20) {
        assert_eq!(server.verify("walls", &key.text).await["code"], "REVOKED");
    }
    assert_eq!(server.verify("walls", &live.text).await["code"], "VALID");
    let told = async || {
        let page = server.manage(&messages).send().await.json();
        let line = |message: &Value| (message["type"].clone(), message["state"].clone());
        page["data"].as_array().unwrap().iter().rev().map(line).collect::<Vec<_>>()
    };
    let expected = events.map(|event| (json!(event), json!("delivered"))).to_vec();
    until("both ends are told", TAKEN_OVER, async || told().await == expected).await;
    let audit = server.manage("GET /v1/audit?limit=200&action=api.sandbox_reset").send().await.json();
    assert_eq!(audit["data"].as_array().unwrap().len(), 1, "{audit}");
}

async fn ask(demo: &Demo, token: &str) -> Answer {
    let host = format!("sandbox.propertybase.localhost:{}", demo.address.port());
    Call::new(demo.address, &format!("GET {host}/v1/properties")).bearer(token).send().await
}

async fn add(demo: &Demo, host: &str, key: &str) -> Answer {
    let line = format!("POST {host}:{}/v1/properties", demo.address.port());
    Call::new(demo.address, &line).bearer(key).json(&json!({"title": "Villa Reset"})).send().await
}

async fn list(demo: &Demo, host: &str, key: &str) -> String {
    let line = format!("GET {host}:{}/v1/properties", demo.address.port());
    let answer = Call::new(demo.address, &line).bearer(key).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text().to_owned()
}

async fn sandbox(demo: &Demo) -> Value {
    demo.manage("GET /v1/apis/propertybase").send().await.json()["sandbox"].clone()
}

#[tokio::test]
async fn the_demos_test_environment_is_reset_from_the_command_line() {
    let (demo, house) = Demo::fresh().await;
    let before = sandbox(&demo).await;
    assert_eq!(
        (&before["schedule"], &before["last_reset"]),
        (&json!("every Sunday at 03:00 UTC"), &json!(null))
    );
    let client = Application::registered(&demo, "propertybase", &json!({"environment": "test"})).await;
    let bought = client.tokens("openid offline_access read:properties").await;
    let token = bought["access_token"].as_str().unwrap();
    assert_eq!(claims(token)["environment"], "test", "whoever checks it by itself can tell");
    let scopes = json!(["read:properties", "write:properties"]);
    let key = demo.key("propertybase", &json!({"environment": "test", "scopes": scopes})).await;
    let live = demo.key("propertybase", &json!({"scopes": scopes})).await;
    let hosts = ["sandbox.propertybase.localhost", "propertybase.localhost"];
    for (host, key) in hosts.into_iter().zip([&key, &live]) {
        let added = add(&demo, host, &key.text).await;
        assert_eq!((added.status, list(&demo, host, &key.text).await.contains("Villa Reset")), (201, true));
    }
    for credential in [token, &key.text] {
        assert_eq!(ask(&demo, credential).await.status, 200);
    }
    house.write("operator.token", &demo.token);
    let url = format!("http://{}", demo.address);
    let target = ["--url", &url, "--token-file", "operator.token", "--json"];
    let ran = house.run(&[&["sandbox", "reset", "propertybase"][..], &target].concat()).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!((&ran.json()["ended"]["tokens"], &ran.json()["ended"]["grants"]), (&json!(1), &json!(1)));
    assert_eq!(ask(&demo, token).await.status, 401);
    let refreshed = client.refresh(bought["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!((refreshed.status, &refreshed.json()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(ask(&demo, &key.text).await.status, 200, "keys stay");
    eventually("the sample API's own data is as at first", async || {
        !list(&demo, hosts[0], &key.text).await.contains("Villa Reset")
    })
    .await;
    assert!(list(&demo, hosts[1], &live.text).await.contains("Villa Reset"), "live data is as it was");
    let again = client.tokens("openid read:properties").await;
    assert_eq!(ask(&demo, again["access_token"].as_str().unwrap()).await.status, 200);
    assert_eq!(sandbox(&demo).await["last_reset"]["id"], ran.json()["id"]);
}
