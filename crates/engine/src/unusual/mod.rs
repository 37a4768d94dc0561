//! Unusual activity: what nodes see is written every minute, looked at by one of them, and what is found is kept,
//! answered and told.
//!
//! A node that dies loses what it saw within a minute. A minute may be looked at twice when a node dies while it does;
//! then what it finds is counted twice and nothing else.

mod answer;
mod examine;
mod leak;
mod letter;
mod manage;
mod raise;
mod report;

pub use self::leak::LeakError;
pub(crate) use self::raise::raise_in;
use claviger_domain::{ErrorKind, KeyTransitionError, NotAllowed};

use crate::error::Error;
use crate::keys::KeyError;

/// Why something could not be done with a finding.
#[derive(Debug, thiserror::Error)]
pub enum FindingError {
    /// There is no such finding, or not in this workspace.
    #[error("no such finding")]
    UnknownFinding,
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It is about no key, or about one that is gone.
    #[error("the finding is about no key that could be restricted")]
    NoKey,
    /// The key's state forbids it.
    #[error(transparent)]
    Transition(#[from] KeyTransitionError),
    /// What was noted is too long or has control characters.
    #[error("a note has at most 500 printable characters")]
    NoteForm,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl FindingError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownFinding => ErrorKind::NotFound,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::NoKey | Self::Transition(_) => ErrorKind::Conflict,
            Self::NoteForm => ErrorKind::InvalidRequest,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for FindingError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<KeyError> for FindingError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NotAllowed(error) => Self::NotAllowed(error),
            KeyError::Transition(error) => Self::Transition(error),
            KeyError::Failed(error) => Self::Failed(error),
            // Nothing else can be wrong with a key that is only restricted or ended.
            _ => Self::NoKey,
        }
    }
}
