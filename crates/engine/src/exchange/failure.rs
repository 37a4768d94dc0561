//! Slowing down whoever guesses. What is guessed here, passwords apart, has 128 bits and more, so that no one comes near
//! it; what counts is that guessing costs us little, and never costs the owner a login.
//!
//! Therefore an attempt takes no ticket before it is looked at: a burst of good logins is no burst of guesses. Those
//! with a password take one all the same.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::WorkspaceId;
use claviger_secrets::Purpose;

use super::{ExchangeError, Proof};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::{Source, Ticket};

/// How many times as many failures one workspace allows as one of its credentials.
const WORKSPACE_ALLOWANCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// A credential that did not prove itself.
pub(super) struct Unproven {
    pub(super) error: ExchangeError,
    /// Whose it would be.
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

    /// The same error, or that there were too many of it: at this credential, or at those of its workspace. An attempt is only
    /// told so when it has failed; a stranger's guesses never lock the owner out. Only refusals count: a database that
    /// is away is not the caller's guess.
    pub(super) fn count_failure(
        &self,
        caller: &Caller<'_>,
        proof: Proof<'_>,
        Unproven { error, workspace }: Unproven,
    ) -> ExchangeError {
        if !matches!(error, ExchangeError::Refused(_) | ExchangeError::RefreshRefused(_)) {
            return error;
        }
        // Of the address it was asked beforehand whether there is room.
        drop(self.take(&Source::logins(caller.address), NonZeroU32::MIN));
        let of_credential = match self.failing(proof) {
            Some(source) => self.take(&source, NonZeroU32::MIN).map(drop),
            None => Ok(()),
        };
        let of_workspace = match workspace {
            Some(id) => self.take(&Source::Workspace(id), WORKSPACE_ALLOWANCE).map(drop),
            None => Ok(()),
        };
        of_credential.and(of_workspace).map_or_else(|wait| self.too_many(wait), |()| error)
    }

    /// Whose failures an attempt counts among. One with a password was counted before it was looked at.
    fn failing(&self, proof: Proof<'_>) -> Option<Source> {
        match proof {
            Proof::Key(proof) => Some(Source::Key(self.vault().hash(Purpose::Key, proof.key.as_bytes()))),
            Proof::Client { id, .. } => id.parse().ok().map(Source::Client),
            Proof::User { .. } => None,
        }
    }

    fn take(&self, source: &Source, times: NonZeroU32) -> Result<Ticket, Duration> {
        let limit = self.options().failed_logins_per_minute.saturating_mul(times);
        self.failures().take(source, limit, self.now())
    }

    fn too_many(&self, wait: Duration) -> ExchangeError {
        ExchangeError::TooMany { retry_at: self.now().plus(wait) }
    }
}
