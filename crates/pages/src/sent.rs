//! Forms that were sent. There is no way to read one but through the check that it is ours.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use claviger_engine::FormToken;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::confirm::confirm;
use crate::error::PageError;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::permit::{Need, Permit};
use crate::provenance::is_ours;
use crate::site::Site;
use crate::state::PagesState;

/// The name of the hidden field that proves it.
const TOKEN: &str = "form_token";

/// A form of a signed-in browser, with the permit for what it asks.
pub(crate) struct Sent<N> {
    pub(crate) permit: Permit<N>,
    pub(crate) fields: Fields,
}

impl<N: Need> FromRequest<PagesState> for Sent<N> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &PagesState) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let site = Site::of(request.uri(), request.headers(), state.is_secure);
        let mut sent = Self::read(request, state).await.map_err(IntoResponse::into_response)?;
        if N::MUST_BE_RECENT {
            sent.fields = confirm(state, sent.permit.reader(), (&path, &site), sent.fields).await?;
        }
        Ok(sent)
    }
}

impl<N: Need> Sent<N> {
    async fn read(request: Request, state: &PagesState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let permit = Permit::<N>::from_request_parts(&mut parts, state).await?;
        let unproven = Unproven::from_request(Request::from_parts(parts, body), state).await?;
        let fields = unproven.prove(permit.signed_in().form_token())?;
        Ok(Self { permit, fields })
    }
}

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    /// It was not sent by one of our pages, or by one of another session.
    #[error("the form is out of date; go back, reload the page and send it again")]
    Forged,
    /// It was not sent as a form, or is too large.
    #[error("the form cannot be read")]
    Unreadable,
}

impl From<FormError> for PageError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Forged => Self::Forged,
            FormError::Unreadable => Self::BadForm,
        }
    }
}

/// A form from one of our own pages, as far as the browser says, whose token is still to be checked.
pub(crate) struct Unproven(Fields);

impl Unproven {
    /// Reads a request's form.
    pub(crate) async fn read(request: Request, is_secure: bool) -> Result<Self, FormError> {
        if !is_ours(request.headers(), request.uri(), is_secure) {
            return Err(FormError::Forged);
        }
        Ok(Self(Fields::parse(&read_from_anywhere(request).await?)))
    }

    /// A form whose fields were read in another way, and whose sender is known to be one of our own pages.
    pub(crate) const fn of(fields: Fields) -> Self {
        Self(fields)
    }

    /// Where it was on the way to. All that may be known of a form whose sender is not.
    pub(crate) fn onward(&self) -> Onward {
        Onward::read(&self.0)
    }

    /// The fields, if the form sent this token.
    pub(crate) fn prove(self, token: &FormToken) -> Result<Fields, FormError> {
        if token.matches(self.0.get(TOKEN)) { Ok(self.0) } else { Err(FormError::Forged) }
    }
}

impl FromRequest<PagesState> for Unproven {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &PagesState) -> Result<Self, PageError> {
        Ok(Self::read(request, state.is_secure).await?)
    }
}

/// The form of an address that other sites send browsers to. Nothing may be done merely because of it.
pub(crate) async fn read_from_anywhere(request: Request) -> Result<Bytes, FormError> {
    if !is_form(request.headers()) {
        return Err(FormError::Unreadable);
    }
    Bytes::from_request(request, &()).await.map_err(|_| FormError::Unreadable)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
