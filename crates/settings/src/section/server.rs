//! `[server]`: how connections are accepted.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Breach;
use crate::origin::Origin;

/// How connections are accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Where.
    pub listen: SocketAddr,
    /// Under which origins the management API is reached. Never empty.
    pub control_origins: Vec<Origin>,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether HTTP/2 is spoken.
    pub http2: bool,
    /// How long things may take.
    pub timeouts: ServerTimeouts,
    /// How large and how many they may be.
    pub limits: ServerLimits,
    /// TLS, when this process does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSettings>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTimeouts {
    /// A request's header; also an idle HTTP/1.1 connection.
    #[serde(with = "crate::duration")]
    pub header: Duration,
    /// A TLS handshake.
    #[serde(with = "crate::duration")]
    pub handshake: Duration,
    /// Running requests after a signal to stop.
    #[serde(with = "crate::duration")]
    pub drain: Duration,
}

/// How large and how many things may be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLimits {
    /// Connections open at once.
    pub connections: NonZeroUsize,
    /// Header fields of one request.
    pub headers: NonZeroUsize,
    /// Bytes of one request's header.
    pub header_bytes: usize,
    /// Requests at once on one HTTP/2 connection.
    pub streams: NonZeroU32,
}

/// Certificate and key, PEM.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate and those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl ServerSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if self.control_origins.is_empty() {
            breaches.push(Breach::new(
                "server.control_origins",
                "name at least one origin, else nobody can reach the management API",
            ));
        }
        // Below 8 KiB hyper refuses to work, and one header field of usual size might not fit.
        if !(8_192..=1_048_576).contains(&self.limits.header_bytes) {
            breaches.push(Breach::new("server.limits.header_bytes", "must be 8192 to 1048576"));
        }
    }
}
