//! Why an OAuth use case fails.

use claviger_domain::{ErrorKind, Timestamp};
use claviger_oauth::{ErrorCode, Refusal};

use crate::error::Error;

/// Why a request was refused, or could not be served.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// The caller can be told.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many attempts failed.
    #[error("too many failed attempts")]
    TooMany {
        /// When the next is looked at.
        retry_at: Timestamp,
    },
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl OAuthError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => match refusal.code {
                ErrorCode::InvalidClient | ErrorCode::InvalidToken => ErrorKind::Unauthenticated,
                ErrorCode::AccessDenied | ErrorCode::InsufficientScope => ErrorKind::Forbidden,
                ErrorCode::TooManyRequests => ErrorKind::RateLimited,
                ErrorCode::TemporarilyUnavailable => ErrorKind::Unavailable,
                ErrorCode::ServerError => ErrorKind::Internal,
                _ => ErrorKind::InvalidRequest,
            },
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for OAuthError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for OAuthError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}
