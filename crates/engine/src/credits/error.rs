//! Why something with credits did not work.

use claviger_domain::{ChargeState, ErrorKind, NotAllowed};

use crate::error::Error;

/// Why something with credits did not work.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The workspace has no such charge.
    #[error("no such charge")]
    UnknownCharge,
    /// The workspace has too few credits for it.
    #[error("the workspace has too few credits left: {available}")]
    Exhausted {
        /// What it has.
        available: u64,
    },
    /// The charge is there with another amount.
    #[error("a charge of this id took another amount")]
    OtherAmount,
    /// The charge has come too far for this.
    #[error("the charge is {} already", .0.as_str())]
    Settled(ChargeState),
    /// The credits would end before they are given.
    #[error("the credits would end before they are given")]
    EndsTooEarly,
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// Others took credits of this workspace at the same moment, again and again.
    #[error("too many charges of this workspace at once; try again in a moment")]
    Busy,
    /// Only the provider does this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl CreditError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWorkspace | Self::UnknownCharge => ErrorKind::NotFound,
            Self::Exhausted { .. } => ErrorKind::RateLimited,
            Self::OtherAmount | Self::Settled(_) => ErrorKind::Conflict,
            Self::EndsTooEarly | Self::IdempotencyMismatch => ErrorKind::InvalidRequest,
            Self::Busy => ErrorKind::Unavailable,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::EndsTooEarly => Some("/expires_at"),
            Self::OtherAmount => Some("/amount"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for CreditError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for CreditError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}
