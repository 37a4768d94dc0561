//! Counting failed attempts.

use claviger_secrets::Purpose;

use super::{Caller, ExchangeError, KeyProof};
use crate::engine::Engine;

impl Engine {
    /// The same error, or that there were too many of it. Only refusals count: a database that is away is not the
    /// caller's guess.
    pub(super) fn count_failure(
        &self,
        caller: &Caller<'_>,
        proof: KeyProof<'_>,
        error: ExchangeError,
    ) -> ExchangeError {
        if !matches!(error, ExchangeError::Refused(_) | ExchangeError::RefreshRefused(_)) {
            return error;
        }
        let named = self.vault().hash(Purpose::Key, proof.key.as_bytes());
        self.throttle().count(caller.address, named, self.now()).map_or_else(Into::into, |()| error)
    }
}
