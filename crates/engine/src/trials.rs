//! Trials: requests that somebody of a partner's has this server send through its own gateway, to see how an API answers.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{Actor, ErrorKind, NotAllowed, Right, Who};

use crate::engine::Engine;
use crate::failures::Source;

/// Trials a minute of one account.
const TRIALS: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);

/// Why a trial is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The actor may not use keys here.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The account sent too many.
    #[error("too many trials in a minute; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next one is sent.
        retry_after: Duration,
    },
}

impl TrialError {
    /// What kind of failure it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::TooMany { .. } => ErrorKind::RateLimited,
        }
    }
}

impl Engine {
    /// Counts a trial of a member who may use keys. Nobody else has any: an operator is in no workspace, and whoever has a
    /// token can call the API itself.
    ///
    /// # Errors
    /// When the actor is no such member, or sent too many in the last minute.
    pub fn admit_trial(&self, actor: &Actor) -> Result<(), TrialError> {
        actor.require(Right::WriteKeys)?;
        let Who::Member(membership) = actor.who else { return Err(NotAllowed.into()) };
        // Never given back: each one counts.
        let ticket = self.failures().take(&Source::Trials(membership.account), TRIALS, self.now());
        ticket.map(drop).map_err(|retry_after| TrialError::TooMany { retry_after })
    }
}
