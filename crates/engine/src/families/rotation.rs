//! The step from one generation of a family to the next: one transaction, decided by compare-and-set.

use claviger_domain::{ChangeKind, Generation, Timestamp, TokenFamily, TokenPart, TokenState};
use claviger_store::{FamilyStep, StoredToken, Tx};

use crate::clean_up::TOKENS_KEEP;
use crate::error::Error;
use crate::token_details::is_living;

/// The rows of a family's old tokens are deleted once in so many generations.
const PURGE_EVERY: i64 = 8;

/// One attempt to make the next generation.
pub(crate) struct Rotation {
    /// The generation whose refresh token was presented.
    pub(crate) presented: Generation,
    /// The family when it was looked at, and its tokens that were not spent.
    pub(crate) seen: (TokenFamily, Vec<StoredToken>),
    /// The tokens of the generation after its newest.
    pub(crate) rows: Vec<StoredToken>,
    /// When the family ends by itself with them.
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) now: Timestamp,
}

pub(crate) enum Done {
    Rotated,
    /// A newer generation is there already and has not been used: it is to be given again.
    Waiting(TokenFamily, Vec<StoredToken>),
    /// The family, or the generation that was presented, has ended.
    Ended,
    /// Someone else changed the family since it was looked at.
    Lost,
}

impl Rotation {
    pub(crate) async fn run(&self, tx: &mut Tx) -> Result<(Done, Option<ChangeKind>), Error> {
        let (seen, tokens) = &self.seen;
        // Mostly nothing has changed since it was looked at, which the step itself finds out.
        if self.presented == seen.newest
            && let Some(change) = self.step(tx, seen, tokens).await?
        {
            return Ok((Done::Rotated, change));
        }
        let Some((family, tokens)) = tx.find_unspent(seen.id).await? else { return Ok((Done::Ended, None)) };
        let state = family.state_of(self.presented);
        if matches!(state, TokenState::Spent | TokenState::Ended) {
            return Ok((Done::Ended, None));
        }
        // Whoever presents one before the newest lost the answer that brought the newest.
        if self.presented < family.newest
            && tx.may_family_act(family.id).await?
            && let Some((family, newest)) =
                tx.find_family(family.id).await?.filter(|(_, tokens)| is_usable(tokens, self.now))
        {
            // Refreshing with it is its first use.
            let change = match state {
                TokenState::Fresh => spend(tx, &family, self.presented.previous(), self.now).await?,
                TokenState::InUse | TokenState::Spent | TokenState::Ended => None,
            };
            return Ok((Done::Waiting(family, newest), change));
        }
        if family.newest != seen.newest {
            return Ok((Done::Lost, None));
        }
        Ok(match self.step(tx, &family, &tokens).await? {
            Some(change) => (Done::Rotated, change),
            None => (Done::Lost, None),
        })
    }

    /// The step itself, and what it spends. None when the family is not as it was seen.
    async fn step(
        &self,
        tx: &mut Tx,
        family: &TokenFamily,
        tokens: &[StoredToken],
    ) -> Result<Option<Option<ChangeKind>>, Error> {
        // Refreshing with it is its first use.
        let is_first_use = family.state_of(self.presented) == TokenState::Fresh;
        let spent = if is_first_use { self.presented.previous() } else { family.spent };
        // A family that is used for ever would grow for ever.
        let cutoff = self.now.minus(TOKENS_KEEP);
        let kept = tokens.iter().filter(|token| is_living(token.expires_at, cutoff)).cloned();
        let step = FamilyStep { spent, kept: &kept.collect::<Vec<_>>(), made: &self.rows };
        if !tx.rotate_family(family, &step).await? {
            return Ok(None);
        }
        let change = match is_first_use {
            true => Some(tell_spent(tx, family, tokens, spent, self.now).await?),
            false => None,
        };
        if family.ends_at != self.ends_at {
            tx.move_family_end(family.id, self.ends_at).await?;
        }
        // Not each time: all rows that are kept are looked at for it.
        if family.newest.as_i64() % PURGE_EVERY == 0 {
            tx.delete_spent_tokens(family.id, spent, cutoff).await?;
        }
        Ok(Some(change))
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
    let Some((_, kept)) = tx.find_unspent(family.id).await? else { return Ok(None) };
    if !tx.spend_generations(family.id, through).await? {
        return Ok(None);
    }
    tell_spent(tx, family, &kept, through, now).await.map(Some)
}

/// Tells every node which tokens are no longer what they were. Those of the generations before were told of when they were
/// spent; the one after is in memory as fresh, which it no longer is.
async fn tell_spent(
    tx: &mut Tx,
    family: &TokenFamily,
    kept: &[StoredToken],
    through: Generation,
    now: Timestamp,
) -> Result<ChangeKind, claviger_store::Error> {
    let changed = kept.iter().filter(|token| token.generation <= through.next());
    let change =
        ChangeKind::Token { family: family.id, lookups: changed.map(|token| token.lookup).collect() };
    tx.append_change(&change, now).await?;
    Ok(change)
}
