//! The failures every use case shares.

use claviger_domain::ErrorKind;

/// A part the engine stands on failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error("the store failed")]
    Store(#[from] claviger_store::Error),
    /// The crypto library or sealed data.
    #[error("a secret could not be handled")]
    Secrets(#[from] claviger_secrets::Error),
    /// A row holds JSON that is not what was written there.
    #[error("stored details cannot be read")]
    Details(#[from] serde_json::Error),
    /// The configured master key is not the one the database was made with.
    #[error("the master key is not the one this database was made with")]
    WrongMasterKey,
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Secrets(_) | Self::Details(_) | Self::WrongMasterKey => ErrorKind::Internal,
        }
    }
}
