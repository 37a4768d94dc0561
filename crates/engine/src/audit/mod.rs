//! The audit record: written in the transaction that does what it says, chained by keyed hashes, read back, checked.

mod chain;
mod key_at;
mod read;
mod verify;

use claviger_domain::ErrorKind;

pub(crate) use self::chain::Auditor;
pub use self::key_at::KeyAt;
pub use self::read::AuditPage;
pub use self::verify::AuditVerdict;

use crate::error::Error;

/// Why the record could not answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Neither the record nor the database knows such a key.
    #[error("no such key")]
    UnknownKey,
    /// The key was changed after that instant and before the record began.
    #[error("the record does not go back that far for this key")]
    NotRecorded,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl AuditError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownKey | Self::NotRecorded => ErrorKind::NotFound,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for AuditError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}
