//! What becomes of headers, targets and connections.

use claviger_testkit::upstream::Upstream;
use http::Request;
use http_body_util::{BodyExt as _, Full};

use super::front::{Front, soon};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn the_upstream_sees_the_request_without_what_belonged_to_the_connection() {
    let mut upstream = Upstream::answering(OK).await.unwrap();
    let front = Front::to(upstream.address()).await;
    let answer = front
        .ask(
            "POST /a%20b//c?d=e HTTP/1.1\r\nHost: api.test\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n\
             Keep-Alive: timeout=5\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\
             traceparent: 00-a-b-01\r\nX-Request-Id: mine-1\r\nContent-Length: 2\r\n\r\nhi",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-request-id: mine-1\r\n"), "{answer}");
    let seen = soon(upstream.next_request()).await.unwrap();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/a%20b//c?d=e"));
    assert_eq!(seen.body, b"hi");
    assert_eq!(seen.header("host"), Some(upstream.address().to_string().as_str()));
    assert_eq!(seen.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(seen.header("x-forwarded-host"), Some("api.test"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("http"));
    assert_eq!(seen.header("x-request-id"), Some("mine-1"));
    assert_eq!(seen.header("traceparent"), Some("00-a-b-01"));
    for gone in ["connection", "x-hop", "keep-alive", "forwarded", "transfer-encoding"] {
        assert!(!seen.has(gone), "{gone} in {seen:?}");
    }
}

#[tokio::test]
async fn the_caller_sees_the_answer_without_what_belonged_to_the_upstreams_connection() {
    let upstream = Upstream::answering(
        "HTTP/1.1 201 Fine\r\nconnection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\n\
         x-request-id: theirs\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 2\r\n\r\nok",
    )
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let answer =
        front.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: mine\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 201 Fine\r\n"), "{answer}");
    assert!(answer.contains("set-cookie: a=1\r\nset-cookie: b=2\r\n"), "{answer}");
    assert!(answer.contains("x-request-id: mine\r\n") && !answer.contains("theirs"), "{answer}");
    assert!(!answer.contains("x-hop") && !answer.contains("keep-alive"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[tokio::test]
async fn an_answer_to_head_keeps_its_length_and_has_no_body() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").await.unwrap();
    let front = Front::to(upstream.address()).await;
    let answer = front.ask("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("content-length: 100\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn one_connection_to_the_upstream_serves_many_requests() {
    let upstream = Upstream::answering(OK).await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    for _ in 0..5 {
        caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        caller.read_until("\r\n\r\nok").await;
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn http_2_comes_in_and_http_1_goes_out() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut sender = front.connect_h2().await;
    let request = Request::post("http://api.test/x?y")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(Full::from("hello"))
        .unwrap();
    let answer = soon(sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("connection"));
    assert_eq!(soon(answer.into_body().collect()).await.unwrap().to_bytes(), "hello");
    let seen = soon(upstream.next_request()).await.unwrap();
    assert_eq!(seen.target, "/x?y");
    assert_eq!(seen.header("cookie"), Some("a=1; b=2"));
    assert_eq!(seen.header("x-forwarded-host"), Some("api.test"));
    assert_eq!(seen.header("host"), Some(upstream.address().to_string().as_str()));
}

#[tokio::test]
async fn a_connection_ends_after_transfer_encoding() {
    let mut upstream = Upstream::answering(OK).await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    // What follows the body could be the rest of the body to a proxy that went by the length.
    caller
        .send(
            "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n\
             0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .await;
    let answer = caller.rest().await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert_eq!(soon(upstream.next_request()).await.unwrap().target, "/one");

    let alone = front
        .ask("POST /two HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        .await;
    assert!(alone.contains("connection: close\r\n"), "{alone}");
    let seen = soon(upstream.next_request()).await.unwrap();
    assert_eq!((seen.target.as_str(), seen.body.as_slice()), ("/two", b"hi".as_slice()));
}

#[tokio::test]
async fn lengths_that_differ_never_reach_the_upstream() {
    let upstream = Upstream::answering(OK).await.unwrap();
    let front = Front::to(upstream.address()).await;
    let answer =
        front.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn a_caller_that_waits_for_100_is_told_to_go_on() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").await;
    caller.read_until("HTTP/1.1 100 Continue\r\n\r\n").await;
    caller.send("hi").await;
    caller.read_until("\r\n\r\nhi").await;
    assert!(!soon(upstream.next_request()).await.unwrap().has("expect"));
}
