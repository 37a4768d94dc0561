use super::*;
use claviger_testkit::upstream::Upstream;

const LIMITS: FetchLimits = FetchLimits { timeout: Duration::from_secs(5), bytes: 64 * 1024 };
const BODY: &str = r#"{"keys":[]}"#;

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

fn json(headers: &str) -> String {
    answer("200 OK", &format!("content-type: application/json\r\n{headers}"), BODY)
}

async fn get(server: &Upstream, allow_loopback: bool) -> Result<Fetched, FetchError> {
    let url = format!("http://{}/jwks", server.address());
    GuardedFetch::new(allow_loopback).unwrap().get(&url, LIMITS).await
}

async fn answered(bytes: String) -> Result<Fetched, FetchError> {
    get(&Upstream::answering(bytes).await.unwrap(), true).await
}

#[tokio::test]
async fn a_document_comes_with_what_its_server_says_of_its_age() {
    let fetched = answered(json("cache-control: public, max-age=600\r\n")).await.unwrap();
    assert_eq!((fetched.body.as_slice(), fetched.max_age), (BODY.as_bytes(), Some(Duration::from_secs(600))));
    assert_eq!(answered(json("")).await.unwrap().max_age, None);
    assert_eq!(answered(json("cache-control: no-store\r\n")).await.unwrap().max_age, Some(Duration::ZERO));
    let set = answer("200 OK", "content-type: application/jwk-set+json; charset=utf-8\r\n", BODY);
    assert!(answered(set).await.is_ok());
}

#[tokio::test]
async fn mcp_19_this_machine_is_asked_only_where_that_is_allowed() {
    let server = Upstream::answering(json("")).await.unwrap();
    assert_eq!(get(&server, false).await, Err(FetchError::Address));
    assert_eq!(server.connections(), 0, "nobody knocked");
    assert!(get(&server, true).await.is_ok());
}

#[tokio::test]
async fn mcp_19_names_of_this_machine_are_known_without_a_resolver_and_only_where_that_is_allowed() {
    let server = Upstream::answering(json("")).await.unwrap();
    let port = server.address().port();
    for name in ["localhost", "sample.localhost", "a.b.LOCALHOST", "sample.localhost."] {
        let url = format!("http://{name}:{port}/jwks");
        let strict = GuardedFetch::new(false).unwrap().get(&url, LIMITS).await;
        assert_eq!(strict, Err(FetchError::Address), "{name}");
        let secure = format!("https://{name}:{port}/jwks");
        let strict = GuardedFetch::new(false).unwrap().get(&secure, LIMITS).await;
        assert!(matches!(strict, Err(FetchError::Address | FetchError::Unreachable)), "{name}: {strict:?}");
    }
    assert_eq!(server.connections(), 0, "nobody knocked");
    for name in ["localhost", "sample.localhost", "a.b.LOCALHOST", "sample.localhost."] {
        let url = format!("http://{name}:{port}/jwks");
        let fetched = GuardedFetch::new(true).unwrap().get(&url, LIMITS).await;
        assert_eq!(fetched.unwrap().body, BODY.as_bytes(), "{name}");
    }
    for name in ["localhost.example", "notlocalhost"] {
        let url = format!("http://{name}:{port}/jwks");
        assert_eq!(
            GuardedFetch::new(true).unwrap().get(&url, LIMITS).await,
            Err(FetchError::Address),
            "{name}"
        );
    }
}

#[tokio::test]
async fn mcp_19_no_spelling_of_an_address_inside_is_asked() {
    let server = Upstream::answering(json("")).await.unwrap();
    let port = server.address().port();
    let strict = GuardedFetch::new(false).unwrap();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "10.0.0.1",
        "192.168.1.1",
        "172.31.255.255",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "user@127.0.0.1",
    ];
    for host in hosts {
        for scheme in ["http", "https"] {
            let refused = strict.get(&format!("{scheme}://{host}:{port}/"), LIMITS).await.unwrap_err();
            assert!(
                matches!(refused, FetchError::Address | FetchError::Unreachable),
                "{scheme} {host}: {refused:?}"
            );
        }
    }
    assert_eq!(server.connections(), 0);
    for address in
        ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "/jwks", "", "https://"]
    {
        assert_eq!(strict.get(address, LIMITS).await, Err(FetchError::Address), "{address}");
    }
}

#[test]
fn mcp_19_addresses_of_special_use_are_not_public() {
    let special = [
        "0.1.2.3",
        "10.255.0.1",
        "100.127.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.19.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "239.1.1.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for text in special {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
    let public =
        ["8.8.8.8", "1.1.1.1", "100.128.0.1", "172.32.0.1", "198.20.0.1", "2606:4700::1111", "2a00:1450::1"];
    for text in public {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn mcp_19_a_picture_is_got_as_carefully_as_a_document() {
    let picture = answer("200 OK", "content-type: image/png\r\n", "picture");
    let server = Upstream::answering(picture).await.unwrap();
    let url = format!("http://{}/logo.png", server.address());
    let get = async |url: &str, allow_loopback, limits| {
        GuardedFetch::new(allow_loopback).unwrap().get_picture(url, limits).await
    };
    assert_eq!(get(&url, true, LIMITS).await.unwrap().body, b"picture");
    assert_eq!(get(&url, false, LIMITS).await, Err(FetchError::Address));
    assert_eq!(get(&url, true, FetchLimits { bytes: 6, ..LIMITS }).await, Err(FetchError::TooLong));
    let to = answer("302 Found", &format!("location: {url}\r\n"), "");
    let moved = Upstream::answering(to).await.unwrap();
    let url = format!("http://{}/logo.png", moved.address());
    assert_eq!(get(&url, true, LIMITS).await, Err(FetchError::Answer));
}

#[tokio::test]
async fn mcp_16_redirects_other_statuses_and_other_types_are_no_documents() {
    let inner = Upstream::answering(json("")).await.unwrap();
    let to = format!("location: http://{}/\r\ncontent-type: application/json\r\n", inner.address());
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        assert_eq!(answered(answer(status, &to, BODY)).await, Err(FetchError::Answer), "{status}");
    }
    assert_eq!(inner.connections(), 0, "no redirect is followed");
    assert_eq!(
        answered(answer("404 Not Found", "content-type: application/json\r\n", BODY)).await,
        Err(FetchError::Answer)
    );
    assert_eq!(
        answered(answer("200 OK", "content-type: text/html\r\n", BODY)).await,
        Err(FetchError::Answer)
    );
    assert_eq!(answered(answer("200 OK", "", BODY)).await, Err(FetchError::Answer));
}

#[tokio::test]
async fn mcp_16_a_document_that_is_huge_or_never_comes_is_given_up() {
    let huge = "x".repeat(LIMITS.bytes + 1);
    let head = "content-type: application/json\r\n";
    assert_eq!(answered(answer("200 OK", head, &huge)).await, Err(FetchError::TooLong));
    let chunked =
        format!("HTTP/1.1 200 OK\r\n{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{huge}\r\n", huge.len());
    assert_eq!(answered(chunked).await, Err(FetchError::TooLong));
    let limits = FetchLimits { timeout: Duration::from_millis(50), ..LIMITS };
    let cut = format!("HTTP/1.1 200 OK\r\n{head}content-length: 100\r\n\r\nx");
    for server in [Upstream::hanging().await.unwrap(), Upstream::answering(cut).await.unwrap()] {
        let url = format!("http://{}/jwks", server.address());
        let fetched = GuardedFetch::new(true).unwrap().get(&url, limits).await;
        assert_eq!(fetched, Err(FetchError::Timeout));
    }
}

fn hello() -> Outgoing {
    Outgoing { headers: vec![("webhook-id", "msg_1".to_owned())], body: r#"{"a":1}"#.to_owned() }
}

async fn post(server: &Upstream, limits: FetchLimits) -> Result<Answered, FetchError> {
    let url = format!("http://{}/in?x=1", server.address());
    GuardedFetch::new(true).unwrap().post_message(&url, &hello(), limits).await
}

#[tokio::test]
async fn a_message_is_posted_as_json_and_its_answer_is_whatever_it_is() {
    let mut server =
        Upstream::answering(answer("503 Busy", "content-type: text/plain\r\n", "later")).await.unwrap();
    let answered = post(&server, LIMITS).await.unwrap();
    assert_eq!((answered.status, answered.body.as_slice()), (503, b"later".as_slice()));
    let request = server.next_request().await.unwrap();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/in?x=1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("webhook-id"), Some("msg_1"));
    assert!(request.header("user-agent").unwrap().starts_with("Claviger/"));
    assert_eq!(request.body, br#"{"a":1}"#);
}

#[tokio::test]
async fn a_server_may_ask_to_be_left_alone_in_seconds_or_until_an_instant() {
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let at = "retry-after: Sun, 06 Nov 1994 08:51:37 GMT\r\n";
    for (headers, asked) in [
        ("retry-after: 120\r\n".to_owned(), Some(120)),
        (format!("{date}{at}"), Some(120)),
        (at.to_owned(), None),
        ("retry-after: soon\r\n".to_owned(), None),
        ("retry-after: -1\r\n".to_owned(), None),
        (String::new(), None),
    ] {
        let server = Upstream::answering(answer("429 Too Many", &headers, "")).await.unwrap();
        let answered = post(&server, LIMITS).await.unwrap();
        assert_eq!(answered.retry_after, asked.map(Duration::from_secs), "{headers}");
    }
}

#[tokio::test]
async fn no_more_of_an_answer_to_a_message_is_read_than_wanted() {
    let huge = "x".repeat(10_000_000);
    let server = Upstream::answering(answer("200 OK", "", &huge)).await.unwrap();
    let answered = post(&server, FetchLimits { bytes: 1_024, ..LIMITS }).await.unwrap();
    assert_eq!((answered.status, answered.body.len()), (200, 1_024));
    // The head is the answer, whatever becomes of the rest.
    let cut = Upstream::answering("HTTP/1.1 204 No\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    assert_eq!(post(&cut, LIMITS).await.unwrap().status, 204);
    let limits = FetchLimits { timeout: Duration::from_millis(50), ..LIMITS };
    let hanging = Upstream::hanging().await.unwrap();
    assert_eq!(post(&hanging, limits).await, Err(FetchError::Timeout));
}

#[tokio::test]
async fn a_message_follows_no_redirect_and_goes_to_no_network_inside() {
    let inner = Upstream::answering(json("")).await.unwrap();
    let to = format!("location: http://{}/\r\n", inner.address());
    let moved = Upstream::answering(answer("307 Temporary", &to, "")).await.unwrap();
    assert_eq!(post(&moved, LIMITS).await.unwrap().status, 307);
    assert_eq!(inner.connections(), 0);
    let strict = GuardedFetch::new(false).unwrap();
    for host in ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "localhost", "2130706433"] {
        let url = format!("https://{host}:{}/", inner.address().port());
        let refused = strict.post_message(&url, &hello(), LIMITS).await.unwrap_err();
        assert!(matches!(refused, FetchError::Address | FetchError::Unreachable), "{host}: {refused:?}");
    }
    assert_eq!(inner.connections(), 0);
    assert!(!strict.may_ask("https://10.0.0.1/") && !strict.may_ask("http://example.com/"));
    assert!(!strict.may_ask("https://localhost/") && !strict.may_ask("https://a.localhost./"));
    assert!(strict.may_ask("https://example.com/hooks"));
    assert!(GuardedFetch::new(true).unwrap().may_ask("http://127.0.0.1:9/"));
}
