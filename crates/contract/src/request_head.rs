//! Texts in the head of a request: header fields and the host.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName};

/// The field that proves possession of the key that a token is bound to (RFC 9449 section 4.1).
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The field in which browsers say how a page sends a request.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// A header's one value as text. Two values, or bytes that are no text, name nothing that could exist.
pub(crate) fn single_text<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Option<&'r str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    Some(if values.next().is_some() { "" } else { first.to_str().unwrap_or_default() })
}

/// The user agent, where it is text.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok())
}

/// Whether a browser sent it for a page: those add fields that no page can change (Fetch Metadata section 2). A person
/// who follows a link is no page.
pub(crate) fn is_of_browser(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_MODE)
        .is_some_and(|mode| matches!(mode.as_bytes(), b"cors" | b"no-cors" | b"same-origin"))
}

/// The host without its port and without the dot of a full name.
pub(crate) fn bare_host(host: &str) -> &str {
    let end = if host.starts_with('[') { host.find(']').map(|i| i + 1) } else { host.find(':') };
    let bare = end.and_then(|end| host.get(..end)).unwrap_or(host);
    bare.strip_suffix('.').unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_compared_without_port_and_final_dot() {
        for host in ["api.test", "api.test:8080", "api.test.", "api.test.:80"] {
            assert_eq!(bare_host(host), "api.test");
        }
        assert_eq!(bare_host("[::1]:80"), "[::1]");
        assert_eq!(bare_host(""), "");
    }
}
