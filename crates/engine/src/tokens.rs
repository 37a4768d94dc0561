//! Tokens on the way of verification: from the stored token to memory, and the first use that spends an older one.

use std::sync::Arc;

use claviger_domain::{
    CredentialKind, Decision, Denial, DenialReason, Generation, KeyId, Policy, Presented, Principal,
    Standing, TokenFamily, TokenPart, TokenShape, TokenState,
};
use claviger_secrets::{Lookup, is_token};
use claviger_store::{StoredToken, TokenRecord};

use crate::engine::Engine;
use crate::error::Error;
use crate::exchange::refresh::spend;
use crate::known::Known;
use crate::load::earlier;
use crate::lookup_cache::Found;
use crate::parents::{Moment, Purchase};
use crate::verify::Question;

/// The longest text that can be a token: a JWT with very many scopes.
const LONGEST_TOKEN: usize = 16 * 1024;

impl Engine {
    /// Whether a text has the form of one of the API's access tokens; a JWT's signature is part of its form.
    pub(crate) fn is_token(&self, bytes: &[u8], question: &Question<'_>) -> bool {
        let shapes = &question.policy.access_tokens;
        if shapes.is_empty() || bytes.len() > LONGEST_TOKEN {
            return false;
        }
        let Some(keys) = self.registry().keys(question.api) else { return false };
        let (keyring, now) = (keys.keyring(), self.now());
        shapes.iter().any(|shape| is_token(bytes, shape, &keyring, now))
    }

    /// Whether a text may be a token that a key signed which this node does not know yet.
    pub(crate) fn may_learn_signer(&self, question: &Question<'_>) -> bool {
        let Presented::Text { bytes, kinds } = question.presented else { return false };
        let has_jwts = |shape: &TokenShape| matches!(shape, TokenShape::Jwt { .. });
        kinds.contains(CredentialKind::Token)
            && question.policy.access_tokens.iter().any(has_jwts)
            && bytes.len() <= LONGEST_TOKEN
            && self.is_signer_unknown(question.api, bytes)
    }

    /// Whether what memory says of a credential needs no further look.
    pub(crate) fn is_settled(&self, known: &Known) -> bool {
        known.bought.as_ref().is_none_or(|bought| bought.fresh.is_none() && self.is_current(bought))
    }

    fn is_current(&self, bought: &Purchase) -> bool {
        self.parents().is_current(bought.key, bought.read_at)
    }

    pub(crate) async fn verify_token(
        &self,
        lookup: Lookup,
        question: &Question<'_>,
    ) -> Result<Decision, Error> {
        let unknown = || Decision::deny(Denial::new(DenialReason::Unknown));
        let Some(mut known) = self.find_token(lookup, question.policy).await? else { return Ok(unknown()) };
        if let Some(bought) = &known.bought
            && let Some(fresh) = &bought.fresh
            && known.credential.principal.api == question.api
            && known.credential.ends_at.is_none_or(|end| self.now() < end)
        {
            let (family, generation) = (**fresh).clone();
            self.use_first(family, generation).await?;
            self.credentials().forget(lookup);
            match self.find_token(lookup, question.policy).await? {
                Some(used) => known = used,
                None => return Ok(unknown()),
            }
        }
        Ok(self.judge(&known, question, self.now()))
    }

    /// The token with this keyed hash, from memory where that may be trusted.
    async fn find_token(&self, lookup: Lookup, policy: &Policy) -> Result<Option<Arc<Known>>, Error> {
        if !self.feed().is_trusted(self.now()) {
            return self.load_token(lookup, policy).await;
        }
        let find = || self.credentials().get_or_load(lookup, self.load_token(lookup, policy));
        match find().await? {
            Found::Known(known) if !known.bought.as_ref().is_none_or(|bought| self.is_current(bought)) => {
                self.credentials().forget(lookup);
            }
            Found::Known(known) => return Ok(Some(known)),
            Found::Unknown => return Ok(None),
        }
        match find().await? {
            Found::Known(known) => Ok(Some(known)),
            Found::Unknown => Ok(None),
        }
    }

    async fn load_token(&self, lookup: Lookup, policy: &Policy) -> Result<Option<Arc<Known>>, Error> {
        let read_at = self.parents().moment();
        let record = self.store().read().await?.find_token_by_lookup(&lookup.bytes()).await?;
        // A refresh token buys; it opens nothing.
        let record = record.filter(|record| record.token.part == TokenPart::Access);
        Ok(record.map(|TokenRecord { token, family, key }| {
            let parent = self.known(key, policy);
            Arc::new(token_of(parent, &token, family, policy, read_at))
        }))
    }

    /// The first use of a generation spends all older ones: one compare-and-set, before the answer.
    async fn use_first(&self, family: TokenFamily, generation: Generation) -> Result<(), Error> {
        let now = self.now();
        let change = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(spend(tx, &family, generation.previous(), now).await?) })
            })
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        Ok(())
    }
}

/// A token: the key it stands on, with what the token itself says.
fn token_of(
    parent: Known,
    token: &StoredToken,
    family: TokenFamily,
    policy: &Policy,
    read_at: Moment,
) -> Known {
    let Known { mut credential, allowance, activity, .. } = parent;
    let holder_key = family.parent.key().unwrap_or_else(|| KeyId::from_uuid(uuid::Uuid::nil()));
    let state = family.state_of(token.generation);
    let holder = &credential.principal;
    let ends_at = earlier(token.expires_at, credential.ends_at);
    credential.principal = Arc::new(Principal {
        kind: CredentialKind::Token,
        // What the key has lost since, the token has lost too.
        scopes: family.scopes.iter().filter(|s| policy.scopes.allows(&holder.scopes, s)).cloned().collect(),
        expires_at: ends_at,
        ..Principal::clone(holder)
    });
    credential.ends_at = ends_at;
    if matches!(state, TokenState::Spent | TokenState::Ended) {
        credential.standing = Standing::Revoked;
    }
    let is_fresh = state == TokenState::Fresh && credential.standing == Standing::Good;
    let key = holder_key;
    let fresh = is_fresh.then(|| Box::new((family, token.generation)));
    Known { credential, allowance, activity, bought: Some(Purchase { key, read_at, fresh }) }
}
