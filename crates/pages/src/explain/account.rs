//! Refusals of signing in, and of looking after an account.

use claviger_engine::{AccountError, MemberError, SessionError, SetupError, SignInError};

use super::{Explain, fault, too_many};
use crate::words::{Phrase, say};

impl Explain for SignInError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Wrong => say("explain-sign-in-wrong"),
            Self::TooManyFailures { retry_after } => {
                say("explain-too-many-failures").count("seconds", retry_after.as_secs() + 1)
            }
            Self::Busy => say("explain-busy"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for AccountError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Wrong => say("explain-not-right"),
            Self::Stale => say("explain-link-stale"),
            Self::NotOffered => say("explain-not-offered"),
            Self::Conflict => say("explain-done-already"),
            Self::NotVouched(why) => say("explain-not-vouched").with("why", why),
            Self::ProviderAway => say("explain-provider-away"),
            Self::AddressTaken => say("explain-address-taken"),
            Self::IdentityTaken => say("explain-identity-taken"),
            Self::OnlyWayIn => say("explain-only-way-in"),
            Self::SignInAgain => say("explain-sign-in-again"),
            Self::TooMany { retry_after } => too_many(*retry_after),
            Self::Busy => say("explain-busy"),
            Self::SecondFactorDue(_) => say("explain-second-factor-due"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for SessionError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Ended => say("explain-session-ended"),
            Self::SecondFactorDue(_) => say("explain-second-factor-due"),
            Self::UnknownSession => say("explain-unknown-session"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for SetupError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Closed => say("explain-setup-closed"),
            Self::WrongCode => say("explain-setup-code"),
            Self::TooMany { retry_after } => too_many(*retry_after),
            Self::Busy => say("explain-busy"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for MemberError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::UnknownMember => say("explain-unknown-member"),
            Self::UnknownInvitation => say("explain-unknown-invitation"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::LastOwner => say("explain-last-owner"),
            Self::AlreadyMember => say("explain-already-member"),
            Self::AlreadyInvited => say("explain-already-invited"),
            Self::TooMany { retry_after } => {
                say("explain-too-many-invitations").count("seconds", retry_after.as_secs() + 1)
            }
            Self::Stale => say("explain-invitation-stale"),
            Self::ForSomeoneElse => say("explain-invitation-other"),
            Self::HasAccount => say("explain-has-account"),
            Self::Busy => say("explain-busy"),
            Self::SecondFactorDue(_) => say("explain-second-factor-due"),
            Self::Failed(_) => fault(),
        }
    }
}
