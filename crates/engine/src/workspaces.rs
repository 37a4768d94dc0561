//! Workspaces: make, read, change, suspend, resume.

use claviger_domain::{ErrorKind, Label, PlanName};

use crate::error::Error;

/// What a new workspace is to be.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// What people call it.
    pub name: Label,
    /// The plan whose limits apply.
    pub plan: Option<PlanName>,
}

/// A change to a workspace; `None` leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct WorkspacePatch {
    /// A new name.
    pub name: Option<Label>,
    /// A new plan; `Some(None)` for the default.
    pub plan: Option<Option<PlanName>>,
}

/// Why a workspace could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// No loaded API has a plan of this name.
    #[error("no API has a plan `{0}`")]
    UnknownPlan(PlanName),
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl WorkspaceError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWorkspace => ErrorKind::NotFound,
            Self::UnknownPlan(_) | Self::IdempotencyMismatch => ErrorKind::InvalidRequest,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::UnknownPlan(_) => Some("/plan"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for WorkspaceError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for WorkspaceError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}
