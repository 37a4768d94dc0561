//! Why something with webhooks did not work.

use claviger_domain::{ErrorKind, NotAllowed};

use crate::error::Error;

/// Why something with webhooks or their messages did not work.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such webhook, or not for this actor.
    #[error("no such webhook")]
    UnknownWebhook,
    /// The webhook has no such message, or it is kept no longer.
    #[error("no such message")]
    UnknownMessage,
    /// There is no such workspace, or not for this actor.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The address is inside some network, or not reached by https.
    #[error("messages are sent to public addresses by https only")]
    AddressInside,
    /// There are as many as there may be.
    #[error("there may be at most {max} webhooks")]
    TooMany {
        /// How many are allowed.
        max: u64,
    },
    /// The earlier secret may not go on for so long.
    #[error("the earlier secret may go on for at most {max_seconds} seconds")]
    OverlapTooLong {
        /// The longest time.
        max_seconds: u64,
    },
    /// Nothing is sent to it.
    #[error("the webhook is disabled; enable it first")]
    Disabled,
    /// It has not ended, so there is nothing to repeat.
    #[error("the message waits to be sent already")]
    Waits,
    /// Someone else changed it at the same time.
    #[error("the webhook was changed by someone else meanwhile; read it again and repeat")]
    ChangedMeanwhile,
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl WebhookError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWebhook | Self::UnknownMessage => ErrorKind::NotFound,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::UnknownWorkspace
            | Self::AddressInside
            | Self::TooMany { .. }
            | Self::OverlapTooLong { .. }
            | Self::IdempotencyMismatch => ErrorKind::InvalidRequest,
            Self::Disabled | Self::Waits | Self::ChangedMeanwhile => ErrorKind::Conflict,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownWorkspace => "/workspace",
            Self::AddressInside => "/url",
            Self::OverlapTooLong { .. } => "/overlap_seconds",
            _ => return None,
        })
    }
}

impl From<claviger_store::Error> for WebhookError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for WebhookError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}
