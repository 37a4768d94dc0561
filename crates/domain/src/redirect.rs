//! Redirect URIs: what may be registered, and what matches (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 2.1).

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The longest URI, in bytes.
const MAX: usize = 2_000;

/// An absolute URI without fragment to which browsers may be sent. Kept as it was registered, byte for byte.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RedirectUri(Arc<str>);

/// Why a text cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// It is longer than 2000 bytes.
    #[error("must have at most {MAX} characters")]
    TooLong,
    /// It is no absolute URI in ASCII.
    #[error("must be an absolute URI")]
    Form,
    /// It has a fragment (RFC 6749 section 3.1.2).
    #[error("must not have a fragment")]
    Fragment,
    /// It names a user or password, which browsers show as if it were the host.
    #[error("must not name a user or a password")]
    UserInfo,
    /// `http` to elsewhere than this device (RFC 9700 section 2.6).
    #[error("must use https, but for loopback addresses")]
    Insecure,
    /// A private scheme that is no reversed domain name (RFC 8252 section 7.1), or one that runs code.
    #[error("a private scheme must be a domain name in reverse, such as `com.example.app`")]
    Scheme,
}

impl RedirectUri {
    /// A URI that may be registered.
    ///
    /// # Errors
    /// See [`RedirectUriError`].
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > MAX {
            return Err(RedirectUriError::TooLong);
        }
        // `url` mends white space, backslashes and other alphabets; what it mends was not what was meant.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(RedirectUriError::Form);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::Form)?;
        if url.fragment().is_some() || text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(RedirectUriError::Insecure),
            private if private.contains('.') => {}
            _ => return Err(RedirectUriError::Scheme),
        }
        Ok(Self(text.into()))
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request that names `presented` means this one: byte for byte, but for the port of a loopback IP
    /// address, which a native program cannot know beforehand (RFC 8252 section 7.3).
    pub fn matches(&self, presented: &str) -> bool {
        if *self.0 == *presented {
            return true;
        }
        let is_same_but_port = |registered: &(&str, &str), presented: &(&str, &str)| registered == presented;
        match (without_loopback_port(&self.0), without_loopback_port(presented)) {
            (Some(registered), Some(presented)) => is_same_but_port(&registered, &presented),
            _ => false,
        }
    }

    /// The host that a browser is sent to, or the private scheme.
    pub fn destination(&self) -> String {
        match Url::parse(&self.0) {
            Ok(url) => url.host_str().map_or_else(|| url.scheme().to_owned(), str::to_owned),
            Err(_) => String::new(),
        }
    }

    /// The origin (`scheme://host[:port]`) for a Content-Security-Policy and for CORS; for a private scheme, the
    /// scheme and a colon.
    pub fn origin(&self) -> String {
        match Url::parse(&self.0) {
            Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
            Ok(url) => format!("{}:", url.scheme()),
            Err(_) => String::new(),
        }
    }

    /// Whether it leads to a program on the user's own device.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether it has a private scheme.
    pub fn is_private(&self) -> bool {
        !self.0.starts_with("https:") && !self.0.starts_with("http:")
    }

    /// The URI with parameters added to whatever query it has (RFC 6749 section 3.1.2).
    pub fn with_parameters(&self, presented: &str, parameters: &[(&str, &str)]) -> String {
        let base = if self.matches(presented) { presented } else { &self.0 };
        let mut query = String::new();
        for (name, value) in parameters {
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            query.push_str(if query.is_empty() { "" } else { "&" });
            query.push_str(&format!("{name}={encoded}"));
        }
        let glue = match base.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{base}{glue}{query}")
    }
}

impl Serialize for RedirectUri {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedirectUri({})", self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        // RFC 6761 section 6.3: these names never leave the device.
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// What stands before and after the port of a loopback IP address.
fn without_loopback_port(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let (host, after) = ["127.0.0.1", "[::1]"]
        .into_iter()
        .find_map(|host| rest.strip_prefix(host).map(|after| (host, after)))?;
    let after = match after.strip_prefix(':') {
        Some(port) => {
            let digits = port.bytes().take_while(u8::is_ascii_digit).count();
            port.get(digits..).filter(|_| (1..=5).contains(&digits))?
        }
        None => after,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((host, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn bcp_01_a_uri_that_differs_by_one_byte_does_not_match() {
        let registered = uri("https://app.example.com/cb?a=1");
        assert!(registered.matches("https://app.example.com/cb?a=1"));
        for other in [
            "https://app.example.com/cb?a=2",
            "https://app.example.com/cb",
            "https://app.example.com/cb/?a=1",
            "https://app.example.com/CB?a=1",
            "https://APP.example.com/cb?a=1",
            "https://app.example.com/%63b?a=1",
            "https://app.example.com:443/cb?a=1",
            "https://app.example.com/cb?a=1#x",
            "http://app.example.com/cb?a=1",
            "",
        ] {
            assert!(!registered.matches(other), "{other}");
        }
    }

    #[test]
    fn bcp_02_any_port_of_a_loopback_address_matches_and_nothing_else_differs() {
        let registered = uri("http://127.0.0.1/cb");
        for same in ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"] {
            assert!(registered.matches(same), "{same}");
        }
        let others = [
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:80/cb2",
            "http://127.0.0.1.evil/cb",
            "http://[::1]:80/cb",
            "http://localhost:80/cb",
            "https://127.0.0.1:80/cb",
            "http://127.0.0.1:/cb",
        ];
        for other in others {
            assert!(!registered.matches(other), "{other}");
        }
        assert!(uri("http://[::1]:7/cb?x").matches("http://[::1]:9/cb?x"));
        assert!(!uri("http://localhost:7/cb").matches("http://localhost:8/cb"));
    }

    #[test]
    fn bcp_04_05_06_what_may_be_registered() {
        for good in [
            "https://a.example/cb",
            "http://127.0.0.1:9/cb",
            "http://localhost/cb",
            "com.example.app:/cb",
            "https://a.example/cb?kept=1",
            "http://demo.localhost:3000/cb",
        ] {
            assert!(RedirectUri::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://a.example/cb", RedirectUriError::Insecure),
            ("http://127.0.0.1.example/cb", RedirectUriError::Insecure),
            ("https://a.example/cb#", RedirectUriError::Fragment),
            ("https://a.example/cb#x", RedirectUriError::Fragment),
            ("https://u:p@a.example/cb", RedirectUriError::UserInfo),
            ("myapp:/cb", RedirectUriError::Scheme),
            ("javascript:alert(1)", RedirectUriError::Scheme),
            ("data:text/html,x", RedirectUriError::Scheme),
            ("/cb", RedirectUriError::Form),
            ("https://a.example/c b", RedirectUriError::Form),
            ("https:\\\\a.example", RedirectUriError::Form),
            ("", RedirectUriError::Form),
        ] {
            assert_eq!(RedirectUri::parse(bad), Err(why), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(MAX));
        assert_eq!(RedirectUri::parse(&long), Err(RedirectUriError::TooLong));
    }

    #[test]
    fn parameters_are_added_to_the_query_that_is_there() {
        let add = |text: &str| uri(text).with_parameters(text, &[("code", "a b"), ("state", "&=")]);
        assert_eq!(add("https://a.example/cb"), "https://a.example/cb?code=a+b&state=%26%3D");
        assert_eq!(add("https://a.example/cb?x=1"), "https://a.example/cb?x=1&code=a+b&state=%26%3D");
        let native = uri("http://127.0.0.1/cb");
        assert!(native.with_parameters("http://127.0.0.1:7/cb", &[]).starts_with("http://127.0.0.1:7/cb"));
        assert!(native.with_parameters("http://evil.example/", &[]).starts_with("http://127.0.0.1/cb"));
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_or_matching_panic(text in ".*", other in ".*") {
            if let Ok(uri) = RedirectUri::parse(&text) {
                prop_assert!(uri.matches(&text));
            }
            uri("http://127.0.0.1/cb").matches(&other);
        }
    }
}
