//! The step from one generation of a family to the next: one transaction, decided by compare-and-set.

use claviger_domain::{ChangeKind, FamilyId, Generation, Timestamp, TokenFamily, TokenPart, TokenState};
use claviger_store::{StoredToken, Tx};

use crate::clean_up::TOKENS_KEEP;
use crate::error::Error;
use crate::token_details::is_living;

/// A family's old tokens are deleted once in so many generations.
const PURGE_EVERY: i64 = 8;

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
    /// The family, or the generation that was presented, has ended.
    Ended,
    /// Someone else changed the family since it was looked at.
    Lost,
}

impl Rotation {
    pub(crate) async fn run(self, tx: &mut Tx, id: FamilyId) -> Result<(Done, Option<ChangeKind>), Error> {
        let Some(family) = tx.find_bare_family(id).await? else { return Ok((Done::Ended, None)) };
        let state = family.state_of(self.presented);
        if matches!(state, TokenState::Spent | TokenState::Ended) {
            return Ok((Done::Ended, None));
        }
        let waiting = match self.presented < family.newest {
            true => tx.find_family(id).await?.filter(|(_, tokens)| is_usable(tokens, self.now)),
            false => None,
        };
        let change = match state {
            // Refreshing with it is its first use.
            TokenState::Fresh => spend(tx, &family, self.presented.previous(), self.now).await?,
            TokenState::InUse | TokenState::Spent | TokenState::Ended => None,
        };
        if let Some((family, tokens)) = waiting {
            return Ok((Done::Waiting(family, tokens), change));
        }
        if family.newest != self.seen || !tx.rotate_family(id, self.seen).await? {
            return Ok((Done::Lost, change));
        }
        if family.ends_at != self.ends_at {
            tx.move_family_end(id, self.ends_at).await?;
        }
        for row in &self.rows {
            tx.insert_token(id, row).await?;
        }
        // A family that is used for ever would grow for ever. Not each time: all that are kept are looked at for it.
        if self.seen.as_i64() % PURGE_EVERY == 0 {
            tx.delete_spent_tokens(id, self.presented.previous(), self.now.minus(TOKENS_KEEP)).await?;
        }
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
    // Those before were told of when they were spent. The generation after is in memory as fresh, which it no longer is.
    let lookups = tx.list_token_lookups(family.id, (family.spent, through.next())).await?;
    let change = ChangeKind::Token { family: family.id, lookups };
    tx.append_change(&change, now).await?;
    Ok(Some(change))
}
