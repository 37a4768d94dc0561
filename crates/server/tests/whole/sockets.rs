//! Requests that only a raw socket sends: hosts, framing, and callers that take their time.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use claviger_testkit::upstream::Upstream;

use crate::client::{eventually, field_of, raw, rest, status_of};
use crate::house::{Demo, House};
use crate::server::Server;

/// The body of an answer as `raw` reads it, which has a `Content-Length`.
fn json_of(raw: &str) -> serde_json::Value {
    serde_json::from_str(raw.split_once("\r\n\r\n").unwrap().1).unwrap_or_else(|_| panic!("{raw}"))
}

#[tokio::test]
async fn a_host_that_is_nobodys_is_421_and_an_unclear_one_400() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    for host in ["unknown.localhost", "example.localhost.evil.test", "127.0.0.2", "xexample.localhost"] {
        let answer = demo.call(&format!("GET {host}/v1/users")).bearer(key).send().await;
        assert_eq!((answer.status, &answer.json()["code"]), (421, &json!("unknown_host")));
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["request_id"], answer.request_id());
        assert_eq!(demo.line_about_refusal(&answer)["reason"], "unknown_host");
    }
    for head in [
        "GET /v1/users HTTP/1.1\r\n",
        "GET /v1/users HTTP/1.1\r\nHost: example.localhost\r\nHost: redpin.localhost\r\n",
        "GET /v1/users HTTP/1.1\r\nHost: example.localhost@redpin.localhost\r\n",
        "GET http://redpin.localhost/v1/users HTTP/1.1\r\nHost: example.localhost\r\n",
    ] {
        let request = format!("{head}Authorization: Bearer {key}\r\nConnection: close\r\n\r\n");
        let answer = raw(demo.address, request.as_bytes()).await;
        assert_eq!(status_of(&answer), 400, "{head}: {answer}");
        assert_eq!(json_of(&answer)["code"], "bad_host");
        let line = demo.line_about(field_of(&answer, "x-request-id"));
        assert!(
            line["reason"].as_str().unwrap().contains("host")
                || line["reason"].as_str().unwrap().contains("Host")
        );
    }
    // Any spelling of the name is the same host.
    for host in ["EXAMPLE.localhost", "example.localhost.", "example.localhost:1"] {
        assert_eq!(demo.call(&format!("GET {host}/v1/users")).bearer(key).send().await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_forwarded_host_does_not_choose_the_contract() {
    let (demo, _house) = Demo::fresh().await;
    let call = demo.call("GET example.localhost/v1/echo").bearer(demo.fact("example", "live_key"));
    let answer = call.header("x-forwarded-host", "redpin.localhost").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["headers"]["x-forwarded-host"], "example.localhost");
}

#[tokio::test]
async fn a_callers_address_is_what_trusted_proxies_say_and_nobody_else() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let direct = House::new(upstream.address()).await;
    let server = direct.serve().await;
    let members = json!({"scopes": ["read"], "addresses": ["203.0.113.0/24"]});
    let key = server.key("my-api", &members).await;
    let from = async |server: &Server, chain: &str| {
        let call = server.call("GET my-api.localhost/v1/things").bearer(&key.text);
        call.header("x-forwarded-for", chain).send().await
    };
    let forged = from(&server, "203.0.113.7").await;
    assert_eq!(forged.status, 403);
    assert_eq!(server.line_about_refusal(&forged)["address"], "127.0.0.1");
    drop(server);
    let proxied = direct.with("SERVER__TRUSTED_PROXIES", r#"["127.0.0.0/8", "10.0.0.0/8"]"#);
    let server = proxied.serve().await;
    for (chain, status) in [
        ("203.0.113.7", 200),
        ("198.51.100.1, 203.0.113.7", 200),
        ("203.0.113.7:4711, 10.1.2.3", 200),
        // The last address that no trusted proxy has is the caller; what stands before it is its own word.
        ("203.0.113.7, 198.51.100.1", 403),
        ("nonsense", 403),
    ] {
        assert_eq!(from(&server, chain).await.status, status, "{chain}");
    }
    let seen = upstream.next_request().await.unwrap();
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.7, 127.0.0.1"));
}

#[tokio::test]
async fn length_beside_transfer_encoding_ends_the_connection() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    let smuggled =
        format!("GET /v1/users HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
    let request = format!(
        "POST /v1/echo HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    );
    let answer = raw(demo.address, request.as_bytes()).await;
    assert_eq!(field_of(&answer, "connection"), "close", "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "the second request was answered: {answer}");
    // The same at the control origin.
    let request = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\
         Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        demo.token
    );
    let answer = raw(demo.address, request.as_bytes()).await;
    assert_eq!((field_of(&answer, "connection"), answer.matches("HTTP/1.1 ").count()), ("close", 1));
}

#[tokio::test]
async fn lengths_that_can_be_read_two_ways_are_refused() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    for framing in [
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Content-Length: +5\r\n\r\nhello",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ] {
        let head =
            format!("POST /v1/echo HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer {key}\r\n");
        let answer = raw(demo.address, format!("{head}{framing}").as_bytes()).await;
        assert_eq!(
            (status_of(&answer), field_of(&answer, "connection")),
            (400, "close"),
            "{framing}: {answer}"
        );
    }
}

#[tokio::test]
async fn paths_that_upstreams_could_read_differently_are_refused() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "read_only_key");
    for path in ["/v1/echo/../users", "/v1/%2e%2e/users", "/v1/users/%00", "/v1/users/..;/x", "/v1//users"] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(demo.address, request.as_bytes()).await;
        assert!(matches!(status_of(&answer), 400 | 404), "{path}: {answer}");
        assert!(json_of(&answer)["error"]["code"].is_string(), "the contract's envelope: {answer}");
        demo.line_about(field_of(&answer, "x-request-id"));
    }
}

#[tokio::test]
async fn methods_that_make_a_tunnel_or_an_echo_are_not_served() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    let request =
        format!("TRACE /v1/echo HTTP/1.1\r\nHost: example.localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
    let answer = raw(demo.address, request.as_bytes()).await;
    assert_eq!(status_of(&answer), 405, "{answer}");
    assert!(!answer.contains(key) && !field_of(&answer, "allow").is_empty(), "{answer}");
    demo.line_about(field_of(&answer, "x-request-id"));
}

#[tokio::test]
async fn a_header_beyond_the_limits_is_431_in_the_contracts_words() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("example", "live_key");
    let large = demo.call("GET example.localhost/v1/users").bearer(key).header("x-large", "x".repeat(66_000));
    let mut many = demo.call("GET example.localhost/v1/users").bearer(key);
    for i in 0..95 {
        many = many.header(&format!("x-{i}"), "1");
    }
    for call in [large, many] {
        let answer = call.send().await;
        assert_eq!(answer.status, 431, "{answer:?}");
        assert!(answer.json()["error"]["code"].is_string());
        demo.line_about(answer.request_id());
    }
}

/// The answer to a request with so many header fields.
async fn answer_to_fields(count: usize, server: &Server) -> String {
    let fields: String = (2..count).map(|i| format!("x-{i}: 1\r\n")).collect();
    let head = "GET /v1/things HTTP/1.1\r\nHost: my-api.localhost\r\nConnection: close\r\n";
    raw(server.address, format!("{head}{fields}\r\n").as_bytes()).await
}

#[tokio::test]
async fn header_fields_beyond_hypers_own_room_are_served_where_the_limit_allows_them() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let answer = answer_to_fields(120, &server).await;
    assert_eq!((status_of(&answer), field_of(&answer, "content-length")), (431, "0"), "{answer}");
    let house = House::new(upstream.address()).await.with("SERVER__LIMITS__HEADERS", "150");
    let server = house.serve().await;
    let answer = answer_to_fields(150, &server).await;
    assert_eq!(status_of(&answer), 401, "{answer}");
    let answer = answer_to_fields(151, &server).await;
    assert_eq!(status_of(&answer), 431, "{answer}");
    assert!(json_of(&answer)["error"].is_object(), "the contract's words: {answer}");
}

#[tokio::test]
async fn a_header_that_does_not_come_ends_the_connection() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("SERVER__TIMEOUTS__HEADER", "300ms")
        .with("LOG__FILTER", "claviger_server=debug,info");
    let server = house.serve().await;
    for sent in ["", "GET / HTTP/1.1\r\nHost: my-api.local", "PRI * HTTP/2.0\r\n"] {
        let answer = raw(server.address, sent.as_bytes()).await;
        assert!(answer.is_empty() || status_of(&answer) == 408, "{sent:?}: {answer}");
    }
    // An idle connection is kept no longer than that, and one that is used goes on.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"ok\n") {
            assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0);
        }
    }
    assert_eq!(rest(&mut stream).await, "");
    eventually("a line about the slow header", async || server.log().contains("nothing was asked in time"))
        .await;
}
