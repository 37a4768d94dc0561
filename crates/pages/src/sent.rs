//! Forms that were sent. There is no way to read one but through the check that it is ours.

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use claviger_engine::FormToken;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::error::PageError;
use crate::fields::Fields;
use crate::permit::{Need, Permit};
use crate::provenance::is_ours;
use crate::state::PagesState;

/// The name of the hidden field that proves it.
const TOKEN: &str = "form_token";

/// A form of a signed-in browser, with the permit for what it asks.
pub(crate) struct Sent<N> {
    pub(crate) permit: Permit<N>,
    pub(crate) fields: Fields,
}

impl<N: Need> FromRequest<PagesState> for Sent<N> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &PagesState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let permit = Permit::<N>::from_request_parts(&mut parts, state).await?;
        let unproven = Unproven::from_request(Request::from_parts(parts, body), state).await?;
        let fields = unproven.prove(permit.signed_in().form_token())?;
        Ok(Self { permit, fields })
    }
}

/// A form from one of our own pages, as far as the browser says, whose token is still to be checked.
pub(crate) struct Unproven(Fields);

impl Unproven {
    /// The fields, if the form sent this token.
    pub(crate) fn prove(self, token: &FormToken) -> Result<Fields, PageError> {
        if token.matches(self.0.get(TOKEN)) { Ok(self.0) } else { Err(PageError::Forged) }
    }
}

impl FromRequest<PagesState> for Unproven {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &PagesState) -> Result<Self, PageError> {
        if !is_ours(request.headers(), request.uri(), state.is_secure) {
            return Err(PageError::Forged);
        }
        if !is_form(request.headers()) {
            return Err(PageError::BadForm);
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| PageError::BadForm)?;
        Ok(Self(Fields::parse(&body)))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
