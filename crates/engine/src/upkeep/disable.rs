//! Switching off keys that nobody uses, where their contract says so.

use claviger_domain::{Action, Actor, ApiId, ChangeKind, Event, Key, KeyId, KeyUpkeep, Timestamp};

use crate::engine::Engine;
use crate::error::Error;
use crate::keys::change_of;

/// Keys switched off in one transaction.
const BATCH: usize = 50;
/// Keys looked at in one round, of all APIs together: a contract that begins to demand it stops no more than so many at
/// once, and people have the time to see it.
const MOST: usize = 500;

impl Engine {
    /// Answers how many were switched off.
    pub(super) async fn disable_abandoned_keys(&self, now: Timestamp) -> Result<usize, Error> {
        let (mut left, mut disabled) = (MOST, 0);
        for entry in self.list_apis() {
            let upkeep = entry.policy.key_lifetimes.upkeep;
            let Some(time) = upkeep.disable_unused_after else { continue };
            let mut after = None;
            while left > 0 {
                let limit = BATCH.min(left);
                let found = self.find_idle_keys((entry.api.id, after), now.minus(time), now, limit).await?;
                left -= found.len();
                after = found.last().copied();
                let is_last = found.len() < limit;
                disabled += self.disable_batch(found, upkeep, now).await?;
                if is_last {
                    break;
                }
            }
        }
        Ok(disabled)
    }

    async fn find_idle_keys(
        &self,
        of: (ApiId, Option<KeyId>),
        cutoff: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeyId>, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.store().read().await?.list_idle_keys(of, cutoff, now, limit).await?)
    }

    async fn disable_batch(
        &self,
        ids: Vec<KeyId>,
        upkeep: KeyUpkeep,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let audit = self.auditor(&Actor::SYSTEM, now);
        let changes: Vec<ChangeKind> = self
            .store()
            .write(move |tx| {
                let (ids, audit) = (ids.clone(), audit.clone());
                Box::pin(async move {
                    let mut changes = Vec::new();
                    for id in ids {
                        // As it is in this transaction: somebody may have cared for it meanwhile.
                        let Some(before) = tx.find_key(id, None).await? else { continue };
                        if !upkeep.is_abandoned(&before, now)
                            || !tx.disable_key(id, now, &Actor::SYSTEM.to_string()).await?
                        {
                            continue;
                        }
                        let after: Option<Key> = tx.find_key(id, None).await?;
                        let after = after.unwrap_or_else(|| before.clone());
                        audit.record(tx, Event::changed(Action::KeyDisabledUnused, &before, &after)).await?;
                        let change = change_of(&after);
                        tx.append_change(&change, now).await?;
                        changes.push(change);
                    }
                    Ok::<_, claviger_store::Error>(changes)
                })
            })
            .await?;
        changes.iter().for_each(|change| self.apply(change));
        Ok(changes.len())
    }
}
