//! Refreshing: a refresh token for the next generation. An answer that was lost is given again until it is used.

use claviger_domain::{
    ChangeKind, DenialReason, Generation, Standing, Timestamp, TokenFamily, TokenPart, TokenState,
};
use claviger_secrets::Purpose;
use claviger_store::{FamilyRecord, ParentRecord, StoredToken, TokenRecord, Tx};

use super::prove::Needs;
use super::{Bought, Caller, ExchangeError, KeyProof, Terms};
use crate::clean_up::TOKENS_KEEP;
use crate::engine::Engine;
use crate::load::standing;
use crate::oauth::family::{TokenDetails, is_living, moved_on};

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
        let lookup = self.vault().hash(Purpose::Token, token.as_bytes());
        // Both are always read: whichever is wrong, the answer takes as long.
        let proven = self.prove_key(caller, proof, Needs::Nothing).await;
        let record = self.store().read().await?.find_token_by_lookup(&lookup.bytes()).await?;
        let proven = proven.map_err(|unproven| self.count_failure(caller, proof.into(), unproven))?;
        let record = record
            .filter(|record| {
                record.of.family.parent.key() == proven.parent.key()
                    && record.token.part == TokenPart::Refresh
            })
            .ok_or(ExchangeError::RefreshRefused(DenialReason::Unknown))
            .and_then(|record| check(record, now))
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
        let TokenRecord { token, of: FamilyRecord { family, details, .. } } = record;
        let now = self.now();
        let family = moved_on(family, terms, key_ends_at, now);
        let details = TokenDetails::parse(&details)?;
        let next = (family.newest.next(), now);
        let (texts, rows) =
            self.make_generation((caller, terms), (&family, &details), next, &family.scopes).await?;
        let (presented, seen, ends_at) = (token.generation, family.newest, family.ends_at);
        let rotation = Rotation { presented, seen, rows, ends_at, now };
        let id = family.id;
        let (done, change) =
            self.store().write(move |tx| Box::pin(async move { rotation.run(tx, id).await })).await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        match done {
            Done::Rotated => Ok(Some(texts.bought(family.scopes, now))),
            Done::Waiting(newest, rows) => {
                // The pair that was sold before and has not been used yet.
                let made = self.repeat_generation((caller, terms), (&newest, &details), &rows).await?;
                let texts = made.ok_or(ExchangeError::RefreshRefused(DenialReason::Unknown))?;
                Ok(Some(texts.bought(newest.scopes, now)))
            }
            Done::Lost => Ok(None),
        }
    }
}

/// Whether the refresh token can buy anything.
fn check(record: TokenRecord, now: Timestamp) -> Result<TokenRecord, ExchangeError> {
    let TokenRecord { token, of: FamilyRecord { family, parent: ParentRecord::Key(key), .. } } = &record
    else {
        return Err(ExchangeError::RefreshRefused(DenialReason::Unknown));
    };
    let refused = match (standing(key.key.state, key.workspace_state), family.state_of(token.generation)) {
        (Standing::Revoked, _) | (_, TokenState::Spent | TokenState::Ended) => Some(DenialReason::Revoked),
        (Standing::Disabled, _) => Some(DenialReason::Disabled),
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

/// One attempt to make the next generation.
#[derive(Clone)]
pub(crate) struct Rotation {
    /// The generation whose refresh token was presented.
    pub(crate) presented: Generation,
    /// The newest generation when it was looked at.
    pub(crate) seen: Generation,
    /// The tokens of the one after it.
    pub(crate) rows: Vec<StoredToken>,
    /// When the family ends by itself with them.
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

pub(crate) enum Done {
    Rotated,
    /// A newer generation is there already and has not been used: it is to be given again.
    Waiting(TokenFamily, Vec<StoredToken>),
    /// Someone else changed the family since it was looked at.
    Lost,
}

impl Rotation {
    pub(crate) async fn run(
        self,
        tx: &mut Tx,
        id: claviger_domain::FamilyId,
    ) -> Result<(Done, Option<ChangeKind>), ExchangeError> {
        let refused = || ExchangeError::RefreshRefused(DenialReason::Revoked);
        let (family, tokens) = tx.find_family(id).await?.ok_or_else(refused)?;
        let state = family.state_of(self.presented);
        if matches!(state, TokenState::Spent | TokenState::Ended) {
            return Err(refused());
        }
        let waits = self.presented < family.newest && is_usable(&tokens, self.now);
        let change = match state {
            // Refreshing with it is its first use.
            TokenState::Fresh => spend(tx, &family, self.presented.previous(), self.now).await?,
            TokenState::InUse | TokenState::Spent | TokenState::Ended => None,
        };
        if waits {
            return Ok((Done::Waiting(family, tokens), change));
        }
        if family.newest != self.seen || !tx.rotate_family(id, self.seen, self.ends_at).await? {
            return Ok((Done::Lost, change));
        }
        for row in &self.rows {
            tx.insert_token(id, row).await?;
        }
        // A family that is used for ever would grow for ever.
        tx.delete_spent_tokens(id, self.presented.previous(), self.now.minus(TOKENS_KEEP)).await?;
        Ok((Done::Rotated, change))
    }
}

/// Whether the newest access token, not used yet, can still be.
fn is_usable(tokens: &[StoredToken], now: Timestamp) -> bool {
    tokens.iter().any(|token| token.part == TokenPart::Access && is_living(token.expires_at, now))
}

/// Spends generations, and says so to every node.
pub(crate) async fn spend(
    tx: &mut Tx,
    family: &TokenFamily,
    through: Generation,
    now: Timestamp,
) -> Result<Option<ChangeKind>, claviger_store::Error> {
    if !tx.spend_generations(family.id, through).await? {
        return Ok(None);
    }
    // The generation after it is in memory as fresh, which it no longer is.
    let lookups = tx.list_token_lookups(family.id, through.next()).await?;
    let change = ChangeKind::Token { family: family.id, lookups };
    tx.append_change(&change, now).await?;
    Ok(Some(change))
}
