//! HTTP/1.1 and HTTP/2 in, TLS, WebSocket, server-sent events, and streaming both ways.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use claviger_testkit::process::find_program;
use claviger_testkit::upstream::Upstream;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustix::process::Signal;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::{PATIENCE, eventually, read};
use crate::house::{Demo, House};
use crate::server::Server;

#[tokio::test]
async fn http_2_with_prior_knowledge_is_served_at_every_door() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    let echo = demo.call("POST example.localhost/v1/echo?a=1").bearer(key).body("{}").send_http2().await;
    assert_eq!(echo.status, 200, "{echo:?}");
    let seen = echo.json();
    assert_eq!((&seen["method"], &seen["query"]), (&json!("POST"), &json!("a=1")));
    assert_eq!(seen["headers"]["x-forwarded-host"], "example.localhost");
    assert!(!echo.text().contains(key));
    let refused = demo.call("GET example.localhost/v1/users").bearer("sk_live_x").send_http2().await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (401, &json!("invalid_api_key")));
    demo.line_about_refusal(&refused);
    let verdict = json!({"api": "example", "credential": key});
    let answer = demo.manage("POST /v1/verify").json(&verdict).send_http2().await;
    assert_eq!(answer.json()["code"], "VALID");
    assert_eq!(demo.call("GET unknown.localhost/").send_http2().await.status, 421);
}

/// A self-signed certificate for `*.localhost` in this directory.
fn certify(directory: &Path) {
    let openssl = find_program(&["openssl"], "openssl").unwrap();
    let made = Command::new(openssl)
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test".split(' '),
        )
        .args(
            "-addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:my-api.localhost,DNS:localhost -keyout key.pem -out chain.pem"
                .split(' '),
        )
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

async fn connect(
    server: &Server,
    certificate: &Path,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("my-api.localhost").unwrap();
    let stream = TcpStream::connect(server.address).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
    Ok(stream)
}

#[tokio::test]
async fn tls_is_spoken_with_both_versions_and_a_new_certificate_is_taken_up() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    certify(&house.path(""));
    let plain = house.serve().await;
    let key = plain.key("my-api", &json!({"scopes": ["write"]})).await;
    assert_eq!(plain.stop(Signal::TERM).await.0, Some(0));
    house.settings("[server.tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n");
    let server = house.serve().await;
    let certificate = house.path("chain.pem");
    let call = || server.call("POST my-api.localhost/v1/things").bearer(&key.text).body("sent");

    let stream = connect(&server, &certificate, "h2").await.unwrap();
    let answer = call().send_http2_over(stream, "https").await;
    assert_eq!((answer.status, answer.text()), (200, "sent"));
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "bcp_58");
    assert_eq!(upstream.next_request().await.unwrap().header("x-forwarded-proto"), Some("https"));

    let stream = connect(&server, &certificate, "http/1.1").await.unwrap();
    let (mut sender, connection) = http1::handshake::<_, Full<_>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = read(sender.send_request(call().into_request().1).await.unwrap()).await.unwrap();
    assert_eq!((answer.status, answer.text()), (200, "sent"));

    // Plain HTTP on the port of TLS gets nothing.
    assert!(call().try_send().await.is_err());
    certify(&house.path(""));
    assert!(connect(&server, &certificate, "h2").await.is_err(), "the old certificate still");
    server.signal(Signal::HUP);
    eventually("the new certificate", async || connect(&server, &certificate, "h2").await.is_ok()).await;
    house.write("chain.pem", "no certificate");
    server.signal(Signal::HUP);
    eventually("a line about it", async || server.log().contains("the old one goes on")).await;
}

/// Reads until what was read ends with this.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        while !seen.ends_with(end.as_bytes()) {
            let count = stream.read_buf(&mut seen).await.unwrap();
            assert_ne!(count, 0, "{:?} ended early", String::from_utf8_lossy(&seen));
        }
    };
    let outcome = timeout(PATIENCE, reading).await;
    assert!(outcome.is_ok(), "{end:?} did not come: {:?}", String::from_utf8_lossy(&seen));
    String::from_utf8(seen).unwrap()
}

async fn served(upstream: &Upstream, scope: &str) -> (Server, String, House) {
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": [scope]})).await;
    (server, key.text, house)
}

#[tokio::test]
async fn a_websocket_is_joined_for_a_caller_with_a_key_and_for_nobody_else() {
    let mut upstream = Upstream::websocket().await.unwrap();
    let (server, key, _house) = served(&upstream, "read").await;
    let open = async |credential: &str| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!(
            "GET /v1/live HTTP/1.1\r\nHost: my-api.localhost\r\n{credential}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    };
    let mut stream = open(&format!("Authorization: Bearer {key}\r\n")).await;
    let head = read_until(&mut stream, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    for frame in ["\u{1}ping", "\u{2}again"] {
        stream.write_all(frame.as_bytes()).await.unwrap();
        assert_eq!(read_until(&mut stream, frame).await, frame);
    }
    let asked = upstream.next_request().await.unwrap();
    assert!(!asked.has("authorization") && asked.has("x-auth-workspace"));
    let mut stream = open("").await;
    let refused = read_until(&mut stream, "}").await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn events_arrive_as_they_are_sent() {
    let next = Arc::new(Notify::new());
    let script_next = Arc::clone(&next);
    let upstream = Upstream::start(move |mut talk| {
        let next = Arc::clone(&script_next);
        async move {
            talk.read_request().await?;
            talk.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").await?;
            for number in 1..=3 {
                talk.write(format!("data: {number}\n\n").as_bytes()).await?;
                next.notified().await;
            }
            Ok(())
        }
    })
    .await
    .unwrap();
    let (server, key, _house) = served(&upstream, "read").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request =
        format!("GET /v1/events HTTP/1.1\r\nHost: my-api.localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    for number in 1..=3 {
        // The upstream sends no more until this one was seen here.
        read_until(&mut stream, &format!("data: {number}\n\n\r\n")).await;
        next.notify_one();
    }
    read_until(&mut stream, "0\r\n\r\n").await;
}

#[tokio::test]
async fn a_body_is_passed_on_while_it_comes_and_answered_while_it_goes() {
    let upstream = Upstream::start(|mut talk| async move {
        talk.read_head().await?;
        talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await?;
        while let Some(bytes) = talk.read_some().await? {
            talk.write(&bytes).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let (server, key, _house) = served(&upstream, "write").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /v1/duplex HTTP/1.1\r\nHost: my-api.localhost\r\nAuthorization: Bearer {key}\r\nContent-Length: 10\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in ["first", "later"] {
        stream.write_all(part.as_bytes()).await.unwrap();
        read_until(&mut stream, part).await;
    }
}

#[tokio::test]
async fn a_running_request_ends_before_the_server_does() {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (script_begun, script_go) = (Arc::clone(&begun), Arc::clone(&go));
    let upstream = Upstream::start(move |mut talk| {
        let (begun, go) = (Arc::clone(&script_begun), Arc::clone(&script_go));
        async move {
            talk.read_request().await?;
            begun.notify_one();
            go.notified().await;
            talk.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone").await
        }
    })
    .await
    .unwrap();
    let (server, key, _house) = served(&upstream, "read").await;
    let running = tokio::spawn(server.call("GET my-api.localhost/v1/slow").bearer(&key).send());
    begun.notified().await;
    server.signal(Signal::TERM);
    // The door is closed while the request goes on.
    eventually("a closed door", async || TcpStream::connect(server.address).await.is_err()).await;
    go.notify_one();
    let answer = running.await.unwrap();
    assert_eq!((answer.status, answer.text()), (200, "done"));
}
