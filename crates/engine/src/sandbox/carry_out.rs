//! One reset, from its row to its end.

use claviger_domain::{
    Action, Actor, ApiId, ChangeKind, Event, KeysAtReset, ResetCause, ResetCounts, ResetId, SandboxPolicy,
    SandboxReset, Timestamp,
};

use super::SandboxError;
use super::plan::Turn;
use crate::engine::Engine;
use crate::error::Error;
use crate::keys::change_of;

/// Rows of a kind deleted in one transaction.
const BATCH: u32 = 500;
/// Keys revoked in one transaction.
const KEYS: u32 = 10;

impl Engine {
    /// Resets the test environment of an API now, and answers when all is done. Tokens, sessions and what users allowed end;
    /// keys go on working unless the contract says otherwise; applications and accounts stay. If the caller goes away, the
    /// reset is finished all the same.
    ///
    /// # Errors
    /// When the API is not loaded, another reset of it goes on, the actor is not of the provider, or the database fails.
    pub async fn reset_sandbox(&self, actor: &Actor, api: ApiId) -> Result<SandboxReset, SandboxError> {
        actor.require_provider()?;
        let policy = self.registry().find(api).ok_or(SandboxError::UnknownApi)?.policy.sandbox;
        let now = self.now();
        let begun = self.begin_reset(actor, (api, policy), (ResetCause::Request, now)).await?;
        let reset = begun.ok_or(SandboxError::GoesOn)?;
        tracing::info!(reset = %reset.id, %api, %actor, "the reset of a test environment was asked for");
        self.finish_reset(&reset, &mut Turn::Asked).await?;
        let ended = self.store().read().await?.find_sandbox_reset(reset.id).await?;
        Ok(ended.unwrap_or(reset))
    }

    /// Writes that a reset begins. None when it was carried out before, or another goes on.
    pub(super) async fn begin_reset(
        &self,
        actor: &Actor,
        (api, policy): (ApiId, SandboxPolicy),
        (cause, due_at): (ResetCause, Timestamp),
    ) -> Result<Option<SandboxReset>, Error> {
        let now = self.now();
        let reset = SandboxReset {
            id: ResetId::generate_at(now, self.entropy()),
            api,
            cause,
            due_at,
            keys: policy.keys,
            begun_at: now,
            begun_by: actor.to_string(),
            ended_at: None,
            counts: ResetCounts::default(),
        };
        let (row, audit) = (reset.clone(), self.auditor(actor, now));
        let is_begun = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    if !tx.insert_sandbox_reset(&row).await? {
                        return Ok(false);
                    }
                    tx.delete_test_clocks_before(now).await?;
                    audit.record(tx, Event::made(Action::SandboxResetBegun, &row)).await?;
                    tx.append_change(&ChangeKind::Sandbox(row.api), now).await?;
                    Ok(true)
                })
            })
            .await?;
        if !is_begun {
            return Ok(None);
        }
        self.apply(&ChangeKind::Sandbox(api));
        Ok(Some(reset))
    }

    /// Does what is left to do of a reset, for as long as it is this node's turn. Answers whether that is all of it. Two
    /// nodes that do it at once delete no more than one, and one of them ends it.
    pub(super) async fn finish_reset(&self, reset: &SandboxReset, turn: &mut Turn) -> Result<bool, Error> {
        let (id, api, cutoff) = (reset.id, reset.api, reset.begun_at);
        if reset.keys == KeysAtReset::Revoke {
            while self.revoke_test_keys(reset).await? {
                if !self.goes_on(turn).await? {
                    return Ok(false);
                }
            }
        }
        loop {
            let deleted = self
                .store()
                .write::<_, Error, _>(move |tx| {
                    Box::pin(async move {
                        let deleted = tx.delete_test_state(api, cutoff, BATCH).await?;
                        tx.count_sandbox_reset(id, deleted).await?;
                        Ok(deleted)
                    })
                })
                .await?;
            if deleted == ResetCounts::default() {
                break;
            }
            if !self.goes_on(turn).await? {
                return Ok(false);
            }
        }
        self.end_reset(reset).await?;
        Ok(true)
    }

    async fn end_reset(&self, reset: &SandboxReset) -> Result<(), Error> {
        let now = self.now();
        let (id, api, audit) = (reset.id, reset.api, self.auditor(&Actor::SYSTEM, now));
        let ended = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let Some(before) = tx.find_sandbox_reset(id).await? else { return Ok(None) };
                    if !tx.end_sandbox_reset(id, now).await? {
                        return Ok(None);
                    }
                    let after = SandboxReset { ended_at: Some(now), ..before.clone() };
                    audit.record(tx, Event::changed(Action::SandboxReset, &before, &after)).await?;
                    tx.append_change(&ChangeKind::Sandbox(api), now).await?;
                    Ok(Some(after))
                })
            })
            .await?;
        let Some(SandboxReset { counts, .. }) = ended else { return Ok(()) };
        self.apply(&ChangeKind::Sandbox(api));
        tracing::info!(
            reset = %id, %api, tokens = counts.tokens, grants = counts.grants, sessions = counts.sessions,
            keys = counts.keys, "a test environment was reset"
        );
        Ok(())
    }

    /// Revokes some keys of the test environment. Answers whether there may be more.
    async fn revoke_test_keys(&self, reset: &SandboxReset) -> Result<bool, Error> {
        let now = self.now();
        let (id, api, cutoff, audit) =
            (reset.id, reset.api, reset.begun_at, self.auditor(&Actor::SYSTEM, now));
        let changes: Vec<ChangeKind> = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let mut changes = Vec::new();
                    for key in tx.list_test_keys(api, cutoff, KEYS).await? {
                        let Some(before) = tx.find_key(key, None).await? else { continue };
                        if !tx.revoke_key(key, now, &Actor::SYSTEM.to_string()).await? {
                            continue;
                        }
                        let after = tx.find_key(key, None).await?.unwrap_or_else(|| before.clone());
                        audit.record(tx, Event::changed(Action::KeyRevoked, &before, &after)).await?;
                        let change = change_of(&after);
                        tx.append_change(&change, now).await?;
                        changes.push(change);
                    }
                    let keys = u64::try_from(changes.len()).unwrap_or(u64::MAX);
                    tx.count_sandbox_reset(id, ResetCounts { keys, ..ResetCounts::default() }).await?;
                    Ok(changes)
                })
            })
            .await?;
        changes.iter().for_each(|change| self.apply(change));
        Ok(!changes.is_empty())
    }
}
