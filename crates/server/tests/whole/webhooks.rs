//! Webhooks to real receivers: verified by libraries that know nothing of us, hanging, answering too much, and there
//! again after a power cut.

use std::path::Path;
use std::process::Stdio;

use claviger_testkit::upstream::{Received, Upstream};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::client::{PATIENCE, eventually};
use crate::house::House;
use crate::oauth::libraries::{install, kept};
use crate::server::Server;

const NPM: &str = "standardwebhooks@1.1.1";
const PYPI: &str = "standardwebhooks==1.1.0";
const TAKEN: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// A server that may ask this machine, with an endpoint's patience of a second.
async fn house() -> House {
    let house = House::new("127.0.0.1:9".parse().unwrap()).await;
    house.with("FETCH__ALLOW_LOOPBACK", "true").with("WEBHOOKS__TIMEOUT", "1s")
}

/// A webhook of the whole instance that is sent to this receiver.
async fn webhook(server: &Server, receiver: &Upstream) -> Value {
    let url = format!("http://{}/in", receiver.address());
    server.post("/v1/webhooks", &json!({"name": "Inventory", "url": url})).await
}

async fn next(receiver: &mut Upstream) -> Received {
    timeout(PATIENCE, receiver.next_request()).await.unwrap().unwrap()
}

fn event(received: &Received) -> String {
    let body: Value = serde_json::from_slice(&received.body).unwrap();
    body["type"].as_str().unwrap().to_owned()
}

/// The messages to a webhook, newest first.
async fn messages(server: &Server, webhook: &Value) -> Vec<Value> {
    let path = format!("GET /v1/webhooks/{}/messages", webhook["id"].as_str().unwrap());
    server.manage(&path).send().await.json()["data"].as_array().unwrap().clone()
}

/// Whether the newest message to a webhook is in this state.
async fn is(server: &Server, webhook: &Value, state: &str) -> bool {
    messages(server, webhook).await.first().is_some_and(|message| message["state"] == state)
}

async fn says_ok(mut command: Command, input: &Value) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).await.unwrap();
    let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "OK", "{}", String::from_utf8_lossy(&output.stderr));
}

async fn verify_with_npm(input: &Value) {
    let folder = kept("standardwebhooks-npm");
    let words = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", NPM];
    install(&folder, NPM, &[("npm", words.map(str::to_owned).to_vec())]).await;
    std::fs::write(folder.join("verify.cjs"), include_str!("webhooks/verify.cjs")).unwrap();
    let mut command = Command::new("node");
    command.arg("verify.cjs").current_dir(&folder);
    says_ok(command, input).await;
}

async fn verify_with_pypi(input: &Value) {
    let folder = kept("standardwebhooks-pypi");
    let make = ["-m", "venv", "."].map(str::to_owned).to_vec();
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYPI].map(str::to_owned).to_vec();
    let inside = folder.join("bin/python").display().to_string();
    install(&folder, PYPI, &[("python3", make), (inside.as_str(), pip)]).await;
    let mut command = Command::new(Path::new(&inside));
    command.arg("-c").arg(include_str!("webhooks/verify.py"));
    says_ok(command, input).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_that_know_nothing_of_us_verify_what_a_receiver_gets() {
    let mut receiver = Upstream::answering(TAKEN).await.unwrap();
    let house = house().await;
    let server = house.serve().await;
    let made = webhook(&server, &receiver).await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let received = next(&mut receiver).await;
    assert_eq!(event(&received), "key.created");
    let body = String::from_utf8(received.body.clone()).unwrap();
    assert!(body.contains(&key.id) && !body.contains(&key.text));
    // The second secret signs beside the first.
    let path = format!("/v1/webhooks/{}/secret", made["id"].as_str().unwrap());
    let rotated = server.post(&path, &json!({"overlap_seconds": 3600})).await;
    server.post(&format!("/v1/webhooks/{}/test", made["id"].as_str().unwrap()), &json!({})).await;
    let both = next(&mut receiver).await;
    for (secret, received) in
        [(&made["secret"], &received), (&made["secret"], &both), (&rotated["secret"], &both)]
    {
        let headers: serde_json::Map<_, _> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| (name.to_owned(), json!(received.header(name).unwrap())))
            .into_iter()
            .collect();
        let body = String::from_utf8(received.body.clone()).unwrap();
        let input = json!({"secret": secret, "headers": headers, "body": body});
        verify_with_npm(&input).await;
        verify_with_pypi(&input).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_a_power_cut_interrupts_is_sent_again_under_the_same_id() {
    let script = |mut talk: claviger_testkit::upstream::Conversation| async move {
        // The first is never answered.
        while talk.read_request().await?.is_some() {
            if talk.number() == 0 {
                return talk.wait_for_end().await;
            }
            talk.write(TAKEN.as_bytes()).await?;
        }
        Ok(())
    };
    let mut receiver = Upstream::start(script).await.unwrap();
    let house = house().await;
    let server = house.serve().await;
    let made = webhook(&server, &receiver).await;
    server.key("my-api", &json!({"scopes": ["read"]})).await;
    let first = next(&mut receiver).await;
    server.signal(Signal::KILL);
    server.kill();
    let server = house.serve().await;
    let again = next(&mut receiver).await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);
    eventually("it is delivered", async || is(&server, &made, "delivered").await).await;
    assert_eq!(messages(&server, &made).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_hang_or_answer_ten_megabytes_hold_nobody_up() {
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n{}", "x".repeat(10_000_000));
    let hanging = Upstream::hanging().await.unwrap();
    let talkative = Upstream::answering(huge).await.unwrap();
    let mut good = Upstream::answering(TAKEN).await.unwrap();
    let house = house().await;
    let server = house.serve().await;
    let (stuck, long) = (webhook(&server, &hanging).await, webhook(&server, &talkative).await);
    webhook(&server, &good).await;
    for _ in 0..20 {
        server.key("my-api", &json!({"scopes": ["read"]})).await;
    }
    for _ in 0..20 {
        assert_eq!(event(&next(&mut good).await), "key.created");
    }
    eventually("the long answer counts", async || is(&server, &long, "delivered").await).await;
    let message = messages(&server, &long).await.remove(0);
    let path = |webhook: &Value, message: &Value| {
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        format!("GET /v1/webhooks/{}/messages/{}", id(webhook), id(message))
    };
    let shown = server.manage(&path(&long, &message)).send().await.json();
    assert_eq!(shown["attempts"][0]["answer"].as_str().unwrap().len(), 1_024);
    let is_given_up = async || {
        let oldest = messages(&server, &stuck).await.pop().unwrap();
        let shown = server.manage(&path(&stuck, &oldest)).send().await.json();
        shown["attempts"][0]["fault"] == "its server took too long"
    };
    eventually("the silent one is tried later", is_given_up).await;
    let shown = server.manage(&format!("GET /v1/webhooks/{}", stuck["id"].as_str().unwrap())).send().await;
    assert!(shown.json()["failing_since"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_sent_to_an_address_inside() {
    let receiver = Upstream::answering(TAKEN).await.unwrap();
    let port = receiver.address().port();
    // What strangers may ask for where nothing is allowed.
    let house = House::new("127.0.0.1:9".parse().unwrap()).await;
    let server = house.serve().await;
    for host in ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[fd00::1]"] {
        let new = json!({"name": "x", "url": format!("https://{host}:{port}/")});
        let answer = server.manage("POST /v1/webhooks").json(&new).send().await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("invalid_webhook_url")), "{host}");
    }
    let clear = json!({"name": "x", "url": "http://example.com/"});
    let answer = server.manage("POST /v1/webhooks").json(&clear).send().await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["pointer"]), (400, &json!("/url")));
    assert_eq!(receiver.connections(), 0);
}
