//! What becomes of a request when an end is slow, gone or out of bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use claviger_testkit::upstream::Upstream;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;

use super::front::{Front, soon};
use crate::options::Options;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const SHORT: Duration = Duration::from_millis(60);
/// Long enough for anything local to have happened, on a busy machine too.
const AMPLE: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(600);

/// A script that answers with these bytes and closes.
async fn dying_after(answer: &'static str) -> Upstream {
    Upstream::start(move |mut talk| async move {
        talk.read_request().await?;
        talk.write(answer.as_bytes()).await
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_refused_connection_is_502() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let answer = Front::to(address).await.ask(GET).await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_is_504() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = socket.local_addr().unwrap();
    // Nobody accepts, and the queue has room for very few: the rest of the handshakes are dropped.
    let _listener = socket.listen(1).unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = tokio::time::timeout(AMPLE, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    let options = Options { connect_timeout: SHORT, response_header_timeout: LONG, ..Options::default() };
    let answer = Front::with(address, options).await.ask(GET).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_504() {
    let upstream = Upstream::hanging().await.unwrap();
    let options = Options { response_header_timeout: SHORT, ..Options::default() };
    let front = Front::with(upstream.address(), options).await;
    let answer = front.ask(GET).await;
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    let with_body =
        front.ask("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi").await;
    assert!(with_body.starts_with("HTTP/1.1 504 "), "{with_body}");
}

#[tokio::test]
async fn an_upstream_that_dies_before_it_answers_is_502() {
    for answer in ["", "HTTP/1.1 20", "not HTTP at all\r\n\r\n"] {
        let upstream = dying_after(answer).await;
        let seen = Front::to(upstream.address()).await.ask(GET).await;
        assert!(seen.starts_with("HTTP/1.1 502 "), "{answer:?} became {seen}");
    }
}

#[tokio::test]
async fn too_large_a_header_of_an_answer_is_502() {
    let large = format!("HTTP/1.1 200 OK\r\nx-large: {}\r\n\r\n", "x".repeat(20_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(60));
    for answer in [large, many] {
        let upstream = Upstream::answering(answer).await.unwrap();
        let options =
            Options { response_header_bytes: 8192, response_header_fields: 50, ..Options::default() };
        let seen = Front::with(upstream.address(), options).await.ask(GET).await;
        assert!(seen.starts_with("HTTP/1.1 502 "), "{seen}");
    }
}

#[tokio::test]
async fn half_an_answer_never_looks_whole() {
    let counted = dying_after("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let front = Front::to(counted.address()).await;
    let seen = front.ask(GET).await;
    assert!(seen.contains("content-length: 10\r\n") && seen.ends_with("half"), "{seen}");
    let mut sender = front.connect_h2().await;
    let answer = soon(sender.send_request(Request::get("http://a/").body(Full::default()).unwrap())).await;
    assert!(soon(answer.unwrap().into_body().collect()).await.is_err());

    let chunked = dying_after("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    let seen = Front::to(chunked.address()).await.ask(GET).await;
    assert!(seen.ends_with("4\r\nhalf\r\n"), "{seen}");
}

#[tokio::test]
async fn an_answer_that_stops_coming_is_broken_off() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_request().await?;
        talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await?;
        talk.wait_for_end().await
    })
    .await
    .unwrap();
    let options = Options { idle_body_timeout: SHORT, ..Options::default() };
    let seen = Front::with(upstream.address(), options).await.ask(GET).await;
    assert!(seen.ends_with("half"), "{seen}");
}

#[tokio::test]
async fn too_large_an_answer_is_broken_off() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345").await.unwrap();
    let options = Options { response_body_bytes: Some(4), ..Options::default() };
    let seen = Front::with(upstream.address(), options).await.ask(GET).await;
    assert!(!seen.contains("12345"), "{seen}");
}

#[tokio::test]
async fn too_long_a_body_never_reaches_the_upstream() {
    let upstream = Upstream::echoing().await.unwrap();
    let options = Options { request_body_bytes: 4, ..Options::default() };
    let front = Front::with(upstream.address(), options).await;
    let answer = front.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345").await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
    assert_eq!(upstream.connections(), 0);
}

#[tokio::test]
async fn a_body_that_grows_too_long_is_413_and_ends_the_upstreams_request() {
    let ended = Arc::new(Notify::new());
    let end = Arc::clone(&ended);
    let upstream = Upstream::start(move |mut talk| {
        let ended = Arc::clone(&end);
        async move {
            let broken = talk.read_request().await.is_err();
            if broken {
                ended.notify_one();
            }
            Ok(())
        }
    })
    .await
    .unwrap();
    let options = Options { request_body_bytes: 4, ..Options::default() };
    let front = Front::with(upstream.address(), options).await;
    let answer = front
        .ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n0\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    soon(ended.notified()).await;
}

#[tokio::test]
async fn a_body_that_stops_coming_is_408_however_short_the_upstreams_time_is() {
    let upstream = Upstream::hanging().await.unwrap();
    let options =
        Options { response_header_timeout: AMPLE, idle_body_timeout: AMPLE * 3, ..Options::default() };
    let front = Front::with(upstream.address(), options).await;
    let answer = front.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12").await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_the_upstreams_request() {
    let (came, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let signals = (Arc::clone(&came), Arc::clone(&ended));
    let upstream = Upstream::start(move |mut talk| {
        let (came, ended) = signals.clone();
        async move {
            talk.read_request().await?;
            came.notify_one();
            let _ = talk.wait_for_end().await;
            ended.notify_one();
            Ok(())
        }
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    soon(came.notified()).await;
    drop(caller);
    soon(ended.notified()).await;
}

#[tokio::test]
async fn a_kept_connection_that_died_costs_no_request() {
    let closed = Arc::new(Notify::new());
    let close = Arc::clone(&closed);
    let upstream = Upstream::start(move |mut talk| {
        let closed = Arc::clone(&close);
        async move {
            talk.read_request().await?;
            // Nothing says that this connection is not kept.
            talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
            drop(talk);
            closed.notify_one();
            Ok(())
        }
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        caller.send(request).await;
        let answer = caller.read_until("\r\n\r\nok").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        soon(closed.notified()).await;
    }
    assert_eq!(upstream.connections(), 3);
}

#[tokio::test]
async fn a_request_that_was_written_is_not_sent_twice() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_request().await?;
        if talk.number() == 0 {
            talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
            // The second request on this connection is read, and gets no answer.
            talk.read_request().await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let front = Front::to(upstream.address()).await;
    let mut caller = front.connect().await;
    caller.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    caller.read_until("\r\n\r\nok").await;
    caller.send("POST /once HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").await;
    assert!(caller.read_until("\r\n").await.starts_with("HTTP/1.1 502 "));
    assert_eq!(upstream.connections(), 1);
}
