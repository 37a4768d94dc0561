//! Header fields that belong to one connection (RFC 9110 section 7.6.1).

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRANSFER_ENCODING, UPGRADE,
};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Removes every field that belongs to one connection, those that `Connection` names included.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderValue> =
        headers.get_all(CONNECTION).iter().filter(|value| names_fields(value)).cloned().collect();
    for token in named.iter().flat_map(tokens) {
        headers.remove(token);
    }
    for name in [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
    ] {
        headers.remove(name);
    }
}

/// The same for a request on its way to the upstream, which still learns that trailers are welcome.
///
/// `TE` goes without its name in `Connection`, which RFC 9110 section 10.1.4 asks for: HTTP/2 upstreams, where
/// gRPC insists on `te: trailers`, may have no `Connection`, and HTTP/1.1 servers do not mind.
pub(crate) fn strip_request(headers: &mut HeaderMap) {
    let trailers =
        headers.get_all(TE).iter().flat_map(tokens).any(|token| token.eq_ignore_ascii_case("trailers"));
    strip(headers);
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Whether the request asks to go on as WebSocket (RFC 6455 section 4.1).
///
/// No other protocol is passed on: behind `Upgrade: h2c`, say, a caller could send the upstream
/// requests that nobody decided about. Those fields are dropped and the request is answered as it is.
pub(crate) fn asks_for_websocket(head: &http::request::Parts) -> bool {
    head.version == http::Version::HTTP_11
        && head.method == http::Method::GET
        && has_token(&head.headers, &CONNECTION, "upgrade")
        && has_token(&head.headers, &UPGRADE, "websocket")
}

/// Whether the list in this field holds the token, in any case.
pub(crate) fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers.get_all(name).iter().flat_map(tokens).any(|found| found.eq_ignore_ascii_case(token))
}

/// Spares the common values of `Connection` the walk over the header.
fn names_fields(value: &HeaderValue) -> bool {
    let value = value.as_bytes();
    !value.eq_ignore_ascii_case(b"keep-alive") && !value.eq_ignore_ascii_case(b"close")
}

/// The members of a list. Bytes that are no text make no token.
fn tokens(value: &HeaderValue) -> impl Iterator<Item = &str> {
    value.as_bytes().split(|byte| *byte == b',').filter_map(|member| {
        let token = std::str::from_utf8(member).ok()?.trim_matches([' ', '\t']);
        (!token.is_empty()).then_some(token)
    })
}

#[cfg(test)]
#[path = "hop_tests.rs"]
mod tests;
