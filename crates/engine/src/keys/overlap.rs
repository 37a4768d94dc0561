//! The overlap of a rotation: who still uses the old text, and its early end.

use claviger_domain::{
    Action, Actor, Event, Key, KeyId, KeyState, KeyTransitionError, ReplacedVersion, Right,
};

use super::KeyError;
use super::issue::change_of;
use crate::engine::Engine;

/// Counts that are read of one key: its versions of the longest overlap, each with all networks that are told apart.
const MOST_COUNTS: u32 = 5_000;

impl Engine {
    /// The versions of a key that still work though a newer one has taken their place, newest first, with their use
    /// since then. It is some seconds behind, half a minute under heavy load; where usage is not counted, only the
    /// last use is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replaced_versions(&self, key: &Key) -> Result<Vec<ReplacedVersion>, KeyError> {
        let now = self.now();
        let Some(since) = key.overlapping_since(now) else { return Ok(Vec::new()) };
        let counts = self.store().read().await?.sum_versions(key.id, since, MOST_COUNTS).await?;
        Ok(key.replaced_versions(&counts, now))
    }

    /// Ends every text of a key but the newest. Without an older one that works it changes nothing.
    ///
    /// # Errors
    /// When the key is gone, revoked, or changed by someone else at the same time, or the database fails.
    pub async fn end_overlap(&self, actor: &Actor, id: KeyId) -> Result<Key, KeyError> {
        actor.require(Right::WriteKeys)?;
        let (now, by, within) = (self.now(), actor.to_string(), actor.workspace());
        let audit = self.auditor(actor, now);
        let key = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let key = tx.find_key(id, within).await?.ok_or(KeyError::UnknownKey)?;
                    if let KeyState::Revoked { .. } = key.state {
                        return Err(KeyTransitionError::Revoked.into());
                    }
                    if !key.is_overlapping(now) {
                        return Ok(key);
                    }
                    let touched = Key { updated_at: now, updated_by: by, ..key.clone() };
                    if !tx.update_key(&touched, key.updated_at).await? {
                        return Err(KeyError::ChangedMeanwhile);
                    }
                    for older in key.generations.iter().skip(1) {
                        tx.retire_generation(older.id, now).await?;
                    }
                    let after = tx.find_key(id, None).await?.ok_or(KeyError::UnknownKey)?;
                    audit.record(tx, Event::changed(Action::KeyOverlapEnded, &key, &after)).await?;
                    tx.append_change(&change_of(&after), now).await?;
                    Ok(after)
                })
            })
            .await?;
        self.apply(&change_of(&key));
        Ok(key)
    }
}
