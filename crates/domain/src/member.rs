//! Members: people of a partner, each with a role in a workspace.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{AccountId, InvitationId, WorkspaceId};
use crate::time::Timestamp;

/// What a member may do in a workspace. Rights only grow from one role to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks at everything, changes nothing.
    Viewer,
    /// Makes and changes keys, applications and webhooks.
    Developer,
    /// Also says who else is a member, as long as that is no owner.
    Admin,
    /// Everything, owners included.
    Owner,
}

/// Something that a role may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Seeing keys, applications, members and what is signed in.
    Read,
    /// Making, changing, rotating and revoking keys, and ending what was bought with them.
    WriteKeys,
    /// Registering, changing and disabling applications.
    WriteClients,
    /// Making and changing webhooks, and sending messages again.
    WriteWebhooks,
    /// Inviting and removing members, and giving them roles below owner.
    WriteMembers,
    /// The same for owners.
    WriteOwners,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::WriteKeys,
        Self::WriteClients,
        Self::WriteWebhooks,
        Self::WriteMembers,
        Self::WriteOwners,
    ];

    /// The least role that has it.
    const fn least(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::WriteKeys | Self::WriteClients | Self::WriteWebhooks => Role::Developer,
            Self::WriteMembers => Role::Admin,
            Self::WriteOwners => Role::Owner,
        }
    }
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Developer, Self::Viewer];

    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// Whether it may do this.
    pub fn allows(self, right: Right) -> bool {
        self >= right.least()
    }

    /// The right it takes to give somebody this role, or to take it from them.
    pub const fn guarded_by(self) -> Right {
        match self {
            Self::Owner => Right::WriteOwners,
            Self::Admin | Self::Developer | Self::Viewer => Right::WriteMembers,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is owner, admin, developer or viewer")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// Someone in a workspace, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who.
    pub account: AccountId,
    /// As what.
    pub role: Role,
}

/// A member as the list of a workspace shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who it is, where, and as what.
    pub membership: Membership,
    /// Their address.
    pub email: Email,
    /// What they are called.
    pub name: Option<String>,
    /// Since when they are a member.
    pub created_at: Timestamp,
    /// Who invited them.
    pub created_by: String,
    /// When their role was last changed.
    pub updated_at: Timestamp,
    /// Who changed it.
    pub updated_by: String,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Its link works until `expires_at`.
    Open,
    /// Its time is over; it can be sent again.
    Expired,
    /// Somebody became a member by it.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// It was taken back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// An address that was asked to join a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Whom it was sent to. Only an account with this address can accept it.
    pub email: Email,
    /// As what they would join.
    pub role: Role,
    /// When its letter was last written; none while it waits to be.
    pub sent_at: Option<Timestamp>,
    /// When its link ends.
    pub expires_at: Timestamp,
    /// When somebody became a member by it.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl Invitation {
    /// How it stands at `now`. What is final comes first.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match (self.accepted_at, self.withdrawn_at) {
            (Some(at), _) => InvitationState::Accepted { at },
            (None, Some(at)) => InvitationState::Withdrawn { at },
            (None, None) if self.expires_at <= now => InvitationState::Expired,
            (None, None) => InvitationState::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn each_role_may_do_exactly_this() {
        let rights = |role: Role| Right::ALL.into_iter().filter(|right| role.allows(*right)).count();
        assert_eq!(Role::ALL.map(rights), [6, 5, 4, 1]);
        assert!(Role::Viewer.allows(Right::Read));
        assert!(!Role::Viewer.allows(Right::WriteKeys) && !Role::Viewer.allows(Right::WriteClients));
        assert!(!Role::Developer.allows(Right::WriteMembers));
        assert!(!Role::Admin.allows(Right::WriteOwners));
    }

    #[test]
    fn only_owners_make_owners() {
        for role in Role::ALL {
            let may_make = |made: Role| role.allows(made.guarded_by());
            assert_eq!(may_make(Role::Owner), role == Role::Owner, "{role}");
            assert_eq!(may_make(Role::Viewer), role >= Role::Admin, "{role}");
        }
    }

    #[test]
    fn a_role_round_trips_through_text() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("Owner".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn an_invitation_that_was_used_or_taken_back_does_not_expire() {
        let at = Timestamp::from_seconds;
        let open = Invitation {
            id: InvitationId::from_uuid(Uuid::nil()),
            workspace: WorkspaceId::from_uuid(Uuid::nil()),
            email: "ada@example.com".parse().unwrap(),
            role: Role::Viewer,
            sent_at: None,
            expires_at: at(10),
            accepted_at: None,
            withdrawn_at: None,
            created_at: at(0),
            created_by: "local".to_owned(),
        };
        assert_eq!(open.state(at(9)), InvitationState::Open);
        assert_eq!(open.state(at(10)), InvitationState::Expired);
        let accepted = Invitation { accepted_at: Some(at(5)), ..open.clone() };
        assert_eq!(accepted.state(at(11)), InvitationState::Accepted { at: at(5) });
        let withdrawn = Invitation { withdrawn_at: Some(at(6)), ..open };
        assert_eq!(withdrawn.state(at(11)), InvitationState::Withdrawn { at: at(6) });
    }
}
