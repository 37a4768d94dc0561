//! The request as the upstream gets it.

use http::header::{CONNECTION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use http::request::Parts;
use http::{Extensions, Request, Version};
use hyper::upgrade::OnUpgrade;

use crate::arrival::{Arrival, RequestTag, X_FORWARDED_FOR, X_FORWARDED_PROTO, X_REQUEST_ID};
use crate::hop;
use crate::passage::Destination;
use crate::upload::Upload;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// As many fields as we write ourselves: where the request came from, and who is calling.
const WRITTEN: usize = 12;

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
        let is_proxied = arrival.is_proxied;
        hop::strip_request(&mut head.headers, |name| ends_here(name) || (!is_proxied && is_claim(name)));
        head.headers.reserve(WRITTEN);
        if upgrade.is_some() {
            head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            head.headers.insert(UPGRADE, WEBSOCKET);
        }
        write_origin(&mut head.headers, arrival, authority.as_ref());
        // Without it the client writes the host of the target.
        if let Some(authority) = authority.filter(|_| keep_host) {
            head.headers.insert(HOST, authority);
        }
        head.uri = destination.into_uri();
        head.version = Version::HTTP_11;
        head.extensions = Extensions::new();
        Self { head, upgrade, request_id: arrival.request_id.clone() }
    }

    /// What it asks for.
    pub(crate) const fn head(&self) -> &Parts {
        &self.head
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

/// Whether a field goes no further than to us: `Expect` is answered by our own server as soon as the body is read,
/// `Trailer` announces what an upload drops, and `Host` is written again.
fn ends_here(name: &HeaderName) -> bool {
    matches!(name.as_str().as_bytes(), b"expect" | b"trailer" | b"host")
}

/// Whether it is a field by which upstreams learn where a request came from, and by which certificate, and which a
/// caller must not write: those of RFC 7239 and RFC 9440, and what Envoy, nginx and others have in their place.
fn is_claim(name: &HeaderName) -> bool {
    matches!(
        name.as_str().as_bytes(),
        b"forwarded"
            | b"x-real-ip"
            | b"x-forwarded-host"
            | b"x-forwarded-port"
            | b"x-forwarded-prefix"
            | b"x-forwarded-server"
            | b"x-forwarded-scheme"
            | b"client-cert"
            | b"client-cert-chain"
            | b"x-forwarded-client-cert"
            | b"x-ssl-client-cert"
            | b"x-ssl-client-verify"
            | b"ssl-client-cert"
            | b"ssl-client-verify"
    )
}

/// Writes where the request came from, over whatever the caller wrote.
fn write_origin(headers: &mut HeaderMap, arrival: &Arrival, authority: Option<&HeaderValue>) {
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
