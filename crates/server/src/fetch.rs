//! Documents from the network, whose addresses come from strangers.
//!
//! Only public addresses are asked, and it is the resolved address that is looked at and connected to, so that a name
//! cannot say one thing when it is checked and another when it is used.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use std::vec;

use bytes::Bytes;
use claviger_engine::{Answered, Fetch, FetchError, FetchLimits, Fetched, Form, Outgoing};
use futures_util::future::BoxFuture;
use http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER, USER_AGENT,
};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use tower::util::ServiceFn;

type Resolver = ServiceFn<fn(Name) -> BoxFuture<'static, io::Result<vec::IntoIter<SocketAddr>>>>;

/// Networks of IPv4 that are not the public one (the registry of RFC 6890), as address and length of prefix.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The public network of IPv6. Loopback, mapped, translated (NAT64), local and multicast addresses lie outside.
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks inside it that are not public: protocols and tunnels, documentation, and 6to4, which carries any IPv4
/// address.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// How long the body of an answer to a message is waited for once its status is known, which is all that counts.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// How messages say who sends them.
const SENDER: HeaderValue = HeaderValue::from_static(concat!("Claviger/", env!("CARGO_PKG_VERSION")));

/// What is asked for.
#[derive(Clone, Copy)]
enum Wanted<'f> {
    Json,
    Picture,
    AnswerTo(&'f Form),
}

impl Wanted<'_> {
    const fn accept(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json | Self::AnswerTo(_) => "application/json",
            Self::Picture => "image/png, image/jpeg, image/webp, image/gif",
        })
    }
}

/// Gets documents by `https` from public addresses.
pub(crate) struct GuardedFetch {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    allow_loopback: bool,
}

impl GuardedFetch {
    /// With `allow_loopback`, this machine itself may be asked too, also without TLS.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub(crate) fn new(allow_loopback: bool) -> Result<Self, rustls::Error> {
        let resolve = if allow_loopback { resolve_public_or_loopback } else { resolve_public };
        let resolver: Resolver = tower::service_fn(resolve);
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::aws_lc_rs::default_provider())?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        // A kept connection would be to an address that was looked at long ago.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client, allow_loopback })
    }

    /// Whether the address may be asked, as far as its text tells: the resolver sees names, but no literal address.
    fn check(&self, uri: &Uri) -> Result<(), FetchError> {
        let host = uri.host().ok_or(FetchError::Address)?;
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let is_loopback = literal.map_or_else(|| is_local_name(host), |address| address.is_loopback());
        let is_local = self.allow_loopback && is_loopback;
        let has_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let is_good = has_tls && literal.is_none_or(is_public);
        if is_good || is_local { Ok(()) } else { Err(FetchError::Address) }
    }

    async fn ask_in_time(
        &self,
        url: &str,
        wanted: Wanted<'_>,
        limits: FetchLimits,
    ) -> Result<Fetched, FetchError> {
        let asked = tokio::time::timeout(limits.timeout, self.ask(url, wanted, limits)).await;
        asked.map_err(|_| FetchError::Timeout)?
    }

    async fn ask(&self, url: &str, wanted: Wanted<'_>, limits: FetchLimits) -> Result<Fetched, FetchError> {
        let uri: Uri = url.parse().map_err(|_| FetchError::Address)?;
        self.check(&uri)?;
        let mut request = Request::new(Full::default());
        *request.uri_mut() = uri;
        request.headers_mut().insert(ACCEPT, wanted.accept());
        if let Wanted::AnswerTo(form) = wanted {
            *request.method_mut() = Method::POST;
            *request.body_mut() = Full::new(Bytes::copy_from_slice(form.body.expose().as_bytes()));
            let headers = request.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            if let Some(text) = &form.authorization {
                let mut value = HeaderValue::from_str(text.expose()).map_err(|_| FetchError::Address)?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        let answer = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (head, body) = answer.into_parts();
        let is_wanted = matches!(wanted, Wanted::Picture) || is_json(&head.headers);
        if head.status != StatusCode::OK || !is_wanted {
            return Err(FetchError::Answer);
        }
        let body = Limited::new(body, limits.bytes).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { FetchError::TooLong } else { FetchError::Unreachable }
        })?;
        Ok(Fetched { body: body.to_bytes().to_vec(), max_age: max_age(&head.headers) })
    }
}

impl GuardedFetch {
    async fn post(&self, url: &str, message: &Outgoing) -> Result<Response<Incoming>, FetchError> {
        let uri: Uri = url.parse().map_err(|_| FetchError::Address)?;
        self.check(&uri)?;
        let mut request = Request::new(Full::from(message.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, SENDER);
        for (name, value) in &message.headers {
            let value = HeaderValue::from_str(value).map_err(|_| FetchError::Address)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        self.client.request(request).await.map_err(|error| failed(&error))
    }
}

/// The first bytes of a body, as many as come within the patience for it; the rest is not read.
async fn beginning(mut body: Incoming, most: usize) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while read.len() < most {
            let Some(Ok(frame)) = body.frame().await else { break };
            let data = frame.data_ref().map(Bytes::as_ref).unwrap_or_default();
            read.extend(data.iter().take(most - read.len()));
        }
    };
    // What came in time is what there is.
    let _ = tokio::time::timeout(ANSWER_PATIENCE, reading).await;
    read
}

impl Fetch for GuardedFetch {
    fn get<'f>(&'f self, url: &'f str, limits: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(self.ask_in_time(url, Wanted::Json, limits))
    }

    fn get_picture<'f>(
        &'f self,
        url: &'f str,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(self.ask_in_time(url, Wanted::Picture, limits))
    }

    fn post_form<'f>(
        &'f self,
        url: &'f str,
        form: &'f Form,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(self.ask_in_time(url, Wanted::AnswerTo(form), limits))
    }

    fn may_ask(&self, url: &str) -> bool {
        // The resolver refuses names of this machine; here it is known without asking it.
        let is_outside = |uri: &Uri| self.allow_loopback || !uri.host().is_some_and(is_local_name);
        url.parse::<Uri>().is_ok_and(|uri| self.check(&uri).is_ok() && is_outside(&uri))
    }

    fn post_message<'f>(
        &'f self,
        url: &'f str,
        message: &'f Outgoing,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async move {
            let posted = tokio::time::timeout(limits.timeout, self.post(url, message)).await;
            let (head, body) = posted.map_err(|_| FetchError::Timeout)??.into_parts();
            let retry_after = retry_after(&head.headers);
            let body = beginning(body, limits.bytes).await;
            Ok(Answered { status: head.status.as_u16(), retry_after, body })
        })
    }
}

/// A name that is refused has to be told apart from one that nobody answers.
fn failed(error: &hyper_util::client::legacy::Error) -> FetchError {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::PermissionDenied) {
            return FetchError::Address;
        }
        cause = error.source();
    }
    FetchError::Unreachable
}

fn resolve_public(name: Name) -> BoxFuture<'static, io::Result<vec::IntoIter<SocketAddr>>> {
    Box::pin(resolve(name, is_public))
}

/// A name of this machine is one without asking anybody, since not every resolver knows those below `localhost`; any
/// other name must be public, whatever it resolves to.
fn resolve_public_or_loopback(name: Name) -> BoxFuture<'static, io::Result<vec::IntoIter<SocketAddr>>> {
    if is_local_name(name.as_str()) {
        let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        let found: Vec<_> = loopback.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
        return Box::pin(std::future::ready(Ok(found.into_iter())));
    }
    Box::pin(resolve(name, is_public))
}

async fn resolve(name: Name, may_ask: impl Fn(IpAddr) -> bool) -> io::Result<vec::IntoIter<SocketAddr>> {
    // The connector puts the port in.
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
    // One address inside is enough: whoever mixes them wants a retry to end there.
    if found.iter().all(|address| may_ask(address.ip())) {
        Ok(found.into_iter())
    } else {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "the name is of an address that is not public"))
    }
}

/// `localhost` and the names below it (RFC 6761 section 6.3), with or without the root's dot.
fn is_local_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    host == "localhost" || host.ends_with(".localhost")
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_in = |(network, length): &(Ipv4Addr, u32)| {
                (address.to_bits() ^ network.to_bits()) >> (Ipv4Addr::BITS - length) == 0
            };
            !SPECIAL_V4.iter().any(is_in)
        }
        IpAddr::V6(address) => {
            let is_in = |(network, length): &(Ipv6Addr, u32)| {
                (address.to_bits() ^ network.to_bits()) >> (Ipv6Addr::BITS - length) == 0
            };
            is_in(&PUBLIC_V6) && !SPECIAL_V6.iter().any(is_in)
        }
    }
}

/// `application/json`, or a type built on it (RFC 6839 section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// How long the answer may be kept (RFC 9111 section 5.2.2).
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut age = None;
    for directive in directives.flat_map(|value| value.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        if matches!(directive.as_str(), "no-store" | "no-cache") {
            return Some(Duration::ZERO);
        }
        let seconds = directive.strip_prefix("max-age=").and_then(|text| text.trim_matches('"').parse().ok());
        age = age.or(seconds.map(Duration::from_secs));
    }
    age
}

/// How long the server asks to be left alone: seconds, or an instant by its own clock (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(text(DATE)?).ok()?;
    instant.duration_since(now).ok()
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
