//! Who did a thing, and by which request, as it is written beside the thing and into the audit record.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::id::{AccountId, ClientId, OperatorTokenId, WorkspaceId};
use crate::member::{Membership, Right};

/// Who acts. Only doors make one, from a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Staff of the provider, signed in.
    Operator(AccountId),
    /// A member of a workspace, who reaches nothing outside of it and does there what their role allows.
    Member(Membership),
    /// One of the partners' people in no workspace: signing in, or minding their own account.
    Partner(AccountId),
    /// A user of an API, signed in or holding a mail that was sent to them.
    User(AccountId),
    /// A script holding this operator token.
    OperatorToken(OperatorTokenId),
    /// A client that manages its own registration (RFC 7592).
    Client(ClientId),
    /// Someone with the configuration and the master key at hand: the command line on this machine.
    LocalCommand,
    /// Somebody who has proved nothing.
    Visitor,
    /// The server itself: first start, jobs.
    System,
}

impl Who {
    /// What sort of actor it is, as the audit record says it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Operator(_) => "operator",
            Self::Member(_) | Self::Partner(_) => "member",
            Self::User(_) => "user",
            Self::OperatorToken(_) => "operator_token",
            Self::Client(_) => "client",
            Self::LocalCommand => "local",
            Self::Visitor => "visitor",
            Self::System => "system",
        }
    }

    /// Whether `name` is one that some actor is written as.
    pub fn is_name(name: &str) -> bool {
        matches!(name, "local" | "visitor" | "system")
            || name.parse::<AccountId>().is_ok()
            || name.parse::<OperatorTokenId>().is_ok()
            || name.parse::<ClientId>().is_ok()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(id) | Self::Partner(id) | Self::User(id) => id.fmt(f),
            Self::Member(membership) => membership.account.fmt(f),
            Self::OperatorToken(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::LocalCommand => f.write_str("local"),
            Self::Visitor => f.write_str("visitor"),
            Self::System => f.write_str("system"),
        }
    }
}

/// The request by which somebody acts, as far as its door knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The id under which it is logged.
    pub request: Option<Arc<str>>,
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: Option<IpAddr>,
}

impl Call {
    /// No request: the command line, jobs.
    pub const NONE: Self = Self { request: None, address: None };

    /// A request of which nothing but its address is known.
    pub const fn from_address(address: IpAddr) -> Self {
        Self { request: None, address: Some(address) }
    }
}

/// Whoever acts, and from where. Engine calls that change something take one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// By which request.
    pub call: Call,
}

/// The actor's role does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your role does not allow this")]
pub struct NotAllowed;

impl Actor {
    /// The command line on this machine.
    pub const LOCAL: Self = Self { who: Who::LocalCommand, call: Call::NONE };
    /// The server itself.
    pub const SYSTEM: Self = Self { who: Who::System, call: Call::NONE };

    /// Somebody who acts by this request.
    pub const fn new(who: Who, call: Call) -> Self {
        Self { who, call }
    }

    /// The only workspace whose things exist for this actor; none for one to whom all exist.
    pub const fn workspace(&self) -> Option<WorkspaceId> {
        match self.who {
            Who::Member(membership) => Some(membership.workspace),
            Who::Operator(_)
            | Who::Partner(_)
            | Who::User(_)
            | Who::OperatorToken(_)
            | Who::Client(_)
            | Who::LocalCommand
            | Who::Visitor
            | Who::System => None,
        }
    }

    /// Whether things of this workspace exist for this actor.
    pub fn reaches(&self, workspace: WorkspaceId) -> bool {
        match self.who {
            Who::Member(membership) => membership.workspace == workspace,
            Who::Partner(_) | Who::User(_) | Who::Visitor => false,
            Who::Operator(_) | Who::OperatorToken(_) | Who::Client(_) | Who::LocalCommand | Who::System => {
                true
            }
        }
    }

    /// Refuses a member whose role does not have this right, and whoever is no member and nobody of the provider's. The
    /// doors of all others ask for their permits.
    ///
    /// # Errors
    /// When the role does not allow it, or there is none.
    pub fn require(&self, right: Right) -> Result<(), NotAllowed> {
        match self.who {
            Who::Member(membership) if membership.role.allows(right) => Ok(()),
            Who::Member(_) | Who::Partner(_) | Who::User(_) | Who::Visitor => Err(NotAllowed),
            Who::Operator(_) | Who::OperatorToken(_) | Who::Client(_) | Who::LocalCommand | Who::System => {
                Ok(())
            }
        }
    }

    /// Refuses whoever is nobody of the provider's, members whatever their role: for what only the provider does.
    ///
    /// # Errors
    /// When the actor is no operator, nothing of an operator's, and not the server itself.
    pub const fn require_provider(&self) -> Result<(), NotAllowed> {
        match self.who {
            Who::Operator(_) | Who::OperatorToken(_) | Who::LocalCommand | Who::System => Ok(()),
            Who::Member(_) | Who::Partner(_) | Who::User(_) | Who::Client(_) | Who::Visitor => {
                Err(NotAllowed)
            }
        }
    }
}

/// Who it is; not from where.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.who.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::Role;
    use uuid::Uuid;

    fn member(workspace: WorkspaceId, role: Role) -> Who {
        Who::Member(Membership { workspace, account: AccountId::from_uuid(Uuid::from_u128(3)), role })
    }

    #[test]
    fn every_actor_has_a_name_that_filters_know() {
        let id = Uuid::from_u128(1);
        let account = AccountId::from_uuid(id);
        let all = [
            Who::Operator(account),
            member(WorkspaceId::from_uuid(id), Role::Owner),
            Who::Partner(account),
            Who::User(account),
            Who::OperatorToken(OperatorTokenId::from_uuid(id)),
            Who::Client(ClientId::from_uuid(id)),
            Who::LocalCommand,
            Who::Visitor,
            Who::System,
        ];
        for who in all {
            assert!(Who::is_name(&who.to_string()), "{who}");
        }
        assert!(!Who::is_name("root") && !Who::is_name(""));
    }

    #[test]
    fn a_member_reaches_one_workspace_and_does_what_the_role_allows() {
        let own = WorkspaceId::from_uuid(Uuid::from_u128(1));
        let other = WorkspaceId::from_uuid(Uuid::from_u128(2));
        let viewer = Actor::new(member(own, Role::Viewer), Call::NONE);
        assert!(viewer.reaches(own) && !viewer.reaches(other));
        assert_eq!(viewer.require(Right::Read), Ok(()));
        assert_eq!(viewer.require(Right::WriteKeys), Err(NotAllowed));
        assert_eq!(viewer.to_string(), AccountId::from_uuid(Uuid::from_u128(3)).to_string());
        assert!(Actor::LOCAL.reaches(other));
        assert_eq!(Actor::SYSTEM.require(Right::WriteOwners), Ok(()));
        let owner = Actor::new(member(own, Role::Owner), Call::NONE);
        assert_eq!(owner.require_provider(), Err(NotAllowed), "no role makes a member the provider");
        assert_eq!(Actor::LOCAL.require_provider(), Ok(()));
    }

    #[test]
    fn who_is_nobody_of_a_workspace_reaches_none() {
        let account = AccountId::from_uuid(Uuid::from_u128(3));
        for who in [Who::Partner(account), Who::User(account), Who::Visitor] {
            let actor = Actor::new(who, Call::NONE);
            assert!(!actor.reaches(WorkspaceId::from_uuid(Uuid::from_u128(1))), "{who:?}");
            assert_eq!(actor.require(Right::Read), Err(NotAllowed), "{who:?}");
            assert_eq!(actor.require_provider(), Err(NotAllowed), "{who:?}");
        }
    }
}
