//! Who did a thing, as it is written beside the thing.

use std::fmt;

use crate::id::{AccountId, ClientId, OperatorTokenId, WorkspaceId};
use crate::member::{Membership, Right};

/// Who acts. Engine calls that change something take one; only doors make them, from a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Someone who is signed in to this account.
    Account(AccountId),
    /// A member of a workspace, who reaches nothing outside of it and does there what their role allows.
    Member(Membership),
    /// A script holding this operator token.
    OperatorToken(OperatorTokenId),
    /// Someone with the configuration and the master key at hand: the command line on this machine.
    LocalCommand,
    /// A client that manages its own registration (RFC 7592).
    Client(ClientId),
    /// The server itself: first start, jobs.
    System,
}

/// The actor's role does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not allow this")]
pub struct NotAllowed;

impl Actor {
    /// The only workspace whose things exist for this actor; none for one to whom all exist.
    pub const fn workspace(&self) -> Option<WorkspaceId> {
        match self {
            Self::Member(membership) => Some(membership.workspace),
            Self::Account(_)
            | Self::OperatorToken(_)
            | Self::LocalCommand
            | Self::Client(_)
            | Self::System => None,
        }
    }

    /// Whether things of this workspace exist for this actor.
    pub fn reaches(&self, workspace: WorkspaceId) -> bool {
        self.workspace().is_none_or(|own| own == workspace)
    }

    /// Refuses a member whose role does not have this right. The doors of all others ask for their permits.
    ///
    /// # Errors
    /// When the role does not allow it.
    pub fn require(&self, right: Right) -> Result<(), NotAllowed> {
        match self {
            Self::Member(membership) if !membership.role.allows(right) => Err(NotAllowed),
            _ => Ok(()),
        }
    }

    /// Refuses every member, whatever the role: for what only the provider does.
    ///
    /// # Errors
    /// When the actor is a member.
    pub const fn require_provider(&self) -> Result<(), NotAllowed> {
        match self {
            Self::Member(_) => Err(NotAllowed),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::Member(membership) => membership.account.fmt(f),
            Self::OperatorToken(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::LocalCommand => f.write_str("local"),
            Self::System => f.write_str("system"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::Role;
    use uuid::Uuid;

    #[test]
    fn a_member_reaches_one_workspace_and_does_what_the_role_allows() {
        let own = WorkspaceId::from_uuid(Uuid::from_u128(1));
        let other = WorkspaceId::from_uuid(Uuid::from_u128(2));
        let account = AccountId::from_uuid(Uuid::from_u128(3));
        let member = Actor::Member(Membership { workspace: own, account, role: Role::Viewer });
        assert!(member.reaches(own) && !member.reaches(other));
        assert_eq!(member.require(Right::Read), Ok(()));
        assert_eq!(member.require(Right::WriteKeys), Err(NotAllowed));
        assert_eq!(member.to_string(), account.to_string());
        assert!(Actor::LocalCommand.reaches(other));
        assert_eq!(Actor::System.require(Right::WriteOwners), Ok(()));
        let owner = Actor::Member(Membership { workspace: own, account, role: Role::Owner });
        assert_eq!(owner.require_provider(), Err(NotAllowed), "no role makes a member the provider");
        assert_eq!(Actor::LocalCommand.require_provider(), Ok(()));
    }
}
