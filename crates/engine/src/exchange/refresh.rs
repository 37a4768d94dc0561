//! Refreshing: a refresh token for the next generation. An answer that was lost is given again until it is used.

use std::sync::Arc;

use claviger_domain::{DenialReason, Standing, Terms, Timestamp, TokenPart, TokenState};
use claviger_store::{FamilyRecord, ParentRecord, TokenRecord};

use super::prove::Needs;
use super::{ExchangeError, KeyProof};
use crate::bought::Bought;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::{Done, Rotation, moved_on};
use crate::load::standing;
use crate::token_details::{TokenDetails, is_living};

/// A refresh that loses this many races in a row gives up.
const ATTEMPTS: usize = 4;

impl Engine {
    /// Sells the next generation of a family for a refresh token and the key it was bought with. The old pair works
    /// until the new one is first used; until then, asking again gives the same new pair.
    ///
    /// # Errors
    /// When the key or the refresh token is not good, too many attempts failed, or the database fails.
    pub async fn refresh(
        &self,
        caller: &Caller<'_>,
        key: &str,
        token: &str,
        terms: &Terms,
    ) -> Result<Bought, ExchangeError> {
        self.check_address(caller)?;
        let proof = KeyProof { key, secret: None };
        for _ in 0..ATTEMPTS {
            if let Some(bought) = self.try_refresh(caller, proof, token, terms).await? {
                return Ok(bought);
            }
        }
        Err(claviger_store::Error::Busy.into())
    }

    /// `None` when someone else changed the family at the same time.
    async fn try_refresh(
        &self,
        caller: &Caller<'_>,
        proof: KeyProof<'_>,
        token: &str,
        terms: &Terms,
    ) -> Result<Option<Bought>, ExchangeError> {
        let now = self.now();
        let lookup = self.token_lookup(token.as_bytes());
        // Both are always read: whichever is wrong, the answer takes as long.
        let proven = self.prove_key(caller, proof, Needs::Nothing).await;
        let record = self.store().read().await?.find_token_by_lookup(&lookup.bytes()).await?;
        let proven = proven.map_err(|unproven| self.count_failure(caller, proof.into(), unproven))?;
        let at = match &record {
            Some(TokenRecord { token, of: FamilyRecord { family, parent, .. }, .. }) => {
                self.judged_at((parent.environment(), parent.workspace()), (token, family), now).await?
            }
            None => now,
        };
        let record = record
            .filter(|record| {
                record.of.family.parent.key() == proven.parent.key()
                    && record.token.part == TokenPart::Refresh
            })
            .ok_or(ExchangeError::RefreshRefused(DenialReason::Unknown))
            .and_then(|record| check(record, at))
            .map_err(|error| self.count_failure(caller, proof.into(), error.into()))?;
        let bought = self.next_generation(caller, terms, (record, proven.ends_at)).await?;
        self.note_login(caller, &proven);
        Ok(bought)
    }

    async fn next_generation(
        &self,
        caller: &Caller<'_>,
        terms: &Terms,
        (record, key_ends_at): (TokenRecord, Option<Timestamp>),
    ) -> Result<Option<Bought>, ExchangeError> {
        let TokenRecord { token, of: FamilyRecord { family: seen, details, .. }, unspent } = record;
        let now = self.now();
        let family = moved_on(seen.clone(), terms.into(), key_ends_at, now);
        let details = TokenDetails::parse(&details)?;
        let next = (family.newest.next(), now);
        let (texts, rows) =
            self.make_generation((caller, terms.into()), (&family, &details), next, &family.scopes).await?;
        let (presented, seen, ends_at) = (token.generation, (seen, unspent), family.ends_at);
        let rotation = Arc::new(Rotation { presented, seen, rows, ends_at, now });
        let (done, change) = self
            .store()
            .write::<_, Error, _>(move |tx| Box::pin(async move { rotation.run(tx).await }))
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        match done {
            Done::Rotated => Ok(Some(texts.bought(family.scopes, now))),
            Done::Waiting(newest, rows) => {
                // The pair that was sold before and has not been used yet.
                let made = self.repeat_generation((caller, terms.into()), (&newest, &details), &rows).await?;
                let texts = made.ok_or(ExchangeError::RefreshRefused(DenialReason::Unknown))?;
                Ok(Some(texts.bought(newest.scopes, now)))
            }
            Done::Ended => Err(ExchangeError::RefreshRefused(DenialReason::Revoked)),
            Done::Lost => Ok(None),
        }
    }
}

/// Whether the refresh token can buy anything.
fn check(record: TokenRecord, now: Timestamp) -> Result<TokenRecord, ExchangeError> {
    let TokenRecord { token, of: FamilyRecord { family, parent: ParentRecord::Key(key), .. }, .. } = &record
    else {
        return Err(ExchangeError::RefreshRefused(DenialReason::Unknown));
    };
    let refused = match (standing(&key.key, key.workspace_state), family.state_of(token.generation)) {
        (Standing::Revoked | Standing::Canary, _) | (_, TokenState::Spent | TokenState::Ended) => {
            Some(DenialReason::Revoked)
        }
        // Whoever may only read may not buy what outlives that.
        (Standing::Disabled | Standing::ReadOnly, _) => Some(DenialReason::Disabled),
        (Standing::Good, TokenState::Fresh | TokenState::InUse) => {
            let is_good = is_living(token.expires_at, now) && is_living(key.generation.retires_at, now);
            (!is_good).then_some(DenialReason::Expired)
        }
    };
    match refused {
        Some(reason) => Err(ExchangeError::RefreshRefused(reason)),
        None => Ok(record),
    }
}
