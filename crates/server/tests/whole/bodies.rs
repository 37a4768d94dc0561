//! Bodies that are too large, too slow, or broken off.

use std::net::SocketAddr;

use claviger_testkit::upstream::Upstream;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{field_of, raw, rest, status_of};
use crate::house::House;
use crate::server::Server;

const LARGEST: usize = 1000;

async fn served(upstream: SocketAddr) -> (Server, String, House) {
    let house = House::new(upstream)
        .await
        .with("GATEWAY__REQUEST_BODY_BYTES", LARGEST.to_string())
        .with("GATEWAY__IDLE_TIMEOUT", "300ms");
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["write"]})).await;
    (server, key.text, house)
}

fn head(key: &str, framing: &str) -> String {
    format!(
        "POST /v1/things HTTP/1.1\r\nHost: my-api.localhost\r\nAuthorization: Bearer {key}\r\n{framing}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_body_is_passed_on_up_to_the_limit_and_refused_beyond() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, key, _house) = served(upstream.address()).await;
    let post =
        |length: usize| server.call("POST my-api.localhost/v1/things").bearer(&key).body("x".repeat(length));
    let fits = post(LARGEST).send().await;
    assert_eq!((fits.status, fits.body.len()), (200, LARGEST));
    let announced = post(LARGEST + 1).send().await;
    assert_eq!((announced.status, announced.header("connection")), (413, "close"));
    let error = announced.json()["error"].clone();
    assert_eq!(error["request_id"], announced.request_id());
    let line = server.line_about(announced.request_id());
    assert!(line["error"].as_str().unwrap().contains("too large"), "{line}");
    // In chunks nobody knows before it is there.
    let chunk = format!("{:x}\r\n{}\r\n", 600, "x".repeat(600));
    let request = format!("{}{chunk}{chunk}0\r\n\r\n", head(&key, "Transfer-Encoding: chunked"));
    let answer = raw(server.address, request.as_bytes()).await;
    assert_eq!((status_of(&answer), field_of(&answer, "connection")), (413, "close"), "{answer}");
    server.line_about(field_of(&answer, "x-request-id"));
}

#[tokio::test]
async fn a_body_that_stops_coming_is_408() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, key, _house) = served(upstream.address()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(format!("{}half", head(&key, "Content-Length: 8")).as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert_eq!((status_of(&answer), field_of(&answer, "connection")), (408, "close"), "{answer}");
    let line = server.line_about(field_of(&answer, "x-request-id"));
    assert!(line["error"].as_str().unwrap().contains("in time"), "{line}");
}

#[tokio::test]
async fn a_body_is_asked_for_only_when_the_request_is_allowed() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, key, _house) = served(upstream.address()).await;
    let expecting = "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 4";
    let refused = raw(server.address, head("my_live_junk", expecting).as_bytes()).await;
    assert_eq!((status_of(&refused), upstream.connections()), (401, 0), "{refused}");
    let allowed = raw(server.address, format!("{}body", head(&key, expecting)).as_bytes()).await;
    assert!(allowed.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{allowed}");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_a_line_and_a_server_that_goes_on() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, key, _house) = served(upstream.address()).await;
    for framing in ["Content-Length: 8\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"] {
        let (fields, part) = framing.split_once("\r\n\r\n").unwrap();
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(format!("{}{part}", head(&key, fields)).as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || status_of(&answer) == 400, "{answer}");
    }
    let again = server.call("POST my-api.localhost/v1/things").bearer(&key).body("whole").send().await;
    assert_eq!((again.status, again.text()), (200, "whole"));
}

#[tokio::test]
async fn the_management_api_bounds_its_bodies_too() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, _, _house) = served(upstream.address()).await;
    let large = json!({"name": "x".repeat(100_000)});
    let answer = server.manage("POST /v1/workspaces").json(&large).send().await;
    assert_eq!((answer.status, answer.header("content-type")), (413, "application/problem+json"));
    assert_eq!(answer.json()["request_id"], answer.request_id());
    server.line_about(answer.request_id());
}
