//! Which host a request is for, when that can be said beyond doubt.

use std::borrow::Cow;

use http::header::HOST;
use http::{Request, Version};

/// Why a request's host cannot be told. Each is 400 (RFC 9112 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadHost {
    /// There is none.
    #[error("the request names no host")]
    Missing,
    /// There are several `Host` fields.
    #[error("the request has more than one Host field")]
    Several,
    /// The target's authority and `Host` name different hosts.
    #[error("the request's target and its Host field name different hosts")]
    Conflicting,
    /// It is no host, with or without a port.
    #[error("the request's host is not a host name with an optional port")]
    Malformed,
}

/// The host, in lower case and without port and closing dot.
///
/// # Errors
/// When there is none, more than one, or it is none. Two doors that read an unclear request differently are a
/// way around the stricter one.
pub(super) fn host_of<B>(request: &Request<B>) -> Result<Cow<'_, str>, BadHost> {
    let mut fields = request.headers().get_all(HOST).iter();
    let field = fields.next();
    if fields.next().is_some() {
        return Err(BadHost::Several);
    }
    let field = field.map(|value| value.to_str().map_err(|_| BadHost::Malformed)).transpose()?;
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    // HTTP/1.1 demands the field even where the target names the host (RFC 9112 section 3.2).
    if field.is_none() && request.version() <= Version::HTTP_11 {
        return Err(BadHost::Missing);
    }
    match (authority, field) {
        (Some(authority), Some(field)) => {
            let host = normalize(authority)?;
            let is_same = normalize(field)? == host && port_of(authority) == port_of(field);
            if is_same { Ok(host) } else { Err(BadHost::Conflicting) }
        }
        (Some(one), None) | (None, Some(one)) => normalize(one),
        (None, None) => Err(BadHost::Missing),
    }
}

fn normalize(authority: &str) -> Result<Cow<'_, str>, BadHost> {
    let (host, port) = split(authority);
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.len() <= 5;
    if port.is_some_and(|port| !is_port(port)) {
        return Err(BadHost::Malformed);
    }
    // A name may end in a dot (RFC 3986 section 3.2.2), which says nothing more.
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(is_v6);
    if !is_literal && (host.is_empty() || host.len() > 253 || !host.bytes().all(is_host_byte)) {
        return Err(BadHost::Malformed);
    }
    let has_upper = host.bytes().any(|b| b.is_ascii_uppercase());
    Ok(if has_upper { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) })
}

fn split(authority: &str) -> (&str, Option<&str>) {
    let after = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(after..).and_then(|rest| rest.find(':')) {
        Some(colon) => {
            let (host, port) = authority.split_at(after + colon);
            (host, port.get(1..))
        }
        None => (authority, None),
    }
}

/// An empty port is the scheme's own (RFC 3986 section 3.2.3).
fn port_of(authority: &str) -> Option<&str> {
    split(authority).1.filter(|port| !port.is_empty())
}

fn is_v6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

#[cfg(test)]
#[path = "host_tests.rs"]
mod tests;
