//! Reading the audit record, and checking it.

mod key_at;
mod read;
mod verify;

use claviger_domain::{Actor, ErrorKind, Event, Timestamp};

pub use self::key_at::KeyAt;
pub use self::read::AuditPage;
pub use self::verify::AuditVerdict;

use crate::chain::Auditor;
use crate::engine::Engine;
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

impl Engine {
    /// What records what `actor` does at `at`.
    pub(crate) fn auditor(&self, actor: &Actor, at: Timestamp) -> Auditor {
        Auditor::new(self.chain(), self.shared_entropy(), actor.clone(), at)
    }

    /// Records something that changes nothing else, in a transaction of its own.
    pub(crate) async fn record_alone(
        &self,
        actor: &Actor,
        event: Event,
    ) -> Result<(), claviger_store::Error> {
        let audit = self.auditor(actor, self.now());
        self.store().write(move |tx| Box::pin(async move { audit.record(tx, event).await })).await
    }
}
