//! Clients that prove themselves by a signature (RFC 7523, OpenID Connect Core section 9).

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Client, ClientKeys, Timestamp};
use claviger_oauth::{Assertion, AssertionCheck, ErrorCode, Jwt, Refusal};
use claviger_secrets::{PublicKey, Purpose};

use super::asking::ClientRules;
use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;

/// How much the clocks of two nodes may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

impl Engine {
    /// Whether an assertion was made by this client for us, just now, and is seen for the first time.
    pub(super) async fn check_assertion(
        &self,
        caller: &Caller<'_>,
        client: &Client,
        assertion: &str,
        rules: &ClientRules<'_>,
    ) -> Result<(), OAuthError> {
        let jwt = Jwt::parse(assertion).ok_or_else(|| refused("the assertion is no JWT"))?;
        let name = client.id.to_string();
        let check = AssertionCheck {
            client: &name,
            issuer: caller.issuer,
            endpoint: rules.endpoint,
            rules: rules.assertion,
            now: self.now(),
        };
        let assertion = check.check(&jwt)?;
        let keys = self.find_client_keys(client, &assertion).await?;
        let is_signed = keys
            .iter()
            .filter(|key| may_be_of(key, &assertion))
            .any(|key| key.verify(assertion.algorithm, jwt.signed(), jwt.signature()));
        if !is_signed {
            return Err(refused("the assertion was not signed by a key of the client").into());
        }
        if !self.is_first_sight(["assertion", &name, &assertion.id], assertion.forgotten_at).await? {
            return Err(refused("the assertion was used before").into());
        }
        Ok(())
    }

    /// Whom an assertion says it is of (`sub`), without looking at its signature: to find the client whose key checks it.
    pub(super) fn assertion_subject(assertion: &str) -> Option<String> {
        Jwt::parse(assertion)?.text("sub").map(str::to_owned)
    }

    /// Whether something of this name is presented for the first time. It is remembered until that date.
    pub(super) async fn is_first_sight(&self, name: [&str; 3], until: Timestamp) -> Result<bool, Error> {
        // The last part alone is the caller's own; the others hold no NUL.
        // Another node's clock may be behind ours, and take for good what we have forgotten.
        let until = until.plus(CLOCKS_DIFFER);
        let lookup = self.vault().hash(Purpose::SeenOnce, name.join("\0").as_bytes()).bytes();
        let now = self.now();
        let is_first = self
            .store()
            .write(move |tx| Box::pin(async move { tx.insert_seen_once(&lookup, now, until).await }))
            .await?;
        Ok(is_first)
    }

    async fn find_client_keys(
        &self,
        client: &Client,
        assertion: &Assertion,
    ) -> Result<Arc<[PublicKey]>, Refusal> {
        match &client.metadata.keys {
            Some(ClientKeys::Inline(set)) => {
                let set = serde_json::from_str(set).unwrap_or_default();
                Ok(PublicKey::list_of_set(&set).unwrap_or_default().into())
            }
            Some(ClientKeys::Address(address)) => {
                let effects = (self.fetch(), self.clock());
                let found = self.client_keys().find(effects, address, |key| may_be_of(key, assertion)).await;
                found.map_err(|error| {
                    tracing::warn!(client = %client.id, %error, "the keys of a client could not be read");
                    refused("the client's keys could not be read from its jwks_uri")
                })
            }
            None => Err(refused("the client has no keys")),
        }
    }
}

/// Whether a key may have signed an assertion: by its name where both have one, and its algorithm.
fn may_be_of(key: &PublicKey, assertion: &Assertion) -> bool {
    let is_named = match (key.id(), assertion.key_id.as_deref()) {
        (Some(id), Some(wanted)) => id == wanted,
        _ => true,
    };
    is_named && key.fits(assertion.algorithm)
}

fn refused(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, description)
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
