//! What the connection and the trusted proxies before it say about a request.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use claviger_domain::{Clock, Entropy, Environment, RequestId};
use claviger_telemetry::RequestSpan;
use http::Request;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// The field that carries a request's name.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The field in which proxies note the addresses they saw.
pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The field in which proxies note `http` or `https`.
pub(crate) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The connection that a request came on.
#[derive(Clone, Copy, Debug)]
pub struct Socket {
    /// The other end.
    pub peer: SocketAddr,
    /// Whether it is TLS.
    pub is_secure: bool,
}

/// What a request is called in its answer and in every log line about it: the caller's `X-Request-Id`
/// where it is 1 to 64 characters of `A-Z a-z 0-9 . _ -`, else a [`RequestId`] of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTag(HeaderValue);

impl RequestTag {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The name as the value of a header field.
    pub const fn as_header(&self) -> &HeaderValue {
        &self.0
    }

    fn of_caller(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(X_REQUEST_ID)?;
        let bytes = value.as_bytes();
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        ((1..=64).contains(&bytes.len()) && bytes.iter().all(allowed)).then(|| Self(value.clone()))
    }

    /// A name of ours.
    pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        let text = RequestId::generate(clock, entropy).to_string();
        // An id is of lower-case letters, digits and an underscore; no such text is refused.
        Self(HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("req_")))
    }
}

/// A request's origin, as far as it can be believed.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The request's name.
    pub request_id: RequestTag,
    /// The host it is for, in lower case and without port; empty, which is no contract's host, when
    /// the request names none or more than one.
    pub host: Box<str>,
    /// The caller: the last address on the way that is not a trusted proxy's.
    pub address: IpAddr,
    /// Whether the caller speaks TLS, to us or to the trusted proxy before us.
    pub is_secure: bool,
    /// The request's span, where requests have one. The server in front begins and ends it.
    pub span: Option<RequestSpan>,
    /// Whether the peer is a trusted proxy, whose other words count too.
    pub(crate) is_proxied: bool,
    /// The trusted proxies on the way, the nearest first.
    proxies: Vec<IpAddr>,
    /// The environment that a trial keeps to, whatever its credential; none for a caller's own request.
    pub(crate) environment: Option<Environment>,
}

impl Arrival {
    /// That of a trial: a request of our own to a host, for whoever sits at this address and reached us by TLS or not. It
    /// reaches this environment only.
    pub fn of_trial(
        (address, is_secure): (IpAddr, bool),
        host: &str,
        environment: Environment,
        request_id: RequestTag,
    ) -> Self {
        Self {
            request_id,
            host: host.into(),
            address,
            is_secure,
            is_proxied: false,
            proxies: Vec::new(),
            environment: Some(environment),
            // The page's own request has one.
            span: None,
        }
    }

    /// The `X-Forwarded-For` of the upstream: the caller and the trusted proxies after it. What the
    /// caller itself wrote is not in it, so even an upstream that takes the first entry takes the truth.
    pub(crate) fn forwarded_for(&self) -> Option<HeaderValue> {
        let mut text = String::with_capacity(16 * (1 + self.proxies.len()));
        write!(text, "{}", self.address).ok()?;
        for proxy in self.proxies.iter().rev() {
            write!(text, ", {proxy}").ok()?;
        }
        HeaderValue::try_from(text).ok()
    }
}

/// Reads a request's origin. `X-Forwarded-For` is read from the right, and only as far as addresses in
/// `trusted` wrote it; `X-Forwarded-Proto` counts when the peer is one of them.
pub fn arrival<B>(
    socket: Socket,
    request: &Request<B>,
    trusted: &[IpNet],
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Arrival {
    let headers = request.headers();
    let peer = socket.peer.ip().to_canonical();
    let is_proxied = is_trusted(peer, trusted);
    let (address, proxies) = trace_back(peer, headers, trusted);
    let forwarded_proto = is_proxied.then(|| last_member(headers, &X_FORWARDED_PROTO)).flatten();
    Arrival {
        request_id: RequestTag::of_caller(headers).unwrap_or_else(|| RequestTag::generate(clock, entropy)),
        host: host_of(request),
        address,
        is_secure: forwarded_proto.map_or(socket.is_secure, |proto| proto.eq_ignore_ascii_case("https")),
        span: None,
        is_proxied,
        proxies,
        environment: None,
    }
}

/// Walks from the peer towards the caller, past trusted proxies only.
fn trace_back(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> (IpAddr, Vec<IpAddr>) {
    let mut address = peer;
    let mut proxies = Vec::new();
    let mut entries = headers
        .get_all(X_FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    while is_trusted(address, trusted) {
        let Some(before) = entries.next().and_then(parse_address) else { break };
        proxies.push(address);
        address = before;
    }
    (address, proxies)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// An address, with or without a port.
fn parse_address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| text.trim_start_matches('[').trim_end_matches(']').parse())
        .ok()?;
    Some(address.to_canonical())
}

fn last_member<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

/// The target's authority where it has one (RFC 9112 section 3.2.2), else the one `Host`.
fn host_of<B>(request: &Request<B>) -> Box<str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let of_field = hosts.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if hosts.next().is_some() {
        return Box::default();
    }
    let host = request.uri().host().unwrap_or_else(|| without_port(of_field));
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase().into_boxed_str()
}

fn without_port(authority: &str) -> &str {
    let end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    authority.get(..end).unwrap_or(authority)
}

#[cfg(test)]
#[path = "arrival_tests.rs"]
pub(crate) mod tests;
