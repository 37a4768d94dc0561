//! A customer or partner of the provider: the unit of isolation.

use crate::id::WorkspaceId;
use crate::policy::PlanName;
use crate::text::Label;
use crate::time::Timestamp;

/// Whether a workspace's credentials work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspaceState {
    /// They do.
    Active,
    /// None does, until it is resumed.
    Suspended {
        /// Since when.
        since: Timestamp,
    },
}

/// A workspace. A row, not a world: 100,000 of them cost nothing idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: Label,
    /// The plan whose limits apply, where an API has a plan of this name.
    pub plan: Option<PlanName>,
    /// Whether its credentials work.
    pub state: WorkspaceState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}
