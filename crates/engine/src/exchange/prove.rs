//! Whether a presented key, and its secret, are good. Every refusal takes the same reads as a success.

use std::sync::Arc;

use claviger_domain::{
    CredentialKind, DenialReason, Facts, KeyId, KeyKind, KindSet, ScopeSet, SecretId, Timestamp,
};
use claviger_secrets::{Lookup, Purpose};

use super::failure::Unproven;
use super::{Caller, ExchangeError, KeyProof};
use crate::engine::Engine;
use crate::known::Known;

/// A key that is good now.
pub(super) struct Proven {
    pub(super) key: KeyId,
    /// The generation of its text.
    pub(super) secret: SecretId,
    pub(super) scopes: ScopeSet,
    /// When the key, or this text of it, ends.
    pub(super) ends_at: Option<Timestamp>,
    /// The keyed hash of its secret, which a purchase compares again.
    pub(super) pair_secret: Option<[u8; 32]>,
    known: Arc<Known>,
}

/// What has to be presented with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Its secret, wherever it is a pair, or one is presented.
    Secret,
    /// Nothing: a refresh token stands in for the secret.
    Nothing,
}

impl Engine {
    pub(super) async fn prove_key(
        &self,
        caller: &Caller<'_>,
        proof: KeyProof<'_>,
        needs: Needs,
    ) -> Result<Proven, Unproven> {
        // Hashed and looked for whatever its form: junk must not be answered faster.
        let lookup = self.vault().hash(Purpose::Key, proof.key.as_bytes());
        let presented = self.vault().hash(Purpose::PairSecret, proof.secret.unwrap_or_default().as_bytes());
        let record = self.store().read().await?.find_key_by_lookup(&lookup.bytes()).await?;
        let Some(record) = record.filter(|record| record.key.api == caller.api) else {
            return Err(ExchangeError::Refused(DenialReason::Unknown).into());
        };
        let workspace = Some(record.key.workspace);
        let refused = |reason| Unproven { error: ExchangeError::Refused(reason), workspace };
        let kept = record.key.secret;
        let is_proven = match (needs, proof.secret.is_some(), record.key.kind) {
            (Needs::Nothing, _, _) | (Needs::Secret, false, KeyKind::Single) => true,
            (Needs::Secret, false, KeyKind::Pair) => false,
            (Needs::Secret, true, _) => kept.is_some_and(|kept| Lookup::from_bytes(kept).matches(presented)),
        };
        if !is_proven {
            return Err(refused(DenialReason::Unknown));
        }
        let known = Arc::new(self.known(record, caller.policy));
        let facts = Facts {
            environment: caller.environment,
            accepted: KindSet::NONE.with(CredentialKind::Key),
            address: Some(caller.address),
            user_agent: caller.user_agent,
            ..Facts::none()
        };
        known
            .credential
            .decide(&facts, &caller.policy.scopes, self.now())
            .map_err(|denial| refused(denial.reason))?;
        let principal = &known.credential.principal;
        Ok(Proven {
            key: principal.credential.parse().map_err(|_| refused(DenialReason::Unknown))?,
            secret: known.credential.secret.ok_or_else(|| refused(DenialReason::Unknown))?,
            scopes: principal.scopes.clone(),
            ends_at: known.credential.ends_at,
            pair_secret: kept,
            known,
        })
    }

    /// Notes that a key was used.
    pub(super) fn note_login(&self, caller: &Caller<'_>, proven: &Proven) {
        self.recorder().note(&proven.known, self.now(), Some(caller.address), caller.user_agent);
    }
}

impl Proven {
    /// The scopes of a new token: those asked for, all of which the key must have, or all the key has.
    pub(super) fn scopes_for(
        &self,
        caller: &Caller<'_>,
        wished: Option<&ScopeSet>,
    ) -> Result<ScopeSet, ExchangeError> {
        let Some(wished) = wished else { return Ok(self.scopes.clone()) };
        let catalog = &caller.policy.scopes;
        let is_his = |scope: &&_| catalog.defines(scope) && catalog.allows(&self.scopes, scope);
        match wished.iter().find(|scope| !is_his(scope)) {
            Some(scope) => Err(ExchangeError::Scope(scope.clone())),
            None => Ok(wished.clone()),
        }
    }
}
