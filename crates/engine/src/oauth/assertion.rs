//! Clients that prove themselves by a signature (RFC 7523, OpenID Connect Core section 9).

use claviger_domain::Client;
use claviger_oauth::{ErrorCode, Refusal};

use super::asking::ClientRules;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;

impl Engine {
    /// Whether an assertion was made by this client for us, just now, and is seen for the first time.
    pub(super) async fn check_assertion(
        &self,
        caller: &Caller<'_>,
        client: &Client,
        assertion: &str,
        rules: &ClientRules<'_>,
    ) -> Result<(), OAuthError> {
        let _ = (caller, client, assertion, rules);
        Err(Refusal::new(ErrorCode::InvalidClient, "not there yet").into())
    }

    /// Whom an assertion says it is of (`sub`), without looking at its signature: to find the client whose key checks it.
    pub(super) fn assertion_subject(assertion: &str) -> Option<String> {
        let _ = assertion;
        None
    }
}
