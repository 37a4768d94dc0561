//! Whether a request that a browser adds a cookie to by itself was made by the API's own pages.
//!
//! Other sites can make a browser send such a request, but cannot choose its `Origin` and `Sec-Fetch-Site` fields.

use http::header::{HeaderMap, ORIGIN, UPGRADE};
use http::{HeaderName, HeaderValue, Method};

use crate::request_head::bare_host;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request changes something, or opens a channel on which its sender can: its reader's origin is then not
/// checked by the browser.
pub(crate) fn is_unsafe(method: &Method, headers: &HeaderMap) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || headers.contains_key(UPGRADE)
}

/// Where a request says that it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// On a page of the API itself, or by its user's own hand.
    Own,
    /// Elsewhere.
    Foreign,
    /// It does not say; browsers always do where it matters.
    Unsaid,
}

impl Provenance {
    /// Reads it. Own origins are the issuer, and the same with the host that the request is for.
    pub(crate) fn read(headers: &HeaderMap, issuer: &str, host: &str) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => {
                let is_own = origin.to_str().is_ok_and(|origin| is_own(origin, issuer, host));
                if is_own { Self::Own } else { Self::Foreign }
            }
            (Some(_), Some(_)) => Self::Foreign,
            (None, _) => {
                let mut sites = headers.get_all(SEC_FETCH_SITE).iter().map(HeaderValue::as_bytes);
                match (sites.next(), sites.next()) {
                    (None, _) => Self::Unsaid,
                    (Some(b"same-origin" | b"none"), None) => Self::Own,
                    _ => Self::Foreign,
                }
            }
        }
    }
}

fn is_own(origin: &str, issuer: &str, host: &str) -> bool {
    if origin.eq_ignore_ascii_case(issuer) {
        return true;
    }
    // Scheme and port are the issuer's, whatever a proxy made of those of the request.
    let Some((scheme, authority)) = issuer.split_once("://") else { return false };
    let issuing = bare_host(authority);
    let port = authority.get(issuing.len()..).unwrap_or_default();
    let Some((of_scheme, of_authority)) = origin.split_once("://") else { return false };
    let (name, of_port) = of_authority.split_at_checked(bare_host(of_authority).len()).unwrap_or_default();
    of_scheme.eq_ignore_ascii_case(scheme)
        && of_port == port
        && !name.is_empty()
        && name.eq_ignore_ascii_case(bare_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn read(headers: &[(&'static str, &'static str)]) -> Provenance {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        Provenance::read(&map, "https://api.test:8443", "sandbox.api.test:80")
    }

    #[test]
    fn only_the_apis_own_origins_are_its_own() {
        for own in ["https://api.test:8443", "https://sandbox.api.test:8443", "HTTPS://API.test:8443"] {
            assert_eq!(read(&[("origin", own)]), Provenance::Own, "{own}");
        }
        for foreign in [
            "null",
            "",
            "https://api.test",
            "http://api.test:8443",
            "https://api.test:84430",
            "https://evil.test",
            "https://evil.api.test:8443",
            "https://api.test:8443.evil.test",
            "https://sandbox.api.test",
        ] {
            assert_eq!(read(&[("origin", foreign)]), Provenance::Foreign, "{foreign}");
        }
        let twice = [("origin", "https://api.test:8443"), ("origin", "https://api.test:8443")];
        assert_eq!(read(&twice), Provenance::Foreign);
    }

    #[test]
    fn the_origin_speaks_before_the_site_and_silence_is_told_apart() {
        assert_eq!(read(&[]), Provenance::Unsaid);
        assert_eq!(read(&[("sec-fetch-site", "same-origin")]), Provenance::Own);
        assert_eq!(read(&[("sec-fetch-site", "none")]), Provenance::Own);
        for site in ["same-site", "cross-site", "", "SAME-ORIGIN"] {
            assert_eq!(read(&[("sec-fetch-site", site)]), Provenance::Foreign, "{site}");
        }
        let both = [("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")];
        assert_eq!(read(&both), Provenance::Foreign);
    }

    #[test]
    fn reading_is_safe_unless_it_opens_a_channel() {
        let mut headers = HeaderMap::new();
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(!is_unsafe(&method, &headers));
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::CONNECT] {
            assert!(is_unsafe(&method, &headers));
        }
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        assert!(is_unsafe(&Method::GET, &headers));
    }
}
