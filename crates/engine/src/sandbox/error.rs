//! Why something with a test environment did not work.

use claviger_domain::{ErrorKind, NotAllowed};

use crate::error::Error;

/// Why something with a test environment did not work.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No API of this id is loaded.
    #[error("no such API")]
    UnknownApi,
    /// Another reset has not ended yet.
    #[error("a reset of this test environment goes on already")]
    GoesOn,
    /// Only the provider may do it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SandboxError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownApi => ErrorKind::NotFound,
            Self::GoesOn => ErrorKind::Conflict,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SandboxError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}
