//! WebSocket passes, nothing else does.

use std::sync::Arc;
use std::time::Duration;

use claviger_testkit::upstream::Upstream;
use tokio::sync::Notify;

use super::front::{Caller, Front, soon};
use crate::options::Options;

const HANDSHAKE: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
    Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

async fn upgraded(front: &Front) -> Caller {
    let mut caller = front.connect().await;
    caller.send(HANDSHAKE).await;
    let head = caller.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert!(head.contains("connection: upgrade\r\n") && head.contains("upgrade: websocket\r\n"), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    caller
}

#[tokio::test]
async fn a_websocket_passes_both_ways() {
    let mut upstream = Upstream::websocket().await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = upgraded(&front).await;
    for word in ["one", "two", "three"] {
        caller.send(word).await;
        caller.read_until(word).await;
    }
    let seen = soon(upstream.next_request()).await.unwrap();
    assert_eq!(seen.header("upgrade"), Some("websocket"));
    assert_eq!(seen.header("connection"), Some("upgrade"));
    assert_eq!(seen.header("sec-websocket-key"), Some("dGhlIHNhbXBsZSBub25jZQ=="));
}

/// An upstream that switches, says goodbye if told to, and tells when its caller has gone.
async fn switching(says_goodbye: bool, ended: &Arc<Notify>) -> Upstream {
    let ended = Arc::clone(ended);
    Upstream::start(move |mut talk| {
        let ended = Arc::clone(&ended);
        async move {
            talk.read_request().await?;
            talk.write(
                b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                  sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            )
            .await?;
            if says_goodbye {
                return talk.write(b"goodbye").await;
            }
            let _ = talk.wait_for_end().await;
            ended.notify_one();
            Ok(())
        }
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_websocket_ends_when_its_upstream_does() {
    let upstream = switching(true, &Arc::default()).await;
    let options = Options { tunnel_linger: Duration::from_millis(20), ..Options::default() };
    let front = Front::with(upstream.address(), options).await;
    // The caller keeps its side open.
    assert_eq!(upgraded(&front).await.rest().await, "goodbye");
}

#[tokio::test]
async fn a_websocket_ends_when_its_caller_does() {
    let ended = Arc::new(Notify::new());
    let upstream = switching(false, &ended).await;
    let front = Front::to(upstream.address()).await;
    drop(upgraded(&front).await);
    soon(ended.notified()).await;
}

#[tokio::test]
async fn a_refused_websocket_is_an_ordinary_answer() {
    let upstream = Upstream::answering("HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno").await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send(HANDSHAKE).await;
    assert!(caller.read_until("\r\n\r\nno").await.starts_with("HTTP/1.1 403 No\r\n"));
}

#[tokio::test]
async fn no_other_protocol_is_passed_on() {
    let mut upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    let front = Front::to(upstream.address()).await;
    let answer = front
        .ask(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
             HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let seen = soon(upstream.next_request()).await.unwrap();
    assert!(!seen.has("upgrade") && !seen.has("connection") && !seen.has("http2-settings"), "{seen:?}");
}

#[tokio::test]
async fn a_switch_nobody_asked_for_is_502() {
    let upstream = Upstream::websocket().await.unwrap();
    let front = Front::to(upstream.address()).await;
    let answer = front.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
}
