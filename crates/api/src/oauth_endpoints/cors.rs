//! Which web pages may read an answer (RFC 9700 section 2.6): anyone's what is public, and those at which clients have
//! redirect URIs what a client in a browser needs.

use bytes::Bytes;
use claviger_contract::Purpose;
use claviger_engine::Engine;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::Asked;

/// With whom an answer is shared.
#[derive(Debug)]
pub(super) enum Sharing {
    /// Everyone.
    Public,
    /// This origin.
    With(HeaderValue),
    /// Nobody, or not this origin.
    Nobody {
        /// Whether another origin would have been told something else.
        depends_on_origin: bool,
    },
}

/// With whom the answer to this request is shared.
pub(super) async fn sharing(engine: &Engine, asked: &Asked<'_>) -> Sharing {
    match asked.endpoint.purpose {
        Purpose::Jwks | Purpose::ServerMetadata | Purpose::OpenIdMetadata | Purpose::ResourceMetadata => {
            Sharing::Public
        }
        Purpose::Token | Purpose::Revoke | Purpose::Userinfo | Purpose::Register | Purpose::Registration => {
            match known_origin(engine, asked).await {
                Some(origin) => Sharing::With(origin),
                None => Sharing::Nobody { depends_on_origin: true },
            }
        }
        _ => Sharing::Nobody { depends_on_origin: false },
    }
}

/// The request's origin, if it is one at which a client of the API has a redirect URI.
async fn known_origin(engine: &Engine, asked: &Asked<'_>) -> Option<HeaderValue> {
    let origin = asked.head.headers.get(ORIGIN)?;
    match engine.is_client_origin(asked.call.installed.api, origin.to_str().ok()?).await {
        Ok(is_known) => is_known.then(|| origin.clone()),
        Err(error) => {
            // The request itself can still be answered; only the browser will not show it to the page.
            let error: &dyn std::error::Error = &error;
            tracing::warn!(request_id = asked.call.request_id, error, "an origin could not be looked up");
            None
        }
    }
}

/// What the answer says of it.
pub(super) fn share(sharing: &Sharing, headers: &mut HeaderMap) {
    let origin = match sharing {
        Sharing::Public => HeaderValue::from_static("*"),
        Sharing::With(origin) => origin.clone(),
        Sharing::Nobody { depends_on_origin } => {
            if *depends_on_origin {
                headers.append(VARY, HeaderValue::from_static("Origin"));
            }
            return;
        }
    };
    if matches!(sharing, Sharing::With(_)) {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("WWW-Authenticate, Retry-After"));
}

/// The answer to `OPTIONS`, which browsers send before they send more.
pub(super) fn preflight(asked: &Asked<'_>, sharing: &Sharing) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods: Vec<&str> = asked.endpoint.methods().iter().map(http::Method::as_str).collect();
    // Names of methods are tokens, so they are a field's value.
    let Ok(methods) = HeaderValue::try_from(methods.join(", ")) else { return response };
    headers.insert(ALLOW, methods.clone());
    if !matches!(sharing, Sharing::Nobody { .. }) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        let fields = HeaderValue::from_static("Authorization, Content-Type, DPoP");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, fields);
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    asked.contract().write_request_id(asked.call.request_id, headers);
    response
}
