//! Header fields that belong to one connection (RFC 9110 section 7.6.1).

use http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, TE, UPGRADE};
use smallvec::SmallVec;

/// Removes every field that belongs to one connection, those that `Connection` names included.
pub(crate) fn strip(headers: &mut HeaderMap) {
    strip_and(headers, |_| false);
}

/// The same, and every field of which `is_gone` says so.
fn strip_and(headers: &mut HeaderMap, is_gone: impl Fn(&HeaderName) -> bool) {
    let named: Vec<HeaderValue> =
        headers.get_all(CONNECTION).iter().filter(|value| names_fields(value)).cloned().collect();
    for token in named.iter().flat_map(tokens) {
        headers.remove(token);
    }
    // A look at each name that is there costs less than to look for each that could be.
    let is_gone = |name: &&HeaderName| is_of_connection(name) || is_gone(name);
    let gone: SmallVec<[HeaderName; 4]> = headers.keys().filter(is_gone).cloned().collect();
    for name in gone {
        headers.remove(name);
    }
}

fn is_of_connection(name: &HeaderName) -> bool {
    matches!(
        name.as_str().as_bytes(),
        b"connection"
            | b"keep-alive"
            | b"proxy-connection"
            | b"proxy-authenticate"
            | b"proxy-authorization"
            | b"te"
            | b"transfer-encoding"
            | b"upgrade"
    )
}

/// The same for a request on its way to the upstream, which still learns that trailers are welcome. Fields of which
/// `is_gone` says so go, too.
///
/// `TE` goes without its name in `Connection`, which RFC 9110 section 10.1.4 asks for: HTTP/2 upstreams, where
/// gRPC insists on `te: trailers`, may have no `Connection`, and HTTP/1.1 servers do not mind.
pub(crate) fn strip_request(headers: &mut HeaderMap, is_gone: impl Fn(&HeaderName) -> bool) {
    let trailers =
        headers.get_all(TE).iter().flat_map(tokens).any(|token| token.eq_ignore_ascii_case("trailers"));
    strip_and(headers, is_gone);
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
