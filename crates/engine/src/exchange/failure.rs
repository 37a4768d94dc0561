//! Slowing down whoever guesses. What is guessed here has 128 bits and more, so that no one comes near it; what counts
//! is that guessing costs us little, and never costs the owner a login.
//!
//! Therefore an attempt takes no ticket before it is looked at: a burst of good logins is no burst of guesses.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::WorkspaceId;
use claviger_secrets::Purpose;

use super::{Caller, ExchangeError, KeyProof};
use crate::engine::Engine;
use crate::failures::{Source, Ticket};

/// How many times as many failures one workspace allows as one of its keys.
const WORKSPACE_ALLOWANCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// A key that did not prove itself.
pub(super) struct Unproven {
    pub(super) error: ExchangeError,
    /// Whose key it would be.
    pub(super) workspace: Option<WorkspaceId>,
}

impl<E: Into<ExchangeError>> From<E> for Unproven {
    fn from(error: E) -> Self {
        Self { error: error.into(), workspace: None }
    }
}

impl Engine {
    /// Refuses an attempt from an address with too many failures, without looking at it.
    pub(super) fn check_address(&self, caller: &Caller<'_>) -> Result<(), ExchangeError> {
        let taken = self.take(&Source::logins(caller.address), NonZeroU32::MIN);
        taken.map(Ticket::give_back).map_err(|wait| self.too_many(wait))
    }

    /// The same error, or that there were too many of it: at this key, or at keys of its workspace. An attempt is only
    /// told so when it has failed; a stranger's guesses never lock the owner out. Only refusals count: a database that
    /// is away is not the caller's guess.
    pub(super) fn count_failure(
        &self,
        caller: &Caller<'_>,
        proof: KeyProof<'_>,
        Unproven { error, workspace }: Unproven,
    ) -> ExchangeError {
        if !matches!(error, ExchangeError::Refused(_) | ExchangeError::RefreshRefused(_)) {
            return error;
        }
        // Of the address it was asked beforehand whether there is room.
        drop(self.take(&Source::logins(caller.address), NonZeroU32::MIN));
        let key = self.vault().hash(Purpose::Key, proof.key.as_bytes());
        let of_key = self.take(&Source::Key(key), NonZeroU32::MIN).map(drop);
        let of_workspace = match workspace {
            Some(id) => self.take(&Source::Workspace(id), WORKSPACE_ALLOWANCE).map(drop),
            None => Ok(()),
        };
        of_key.and(of_workspace).map_or_else(|wait| self.too_many(wait), |()| error)
    }

    fn take(&self, source: &Source, times: NonZeroU32) -> Result<Ticket, Duration> {
        let limit = self.options().failed_logins_per_minute.saturating_mul(times);
        self.failures().take(source, limit, self.now())
    }

    fn too_many(&self, wait: Duration) -> ExchangeError {
        ExchangeError::TooMany { retry_at: self.now().plus(wait) }
    }
}
