//! What becomes of bodies while both ends are well.

use std::sync::Arc;

use bytes::Bytes;
use claviger_testkit::upstream::Upstream;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use tokio::sync::Notify;

use super::front::{Front, soon};

#[tokio::test]
async fn an_event_reaches_the_caller_before_the_next_one_is_made() {
    let go_on = Arc::new(Notify::new());
    let permit = Arc::clone(&go_on);
    let upstream = Upstream::start(move |mut talk| {
        let go_on = Arc::clone(&permit);
        async move {
            talk.read_request().await?;
            talk.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
            )
            .await?;
            for event in ["data: 1\n\n", "data: 2\n\n"] {
                talk.write(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?;
                go_on.notified().await;
            }
            talk.write(b"0\r\n\r\n").await
        }
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    caller.read_until("data: 1\n\n").await;
    go_on.notify_one();
    caller.read_until("data: 2\n\n").await;
    go_on.notify_one();
    caller.read_until("0\r\n\r\n").await;
}

#[tokio::test]
async fn a_chunk_reaches_the_upstream_before_the_next_one_is_sent() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_head().await?;
        let first = talk.read_some().await?.unwrap_or_default();
        // An early answer, which tells the caller that its chunk has come.
        talk.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nseen\r\n").await?;
        talk.write(format!("{:x}\r\n", first.len()).as_bytes()).await?;
        talk.write(&first).await?;
        talk.write(b"\r\n").await?;
        while let Some(more) = talk.read_some().await? {
            if more.ends_with(b"0\r\n\r\n") {
                return talk.write(b"4\r\ndone\r\n0\r\n\r\n").await;
            }
        }
        Ok(())
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
    caller.read_until("seen").await;
    caller.read_until("one").await;
    caller.send("3\r\ntwo\r\n0\r\n\r\n").await;
    caller.read_until("done").await;
}

#[tokio::test]
async fn a_large_body_arrives_whole_both_ways() {
    let upstream = Upstream::echoing().await.unwrap();
    let front = Front::to(upstream.address()).await;
    let mut sender = front.connect_h2().await;
    let body: Bytes = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>().into();
    let request = Request::post("http://a/").body(Full::new(body.clone())).unwrap();
    let answer = soon(sender.send_request(request)).await.unwrap();
    assert_eq!(soon(answer.into_body().collect()).await.unwrap().to_bytes(), body);
}

#[tokio::test]
async fn the_trailers_of_an_answer_arrive() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n",
    )
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut sender = front.connect_h2().await;
    let request = Request::get("http://a/").header("te", "trailers").body(Full::default()).unwrap();
    let answer = soon(sender.send_request(request)).await.unwrap();
    let whole = soon(answer.into_body().collect()).await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-sum"], "7");

    let over_http_1 =
        front.ask("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: te, close\r\n\r\n").await;
    assert!(over_http_1.ends_with("0\r\nx-sum: 7\r\n\r\n"), "{over_http_1}");
}

#[tokio::test]
async fn the_trailers_of_a_request_say_nothing_to_the_upstream() {
    let (raw, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let upstream = Upstream::start(move |mut talk| {
        let raw = raw.clone();
        async move {
            let mut all = Vec::new();
            while !all.ends_with(b"0\r\n\r\n") {
                all.extend(talk.read_some().await?.unwrap_or_default());
            }
            let _ = raw.send(String::from_utf8_lossy(&all).into_owned());
            talk.write(b"HTTP/1.1 204 No Content\r\n\r\n").await
        }
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let answer = front
        .ask(
            "POST / HTTP/1.1\r\nHost: a\r\nTrailer: x-auth-workspace\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nhi\r\n0\r\nx-auth-workspace: forged\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert!(!soon(seen.recv()).await.unwrap().contains("forged"));
}
