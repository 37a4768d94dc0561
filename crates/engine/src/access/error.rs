//! Why something with a request for access did not work.

use std::time::Duration;

use claviger_domain::{ErrorKind, KeyKind, NotAllowed, Scope};

use crate::account_error::AccountError;
use crate::error::Error;
use crate::keys::KeyError;

/// Why something with a request for access did not work.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no such request, or not for this actor.
    #[error("no such access request")]
    UnknownRequest,
    /// There is no such API.
    #[error("no such API")]
    UnknownApi,
    /// Nothing was asked for, or an environment that the API has no keys for.
    #[error("choose at least one environment that the API has")]
    NoEnvironment,
    /// The actor may not do this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It was approved or declined before.
    #[error("this request has been decided already")]
    Ruled,
    /// Somebody has checked the step before.
    #[error("this step has been checked already")]
    Checked,
    /// Something of the checklist is open.
    #[error("{count} of the review's steps have not been checked")]
    StepsOpen {
        /// How many.
        count: usize,
    },
    /// The contract defines no such scope.
    #[error("the API's contract defines no scope `{0}`")]
    UndefinedScope(Scope),
    /// The first key was shown before.
    #[error("this key was shown already and cannot be shown again; make another one")]
    Shown,
    /// Too many requests came from one place.
    #[error("too many requests; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next is heard.
        retry_after: Duration,
    },
    /// Too many requests wait for a decision, or mails to be sent.
    #[error("too many requests wait at the moment; try again later")]
    Busy,
    /// The API has lost the form of key that was asked for.
    #[error("the API has no {} keys there any more", .0.as_str())]
    NoFormat(KeyKind),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl AccessError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownRequest => ErrorKind::NotFound,
            Self::UnknownApi | Self::NoEnvironment | Self::UndefinedScope(_) => ErrorKind::InvalidRequest,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Ruled | Self::Checked | Self::StepsOpen { .. } | Self::Shown | Self::NoFormat(_) => {
                ErrorKind::Conflict
            }
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::UnknownApi => Some("/api"),
            Self::NoEnvironment => Some("/environments"),
            Self::UndefinedScope(_) => Some("/scopes"),
            Self::Checked => Some("/step"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for AccessError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Of what is asked before a letter is sent; nothing else of it can happen here.
impl From<AccountError> for AccessError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::TooMany { retry_after } => Self::TooMany { retry_after },
            AccountError::Failed(error) => Self::Failed(error),
            _ => Self::Busy,
        }
    }
}

/// Of making a first key from what was checked before.
impl From<KeyError> for AccessError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Failed(error) => Self::Failed(error),
            KeyError::UndefinedScope(scope) => Self::UndefinedScope(scope),
            KeyError::NoFormat { kind, .. } => Self::NoFormat(kind),
            KeyError::NotAllowed(error) => Self::NotAllowed(error),
            KeyError::UnknownApi => Self::UnknownApi,
            _ => Self::UnknownRequest,
        }
    }
}
