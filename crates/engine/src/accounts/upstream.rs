//! Signing in at another OpenID provider.

use claviger_domain::Origin;

use super::AccountError;
use crate::engine::Engine;
use crate::exchange::Caller;
use crate::sign_in::IssuedSession;

/// A provider that people can sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamProvider {
    /// Its name in addresses: `a-z`, `0-9`, `-`.
    pub name: String,
    /// What people call it.
    pub title: String,
}

/// The way there.
#[derive(Clone, Debug)]
pub struct UpstreamStart {
    /// The provider's authorization endpoint with its parameters.
    pub location: String,
    /// What has to come back in a cookie of the same browser: sealed, good for ten minutes.
    pub state: String,
}

impl Engine {
    /// The providers of an API.
    pub fn upstream_providers(&self, caller: &Caller<'_>) -> Vec<UpstreamProvider> {
        let _ = caller;
        Vec::new()
    }

    /// Begins: where the browser goes.
    ///
    /// # Errors
    /// When there is no such provider, or it does not answer.
    pub async fn begin_upstream(
        &self,
        caller: &Caller<'_>,
        provider: &str,
        flow: &str,
    ) -> Result<UpstreamStart, AccountError> {
        let _ = (caller, provider, flow);
        Err(AccountError::NotOffered)
    }

    /// Takes the answer: a session, and the flow that was going on.
    ///
    /// # Errors
    /// When the answer is not the provider's to this browser, or a part fails.
    pub async fn finish_upstream(
        &self,
        caller: &Caller<'_>,
        state: &str,
        query: &str,
        from: Origin,
    ) -> Result<(IssuedSession, String), AccountError> {
        let _ = (caller, state, query, from);
        Err(AccountError::Stale)
    }
}
