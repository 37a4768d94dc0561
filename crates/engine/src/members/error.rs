//! Why something with members did not work.

use std::time::Duration;

use claviger_domain::{ErrorKind, NotAllowed};

use crate::error::Error;
use crate::hashing::HashingError;
use crate::sessions::SecondFactorDue;

/// Why something with members or invitations did not work.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// There is no such workspace, or not for this actor.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The workspace has no such member.
    #[error("no such member")]
    UnknownMember,
    /// The workspace has no such invitation that waits for an answer.
    #[error("no such invitation")]
    UnknownInvitation,
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Without an owner nobody could give out roles.
    #[error("a workspace keeps at least one owner; make somebody else an owner first")]
    LastOwner,
    /// The address is a member's.
    #[error("somebody with this e-mail address is a member already")]
    AlreadyMember,
    /// The address was invited and has not answered.
    #[error("this e-mail address is invited already; send that invitation again instead")]
    AlreadyInvited,
    /// Too many invitations were made, or one was sent moments ago.
    #[error("too many invitations; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next is sent.
        retry_after: Duration,
    },
    /// The link is used, withdrawn, too old, or none of ours.
    #[error("the invitation has been used, was withdrawn or is too old; ask for a new one")]
    Stale,
    /// The invitation was sent to another address than the account's.
    #[error("the invitation is for another e-mail address than yours")]
    ForSomeoneElse,
    /// The invited address has an account; its owner signs in to accept.
    #[error("this e-mail address has an account; sign in to accept the invitation")]
    HasAccount,
    /// Too many passwords are being hashed, or mails wait to be sent.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// The session opens nothing yet.
    #[error(transparent)]
    SecondFactorDue(#[from] SecondFactorDue),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl MemberError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWorkspace | Self::UnknownMember | Self::UnknownInvitation => ErrorKind::NotFound,
            Self::NotAllowed(_) | Self::ForSomeoneElse => ErrorKind::Forbidden,
            Self::LastOwner | Self::AlreadyMember | Self::AlreadyInvited | Self::HasAccount => {
                ErrorKind::Conflict
            }
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Stale => ErrorKind::InvalidRequest,
            Self::Busy => ErrorKind::Unavailable,
            Self::SecondFactorDue(_) => ErrorKind::Unauthenticated,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::AlreadyMember | Self::AlreadyInvited => Some("/email"),
            Self::LastOwner => Some("/role"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for MemberError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HashingError> for MemberError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => Self::Failed(error.into()),
        }
    }
}
