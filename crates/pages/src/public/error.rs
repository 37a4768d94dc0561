//! Refusals as pages. A fault's cause is logged once, with the request's id, and never shown.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::ErrorKind;
use claviger_engine::{AccountError, OAuthError, SessionError};
use claviger_oauth::ParametersError;
use http::StatusCode;

use crate::explain::{Explain, sentence};
use crate::onward::Onward;
use crate::sent::FormError;
use crate::words::{Phrase, say};

/// What handlers answer.
pub(crate) type Answer = Result<Response, PublicError>;

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublicError {
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NoPage,
    /// The address is right, the method is not.
    #[error("this address cannot be used that way")]
    Method,
    /// Nobody is signed in; afterwards they come back.
    #[error("nobody is signed in")]
    NotSignedIn(Onward),
    /// The second factor is missing; afterwards they come back.
    #[error("a second factor is due")]
    SecondFactorDue(Onward),
    /// The form is not one of ours.
    #[error(transparent)]
    Form(#[from] FormError),
    /// An authorization request cannot be read.
    #[error("the request cannot be read: {0}")]
    Parameters(#[from] ParametersError),
    /// A use case refused or failed.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// A use case refused or failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A use case refused or failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A template failed.
    #[error("a page could not be rendered")]
    Template(#[from] askama::Error),
    /// An address cannot stand in a header.
    #[error("an address cannot stand in a header")]
    Location,
}

impl PublicError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPage => ErrorKind::NotFound,
            Self::Method | Self::Parameters(_) | Self::Form(FormError::Unreadable) => {
                ErrorKind::InvalidRequest
            }
            Self::Form(FormError::Forged) => ErrorKind::Forbidden,
            Self::NotSignedIn(_) | Self::SecondFactorDue(_) => ErrorKind::Unauthenticated,
            Self::OAuth(error) => of_page(error.kind()),
            Self::Account(error) => of_page(error.kind()),
            Self::Session(error) => of_page(error.kind()),
            Self::Template(_) | Self::Location => ErrorKind::Internal,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::from_u16(self.kind().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// What the makers of the application that sent the browser here have to know.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::OAuth(OAuthError::Refused(refusal)) => Some(refusal.to_string()),
            Self::Parameters(error) => Some(sentence(error)),
            _ => None,
        }
    }

    pub(crate) fn title(&self) -> Phrase {
        match (self, self.kind()) {
            (Self::Account(AccountError::AddressTaken), _) => say("error-account-already"),
            (Self::Account(AccountError::IdentityTaken), _) => say("error-belongs-another-account"),
            (_, ErrorKind::Unavailable) => say("error-not-available-right-now"),
            (_, ErrorKind::Internal) => say("error-something-broke"),
            (_, ErrorKind::NotFound) => say("error-not-found"),
            (_, ErrorKind::RateLimited) => say("error-too-fast"),
            (_, ErrorKind::Conflict) => say("error-changed-meanwhile"),
            (Self::Form(_), _) => say("error-page-out-date"),
            (Self::Account(AccountError::Stale), _) => say("error-link-does-not-work-any"),
            (Self::Parameters(_) | Self::OAuth(_), _) => say("error-request-does-not-work"),
            _ => say("error-did-not-work"),
        }
    }

    pub(crate) fn message(&self, retry_after: Option<u64>) -> Phrase {
        match (self, self.kind()) {
            (Self::Account(AccountError::ProviderAway), _) => say("error-service-wanted-sign-does-not"),
            (_, ErrorKind::Unavailable) => say("error-part-page-needs-does-not"),
            (_, ErrorKind::Internal) => say("error-our-fault-whoever-looks-after"),
            (_, ErrorKind::RateLimited) => {
                say("error-too-many-attempts").count("seconds", retry_after.unwrap_or(1))
            }
            (Self::Parameters(_) | Self::OAuth(_), _) => say("error-application-link-brought-here-asked"),
            (Self::Account(AccountError::Stale), _) => say("error-used-already-too-old-ask"),
            (Self::Account(error), _) => error.explain(),
            (Self::Session(error), _) => error.explain(),
            (Self::Form(FormError::Forged), _) => say("explain-forged"),
            (Self::Form(FormError::Unreadable), _) => say("explain-bad-form"),
            (Self::Method, _) => say("explain-method"),
            (Self::SecondFactorDue(_), _) => say("explain-second-factor-due"),
            (Self::NotSignedIn(_), _) => say("explain-nobody"),
            (Self::NoPage | Self::Template(_) | Self::Location, _) => say("explain-no-page"),
        }
    }
}

/// The carrier of a refusal to [`super::frame::frame`], or the way to the sign-in.
impl IntoResponse for PublicError {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn(onward) => Redirect::to(&onward.to("/sign-in")).into_response(),
            Self::SecondFactorDue(onward) => Redirect::to(&onward.to("/second-factor")).into_response(),
            error => {
                let mut response = error.status().into_response();
                response.extensions_mut().insert(Arc::new(error));
                response
            }
        }
    }
}

/// A page never answers 401, which would demand a scheme of HTTP authentication.
const fn of_page(kind: ErrorKind) -> ErrorKind {
    match kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden => ErrorKind::InvalidRequest,
        kind => kind,
    }
}
