//! The origin that a browser shows, to which passkeys belong.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Uri};

use crate::state::PagesState;

/// The origin of a request, as its browser shows it. A request reaches these pages at hosts of ours only.
pub(crate) struct Site(String);

impl Site {
    /// The origin of the request with this target and these headers; an empty one where no host is named, at which
    /// nobody has a passkey.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap, is_secure: bool) -> Self {
        // HTTP/2 has the host in the request's target.
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let host = authority.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
        let scheme = if is_secure { "https" } else { "http" };
        Self(host.map(|host| format!("{scheme}://{host}")).unwrap_or_default())
    }

    /// As a text, without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<PagesState> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.headers, state.is_secure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_the_browser_shows() {
        let at = |uri: &'static str, host: Option<&'static str>, is_secure| {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert(HOST, http::HeaderValue::from_static(host));
            }
            Site::of(&Uri::from_static(uri), &headers, is_secure).0
        };
        assert_eq!(at("/console", Some("localhost:8080"), false), "http://localhost:8080");
        assert_eq!(at("https://auth.example/console", None, true), "https://auth.example");
        assert_eq!(at("/console", None, true), "");
    }
}
