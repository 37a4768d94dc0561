//! Whether a form was sent from one of our own pages, as far as the browser says.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Uri};

/// Whether nothing speaks against it. The form's token is the proof; this stops other sites even where one leaks.
///
/// `Sec-Fetch-Site` (Fetch Metadata) is believed first, since no script and no proxy writes it; else `Origin`
/// (RFC 6454) has to be this origin. A client that sends neither is no browser that could be tricked.
pub(crate) fn is_ours(headers: &HeaderMap, uri: &Uri, is_secure: bool) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    // HTTP/2 has the host in the request's target.
    let host = uri.authority().map(|authority| authority.as_str().as_bytes());
    let Some(host) = host.or_else(|| headers.get(HOST).map(http::HeaderValue::as_bytes)) else {
        return false;
    };
    let scheme: &[u8] = if is_secure { b"https://" } else { b"http://" };
    origin.as_bytes().strip_prefix(scheme).is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        });
        is_ours(&headers.collect(), &Uri::from_static("/console"), false)
    }

    #[test]
    fn other_sites_are_told_by_either_header() {
        const HOST: (&str, &str) = ("host", "127.0.0.1:8080");
        assert!(ours(&[HOST]));
        assert!(ours(&[HOST, ("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(ours(&[HOST, ("origin", "http://127.0.0.1:8080")]));
        for origin in ["null", "http://evil.example", "https://127.0.0.1:8080", "http://127.0.0.1:80801", ""]
        {
            assert!(!ours(&[HOST, ("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert!(!ours(&[HOST, ("sec-fetch-site", site), ("origin", "http://127.0.0.1:8080")]), "{site}");
        }
    }
}
