//! The request as the upstream gets it.

use http::header::{
    CONNECTION, COOKIE, EXPECT, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, TRAILER, UPGRADE,
};
use http::request::Parts;
use http::{Extensions, Request, Version};
use hyper::upgrade::OnUpgrade;

use crate::arrival::{Arrival, RequestTag, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_REQUEST_ID};
use crate::hop;
use crate::passage::Destination;
use crate::upload::Upload;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Fields by which upstreams learn where a request came from, and by which certificate, and which a caller must not
/// write: those of RFC 7239 and RFC 9440, and what Envoy, nginx and others have in their place.
const CLAIMS: [HeaderName; 13] = [
    FORWARDED,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-forwarded-scheme"),
    HeaderName::from_static("client-cert"),
    HeaderName::from_static("client-cert-chain"),
    HeaderName::from_static("x-forwarded-client-cert"),
    HeaderName::from_static("x-ssl-client-cert"),
    HeaderName::from_static("x-ssl-client-verify"),
    HeaderName::from_static("ssl-client-cert"),
    HeaderName::from_static("ssl-client-verify"),
];

/// A request on its way to the upstream, without what belonged to the caller's connection and with what
/// proxies add. Who is calling is written on it with [`Outbound::headers_mut`], after all that a caller
/// could use to have it removed again is gone.
#[derive(Debug)]
pub(crate) struct Outbound {
    head: Parts,
    upgrade: Option<OnUpgrade>,
    request_id: RequestTag,
}

impl Outbound {
    /// Makes the request for `destination` out of the one received.
    pub(crate) fn new(mut head: Parts, destination: Destination, arrival: &Arrival, keep_host: bool) -> Self {
        let upgrade = hop::asks_for_websocket(&head).then(|| head.extensions.remove::<OnUpgrade>()).flatten();
        let authority = head
            .uri
            .authority()
            .and_then(|authority| HeaderValue::from_str(authority.as_str()).ok())
            .or_else(|| head.headers.get(HOST).cloned());
        if head.version == Version::HTTP_2 {
            join_cookies(&mut head.headers);
        }
        hop::strip_request(&mut head.headers);
        // Answered by our own server as soon as the body is read.
        head.headers.remove(EXPECT);
        // Nothing follows that it could announce: an upload drops its trailers.
        head.headers.remove(TRAILER);
        if upgrade.is_some() {
            head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            head.headers.insert(UPGRADE, WEBSOCKET);
        }
        write_origin(&mut head.headers, arrival, authority.as_ref());
        match authority {
            Some(authority) if keep_host => head.headers.insert(HOST, authority),
            // The client writes the host of the target.
            _ => head.headers.remove(HOST),
        };
        head.uri = destination.into_uri();
        head.version = Version::HTTP_11;
        head.extensions = Extensions::new();
        Self { head, upgrade, request_id: arrival.request_id.clone() }
    }

    /// The header, to write on it who is calling.
    pub(crate) const fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    /// The request with its body, the caller's side of an upgrade if it asked for one, and its name.
    pub(crate) fn with_body(self, upload: Upload) -> (Request<Upload>, Option<OnUpgrade>, RequestTag) {
        (Request::from_parts(self.head, upload), self.upgrade, self.request_id)
    }
}

/// Writes where the request came from, over whatever the caller wrote.
fn write_origin(headers: &mut HeaderMap, arrival: &Arrival, authority: Option<&HeaderValue>) {
    if !arrival.is_proxied {
        for name in CLAIMS {
            headers.remove(name);
        }
        headers.remove(X_FORWARDED_HOST);
    }
    match arrival.forwarded_for() {
        Some(chain) => headers.insert(X_FORWARDED_FOR, chain),
        None => headers.remove(X_FORWARDED_FOR),
    };
    let proto = if arrival.is_secure { "https" } else { "http" };
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(proto));
    // A trusted proxy knows better than we which host the caller meant.
    if let Some(authority) = authority
        && !headers.contains_key(X_FORWARDED_HOST)
    {
        headers.insert(X_FORWARDED_HOST, authority.clone());
    }
    headers.insert(X_REQUEST_ID, arrival.request_id.as_header().clone());
}

/// HTTP/2 may split cookies over fields; towards HTTP/1.1 they are one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut values = headers.get_all(COOKIE).iter();
    let (Some(first), Some(second)) = (values.next(), values.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for value in std::iter::once(second).chain(values) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(value.as_bytes());
    }
    if let Ok(joined) = HeaderValue::try_from(joined) {
        headers.insert(COOKIE, joined);
    }
}

#[cfg(test)]
#[path = "outbound_tests.rs"]
mod tests;
