//! Hosts, origins and upstreams as they stand in settings.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::Scheme;
use serde::{Deserialize, Serialize};

/// A host in lower case, without port: a DNS name, an IPv4 address or an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

/// The text is not a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host; write it without scheme, port and path, like `api.example.com`")]
pub struct HostNameError(String);

impl HostName {
    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, HostNameError> {
        let bad = || HostNameError(text.chars().take(100).collect());
        let lower = text.to_ascii_lowercase();
        let inner = match lower.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
            None => lower.split('.').all(is_label) && lower.len() <= 253,
        };
        if inner { Ok(Self(lower)) } else { Err(bad()) }
    }
}

/// RFC 1123 section 2.1, and `_`, which internal names use.
fn is_label(label: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=63).contains(&label.len()) && label.bytes().all(legal) && !label.starts_with('-')
}

/// A scheme, a host and perhaps a port: where a browser or a script goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    secure: bool,
    host: HostName,
    port: Option<u16>,
}

/// The text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an origin; write scheme, host and, unless usual, port, like `https://auth.example.com`"
)]
pub struct OriginError(String);

impl Origin {
    /// Its host.
    pub const fn host(&self) -> &HostName {
        &self.host
    }

    /// Its port, where it is not the scheme's own.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it is reached by TLS.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The same origin on another port.
    #[must_use]
    pub fn on_port(&self, port: u16) -> Self {
        Self { port: Some(port).filter(|port| *port != usual_port(self.secure)), ..self.clone() }
    }
}

const fn usual_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let bad = || OriginError(text.chars().take(100).collect());
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(bad()),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().map_err(|_| bad())?)),
            _ => (rest, None),
        };
        let port = port.filter(|port| *port != usual_port(secure));
        Ok(Self { secure, host: host.parse().map_err(|_| bad())?, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        f.write_str(self.host.as_str())?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Where an API's requests go: an absolute http or https URL without query; its path is a base path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upstream(Uri);

/// The text is not an upstream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an upstream; write an http or https URL without query, like `http://10.0.0.5:3000`")]
pub struct UpstreamError(String);

impl Upstream {
    /// The URL.
    pub const fn uri(&self) -> &Uri {
        &self.0
    }
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        let bad = || UpstreamError(text.chars().take(100).collect());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let reachable = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        let plain = uri.authority().is_some_and(|a| !a.as_str().contains('@')) && uri.query().is_none();
        if reachable && plain { Ok(Self(uri)) } else { Err(bad()) }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! as_text {
    ($($name:ident, $error:ident);*) => {$(
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(HostName, HostNameError; Origin, OriginError; Upstream, UpstreamError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for good in ["http://127.0.0.1:8080", "https://auth.example.com", "http://[::1]:8080", "http://[::1]"]
        {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        assert_eq!("https://A.example:443".parse::<Origin>().unwrap().to_string(), "https://a.example");
        for bad in
            ["", "localhost:80", "ftp://a", "http://a/", "http://a:b", "http://", "http://a b", "http://u@a"]
        {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_upstream_carries_no_credentials_and_no_query() {
        assert!("http://10.0.0.5:3000/base".parse::<Upstream>().is_ok());
        for bad in ["10.0.0.5:3000", "http://u:p@h", "http://h/?x=1", "unix:/x", "/path"] {
            assert!(bad.parse::<Upstream>().is_err(), "{bad}");
        }
    }
}
