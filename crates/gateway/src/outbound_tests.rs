use std::net::SocketAddr;

use super::*;
use crate::arrival::tests::Still;
use crate::arrival::{Socket, arrival};

fn outbound(request: http::request::Builder, trusted: &[&str], keep_host: bool) -> Request<Upload> {
    let request = request.body(()).unwrap();
    let trusted: Vec<ipnet::IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
    let socket = Socket { peer: SocketAddr::from(([10, 0, 0, 9], 1)), is_secure: true };
    let arrival = arrival(socket, &request, &trusted, &Still, &Still);
    let (head, ()) = request.into_parts();
    let destination = Destination::at(&"http://up:1".parse().unwrap(), &head.uri).unwrap();
    Outbound::new(head, destination, &arrival, keep_host).with_body(Upload::Whole(None)).0
}

fn get() -> http::request::Builder {
    Request::builder().uri("/a?b").header("host", "Api.test:80")
}

#[test]
fn bcp_59_a_caller_cannot_claim_where_it_came_from_or_which_certificate_it_has() {
    let mut request = get().header("x-forwarded-for", "6.6.6.6").header("x-forwarded-proto", "http");
    let claims = [
        "forwarded",
        "x-real-ip",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-server",
        "x-forwarded-scheme",
        "client-cert",
        "client-cert-chain",
        "x-forwarded-client-cert",
        "x-ssl-client-cert",
        "x-ssl-client-verify",
        "ssl-client-cert",
        "ssl-client-verify",
    ];
    for claim in claims {
        request = request.header(claim, "forged");
    }
    let sent = outbound(request.header("x-forwarded-host", "forged.test"), &[], false);
    let headers = sent.headers();
    assert!(claims.iter().all(|claim| !headers.contains_key(*claim)));
    assert_eq!(headers["x-forwarded-for"], "10.0.0.9");
    assert_eq!(headers["x-forwarded-proto"], "https");
    assert_eq!(headers["x-forwarded-host"], "Api.test:80");
}

#[test]
fn bcp_59_a_trusted_proxy_is_believed() {
    let request =
        get().header("x-forwarded-for", "6.6.6.6, 7.7.7.7").header("x-forwarded-host", "public.test");
    let sent = outbound(
        request.header("x-forwarded-port", "8443").header("client-cert", ":AA==:"),
        &["10.0.0.0/8"],
        false,
    );
    assert_eq!(sent.headers()["x-forwarded-for"], "7.7.7.7, 10.0.0.9");
    assert_eq!(sent.headers()["x-forwarded-host"], "public.test");
    assert_eq!(sent.headers()["x-forwarded-port"], "8443");
    assert_eq!(sent.headers()["client-cert"], ":AA==:");
}

#[test]
fn the_host_is_the_upstreams_unless_it_is_kept() {
    assert!(!outbound(get(), &[], false).headers().contains_key(HOST));
    assert_eq!(outbound(get(), &[], true).headers()[HOST], "Api.test:80");
}

#[test]
fn cookies_that_http_2_split_are_joined() {
    let request = get().version(Version::HTTP_2).header("cookie", "a=1").header("cookie", "b=2");
    let sent = outbound(request, &[], false);
    assert_eq!(sent.headers().get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1; b=2"]);
    assert_eq!(sent.version(), Version::HTTP_11);
}

#[test]
fn an_expectation_is_ours_to_answer() {
    let sent = outbound(get().header("expect", "100-continue"), &[], false);
    assert!(!sent.headers().contains_key("expect"));
}

#[test]
fn trailers_that_are_dropped_are_not_announced() {
    assert!(!outbound(get().header("trailer", "x-sum"), &[], false).headers().contains_key("trailer"));
}
