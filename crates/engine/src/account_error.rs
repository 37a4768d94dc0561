//! Why something with an account did not work.

use std::time::Duration;

use claviger_domain::ErrorKind;

use crate::error::Error;
use crate::failures::Wait;
use crate::hashing::HashingError;
use crate::sessions::SecondFactorDue;

/// Why something with an account did not work.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password, code or passkey is wrong.
    #[error("that is not right")]
    Wrong,
    /// The link or ceremony is used, too old, or none of ours.
    #[error("the link has been used or is too old")]
    Stale,
    /// It is not offered here.
    #[error("this is not offered here")]
    NotOffered,
    /// It is there already, or not there any more.
    #[error("this has been done already")]
    Conflict,
    /// The provider that somebody wanted to sign in with did not vouch for them, or not to us.
    #[error("signing in there did not work: {0}")]
    NotVouched(&'static str),
    /// The provider that somebody wanted to sign in with cannot be reached, or makes no sense.
    #[error("the other service does not answer as it should")]
    ProviderAway,
    /// An account has the address already, and nobody else gets it by saying so elsewhere: its owner signs in first,
    /// and links the other provider then.
    #[error(
        "an account has this e-mail address already; sign in to it as you did before, and connect the other service \
         under Security"
    )]
    AddressTaken,
    /// Who somebody is at the other provider belongs to another account already.
    #[error("this sign-in elsewhere belongs to another account already")]
    IdentityTaken,
    /// Without it nobody could sign in to the account any more.
    #[error("this is the only way in to your account; add another one first")]
    OnlyWayIn,
    /// The sign-in was too long ago for this.
    #[error("you signed in too long ago for this; sign in again first")]
    SignInAgain,
    /// Too many attempts failed.
    #[error("too many attempts; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next attempt is heard.
        retry_after: Duration,
    },
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

impl AccountError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Wrong | Self::SignInAgain | Self::SecondFactorDue(_) => ErrorKind::Unauthenticated,
            Self::Stale | Self::NotVouched(_) => ErrorKind::InvalidRequest,
            Self::NotOffered => ErrorKind::NotFound,
            Self::ProviderAway => ErrorKind::Unavailable,
            Self::Conflict | Self::AddressTaken | Self::IdentityTaken | Self::OnlyWayIn => {
                ErrorKind::Conflict
            }
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for AccountError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for AccountError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HashingError> for AccountError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => error.into(),
        }
    }
}

impl From<Wait> for AccountError {
    fn from(Wait(retry_after): Wait) -> Self {
        Self::TooMany { retry_after }
    }
}
