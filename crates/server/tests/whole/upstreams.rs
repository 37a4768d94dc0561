//! Upstreams that are down, slow, or die with half an answer given.

use claviger_testkit::process::free_address;
use claviger_testkit::upstream::Upstream;
use serde_json::json;

use crate::client::{Answer, eventually, raw};
use crate::house::House;
use crate::server::Server;

async fn key(server: &Server) -> String {
    server.key("my-api", &json!({"scopes": ["read"]})).await.text
}

async fn get(server: &Server, key: &str) -> Answer {
    server.call("GET my-api.localhost/v1/things").bearer(key).send().await
}

/// The contract's envelope, a request id, and one loud line.
fn failed(server: &Server, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    let error = answer.json()["error"].clone();
    assert_eq!((&error["code"], &error["request_id"]), (&json!("internal"), &json!(answer.request_id())));
    let line = server.line_about(answer.request_id());
    assert_eq!((&line["level"], &line["api"]), (&json!("WARN"), &json!("my-api")), "{line}");
    assert!(!line["error"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn an_upstream_that_is_down_is_502_and_back_when_it_is_back() {
    let address = free_address().unwrap();
    let house = House::new(address).await;
    let server = house.serve().await;
    let key = key(&server).await;
    failed(&server, &get(&server, &key).await, 502);
    assert!(!server.log().contains(&key));
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_504() {
    let upstream = Upstream::hanging().await.unwrap();
    let house = House::new(upstream.address()).await.with("GATEWAY__ANSWER_TIMEOUT", "300ms");
    let server = house.serve().await;
    let key = key(&server).await;
    failed(&server, &get(&server, &key).await, 504);
}

#[tokio::test]
async fn an_upstream_that_answers_nonsense_or_hangs_up_is_502() {
    for answer in ["", "SSH-2.0-OpenSSH_9.2\r\n"] {
        let upstream = Upstream::start(move |mut talk| async move {
            talk.read_request().await?;
            talk.write(answer.as_bytes()).await
        })
        .await
        .unwrap();
        let house = House::new(upstream.address()).await;
        let server = house.serve().await;
        let key = key(&server).await;
        failed(&server, &get(&server, &key).await, 502);
    }
}

#[tokio::test]
async fn an_upstream_that_dies_within_its_body_never_looks_whole() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_request().await?;
        talk.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await
    })
    .await
    .unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let key = key(&server).await;
    let request = format!(
        "GET /v1/things HTTP/1.1\r\nHost: my-api.localhost\r\nAuthorization: Bearer {key}\r\nX-Request-Id: dying-1\r\n\r\n"
    );
    let answer = raw(server.address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    let call = server.call("GET my-api.localhost/v1/things").bearer(&key);
    assert!(call.try_send().await.is_err(), "half an answer looked whole");
    eventually("a line about it", async || server.log().contains("answer broken off")).await;
    assert_eq!(server.line_about("dying-1")["level"], "WARN");
}

#[tokio::test]
async fn an_upstream_that_stalls_within_its_body_is_broken_off() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_request().await?;
        talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf").await?;
        talk.wait_for_end().await
    })
    .await
    .unwrap();
    let house = House::new(upstream.address()).await.with("GATEWAY__IDLE_TIMEOUT", "300ms");
    let server = house.serve().await;
    let key = key(&server).await;
    assert!(server.call("GET my-api.localhost/v1/things").bearer(&key).try_send().await.is_err());
    eventually("a line about it", async || server.log().contains("did not come in time")).await;
}

#[tokio::test]
async fn an_upstreams_own_errors_are_its_own() {
    let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nretry-after: 7\r\n\r\nbusy";
    let upstream = Upstream::answering(answer).await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let answer = get(&server, &key(&server).await).await;
    assert_eq!((answer.status, answer.text(), answer.header("retry-after")), (503, "busy", "7"));
    assert!(!answer.request_id().is_empty());
}
