//! The audit record: who did what to which object, from where, and what the object was before and after.

mod action;
mod entry;
mod key_state;
mod object;
mod snapshot;
mod told;

pub use action::{Action, UnknownAction};
pub use entry::{AuditEntry, AuditSeq, ChainFault, ChainHash, ChainPin, FaultKind};
pub use key_state::{KeyMoment, KeySnapshot, KeyText};
pub use object::{AuditObject, UnknownObject};
pub use snapshot::{Audited, Snapshot};

use crate::id::WorkspaceId;

/// What a use case did, to be recorded in the transaction that does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// To what.
    pub object: AuditObject,
    /// Whose object it is.
    pub workspace: Option<WorkspaceId>,
    /// What it was.
    pub before: Option<Snapshot>,
    /// What it is now.
    pub after: Option<Snapshot>,
}

impl Event {
    /// Something was done to an object that has no state to show.
    pub fn about(action: Action, object: impl Into<AuditObject>) -> Self {
        Self { action, object: object.into(), workspace: None, before: None, after: None }
    }

    /// An object was made, or is seen for the first time.
    pub fn made(action: Action, after: &impl Audited) -> Self {
        Self { after: Some(after.snapshot()), ..Self::touched(action, after) }
    }

    /// An object was changed.
    pub fn changed(action: Action, before: &impl Audited, after: &impl Audited) -> Self {
        Self { before: Some(before.snapshot()), ..Self::made(action, after) }
    }

    /// An object is gone.
    pub fn gone(action: Action, before: &impl Audited) -> Self {
        Self { before: Some(before.snapshot()), ..Self::touched(action, before) }
    }

    /// Something was done to an object that stays as it is.
    pub fn touched(action: Action, object: &impl Audited) -> Self {
        Self { workspace: object.workspace(), ..Self::about(action, object.object()) }
    }

    /// Whose object it is.
    #[must_use]
    pub fn of(self, workspace: Option<WorkspaceId>) -> Self {
        Self { workspace, ..self }
    }

    /// What is to be known of it beside.
    #[must_use]
    pub fn with(self, after: Snapshot) -> Self {
        Self { after: Some(after), ..self }
    }
}
