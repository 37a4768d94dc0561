//! Sizes and times of the gateway.

use std::time::Duration;

/// Sizes and times of a gateway.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names and values of a request's header together, in bytes; more is 431.
    pub request_header_bytes: usize,
    /// Header fields of a request; more is 431.
    pub request_header_fields: usize,
    /// A request's body, in bytes; more is 413.
    pub request_body_bytes: u64,
    /// A request's body where its route has rules about it and it must be held in memory, in bytes.
    pub ruled_body_bytes: u64,
    /// An upstream's answer up to its body, in bytes, at least 8192; more is 502. It is the read
    /// buffer of a connection too, so a small one slows large bodies down.
    pub response_header_bytes: usize,
    /// Header fields of an upstream's answer; more is 502.
    pub response_header_fields: usize,
    /// An upstream's body, in bytes; more aborts the answer. None for no bound.
    pub response_body_bytes: Option<u64>,
    /// Until a TCP connection to the upstream stands.
    pub connect_timeout: Duration,
    /// From the last byte of the request to the upstream's header; its TLS handshake counts too.
    pub response_header_timeout: Duration,
    /// Between two chunks of a body, either way.
    pub idle_body_timeout: Duration,
    /// How long one direction of an upgraded connection may go on after the other has ended.
    pub tunnel_linger: Duration,
    /// Idle connections kept per upstream.
    pub pool_idle_connections: usize,
    /// How long an idle connection to an upstream is kept.
    pub pool_idle_timeout: Duration,
    /// Whether the upstream sees the caller's `Host` instead of its own. Such upstreams are spoken to
    /// in HTTP/1.1 only, since HTTP/2 derives `:authority` from the address.
    pub keep_host: bool,
    /// How https upstreams are trusted; none for Mozilla's roots.
    pub upstream_tls: Option<rustls::ClientConfig>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_header_bytes: 64 * 1024,
            request_header_fields: 100,
            request_body_bytes: 16 * 1024 * 1024,
            ruled_body_bytes: 1024 * 1024,
            response_header_bytes: 256 * 1024,
            response_header_fields: 100,
            response_body_bytes: None,
            connect_timeout: Duration::from_secs(5),
            response_header_timeout: Duration::from_secs(60),
            idle_body_timeout: Duration::from_secs(60),
            tunnel_linger: Duration::from_secs(5),
            pool_idle_connections: 256,
            // Below the five seconds after which common servers close an idle connection: a request
            // written just then is lost, and only an unwritten one can be sent again safely.
            pool_idle_timeout: Duration::from_secs(4),
            keep_host: false,
            upstream_tls: None,
        }
    }
}
