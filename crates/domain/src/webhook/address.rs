//! Where an endpoint is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use url::{Host, Url};

/// The longest address, in bytes.
const MAX: usize = 2_000;

/// The address of an endpoint: `https`, or `http` to this machine itself, which only settings for development allow to
/// be asked. Kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAddress(Arc<str>);

/// Why a text is no address of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookAddressError {
    /// It is longer than 2000 bytes.
    #[error("must have at most {MAX} characters")]
    TooLong,
    /// It is no absolute address in ASCII.
    #[error("must be an absolute URL, like https://example.com/webhooks")]
    Form,
    /// It has a fragment, which is never sent.
    #[error("must not have a fragment")]
    Fragment,
    /// It names a user or a password, which would stand in lists and logs.
    #[error("must not name a user or a password")]
    UserInfo,
    /// Messages would travel in the clear.
    #[error("must use https")]
    Insecure,
}

impl WebhookAddress {
    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, for mails and lists.
    pub fn host(&self) -> String {
        Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl FromStr for WebhookAddress {
    type Err = WebhookAddressError;

    fn from_str(text: &str) -> Result<Self, WebhookAddressError> {
        if text.len() > MAX {
            return Err(WebhookAddressError::TooLong);
        }
        // `url` mends white space, backslashes and other alphabets; what it mends was not what was meant.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(WebhookAddressError::Form);
        }
        let url = Url::parse(text).map_err(|_| WebhookAddressError::Form)?;
        let host = url.host().ok_or(WebhookAddressError::Form)?;
        if text.contains('#') {
            return Err(WebhookAddressError::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookAddressError::UserInfo);
        }
        match url.scheme() {
            "https" => Ok(Self(text.into())),
            "http" if is_loopback(&host) => Ok(Self(text.into())),
            "http" => Err(WebhookAddressError::Insecure),
            _ => Err(WebhookAddressError::Form),
        }
    }
}

impl fmt::Display for WebhookAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        // RFC 6761 section 6.3: these names never leave the machine.
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_can_be_an_endpoint() {
        for good in ["https://a.example/hooks?x=1", "http://127.0.0.1:9/", "http://sample.localhost:8080/in"]
        {
            assert_eq!(good.parse::<WebhookAddress>().unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("http://a.example/", WebhookAddressError::Insecure),
            ("http://127.0.0.1.example/", WebhookAddressError::Insecure),
            ("https://u:p@a.example/", WebhookAddressError::UserInfo),
            ("https://a.example/#x", WebhookAddressError::Fragment),
            ("ftp://a.example/", WebhookAddressError::Form),
            ("file:///etc/passwd", WebhookAddressError::Form),
            ("https://", WebhookAddressError::Form),
            ("/hooks", WebhookAddressError::Form),
            ("https://a.example/a b", WebhookAddressError::Form),
            ("https:\\\\a.example", WebhookAddressError::Form),
            ("", WebhookAddressError::Form),
        ] {
            assert_eq!(bad.parse::<WebhookAddress>(), Err(why), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(MAX));
        assert_eq!(long.parse::<WebhookAddress>(), Err(WebhookAddressError::TooLong));
    }

    #[test]
    fn a_host_is_told_without_the_rest() {
        assert_eq!(
            "https://a.example:8443/hooks?token=x".parse::<WebhookAddress>().unwrap().host(),
            "a.example"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<WebhookAddress>();
        }
    }
}
