//! Work that needs no caller: writing "last used", deleting what is past its retention.

use std::time::Duration;

use claviger_domain::{ChangeKind, NodeId, Timestamp};
use claviger_store::Tx;
use futures_util::future::BoxFuture;

use crate::activity::{FLUSH_EVERY, Pending};
use crate::engine::Engine;
use crate::error::Error;

/// Rows written or deleted in one transaction.
const BATCH: u32 = 500;
/// How often the clean-up looks.
const CLEANUP_EVERY: Duration = Duration::from_secs(60);
/// How long tokens that ended by themselves are still known as such.
const TOKENS_KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long removed signing keys are still listed.
const SIGNING_KEYS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long changes stay in the feed; a node that was away for longer starts with an empty memory anyway.
const FEED_KEEPS: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a session is kept after its date: so long an account knows the addresses it signed in from.
const SESSIONS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a client that registered itself has until its first token.
const UNUSED_CLIENTS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a code is known after its end: a replay is told from a guess, and a challenge from a new one.
const CODES_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a pushed request is kept: as long as a request that was begun with it may stay with the pages.
const PUSHED_REQUESTS_KEEP: Duration = Duration::from_secs(2 * 60 * 60);
/// How long a revoked grant can still be seen.
const GRANTS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Engine {
    pub(crate) async fn flush_activity_for_ever(&self, pending: &mut Pending) {
        let mut ticks = tokio::time::interval(FLUSH_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.flush_activity(pending).await;
        }
    }

    /// Writes what was used since the last flush. What cannot be written is lost: "last used" is a hint.
    pub(crate) async fn flush_activity(&self, pending: &mut Pending) {
        self.flush_client_uses().await;
        loop {
            let uses = pending.drain(BATCH as usize);
            if uses.is_empty() {
                return;
            }
            let is_last = uses.len() < BATCH as usize;
            let written =
                self.store().write(move |tx| Box::pin(async move { tx.touch_generations(uses).await })).await;
            if let Err(error) = written {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "\"last used\" could not be written"
                );
                return;
            }
            if is_last {
                return;
            }
        }
    }

    pub(crate) async fn run_jobs(&self) {
        let mut ticks = tokio::time::interval(CLEANUP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.clean_up().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the clean-up failed and will be tried again"
                );
            }
        }
    }

    /// Deletes keys past their contract's retention, old changes, answers, sessions and leases; on one node at a time.
    /// [`Engine::run`] calls it every minute.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn clean_up(&self) -> Result<(), Error> {
        let now = self.now();
        let node: NodeId = self.feed().node();
        let until = now.plus(CLEANUP_EVERY * 2);
        let is_mine = self
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("clean-up", node, now, until).await }))
            .await?;
        if !is_mine {
            return Ok(());
        }
        for entry in self.list_apis() {
            let cutoff = now.minus(entry.policy.key_lifetimes.retention);
            let api = entry.api.id;
            self.in_batches(move |tx| {
                Box::pin(async move { tx.delete_ended_keys(api, cutoff, BATCH).await })
            })
            .await?;
            let keys_start = now.minus(SIGNING_KEYS_KEEP);
            self.in_batches(move |tx| {
                Box::pin(async move { tx.delete_removed_signing_keys(api, keys_start, BATCH).await })
            })
            .await?;
            self.in_batches(move |tx| {
                Box::pin(async move { tx.delete_retired_generations(cutoff, BATCH).await })
            })
            .await?;
        }
        self.succeed_signing_keys().await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_expired_seen_once(now, BATCH).await }))
            .await?;
        let tokens_start = now.minus(TOKENS_KEEP);
        self.in_batches(move |tx| {
            Box::pin(async move { tx.delete_dead_families(tokens_start, BATCH).await })
        })
        .await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_ended_tokens(now, BATCH).await })).await?;
        let feed_start = now.minus(FEED_KEEPS);
        self.in_batches(move |tx| Box::pin(async move { tx.delete_changes(feed_start, BATCH).await }))
            .await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_expired_idempotency(now, BATCH).await }))
            .await?;
        self.clean_up_clients(now).await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_mail_tokens(feed_start, BATCH).await }))
            .await?;
        self.clean_up_grants(now).await?;
        let oldest = now.minus(SESSIONS_KEEP);
        self.in_batches(move |tx| Box::pin(async move { tx.delete_sessions(oldest, BATCH).await })).await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_dead_nodes(feed_start).await })).await
    }

    /// Deletes secrets that ended, and clients that registered themselves and never came back.
    async fn clean_up_clients(&self, now: Timestamp) -> Result<(), Error> {
        self.in_batches(move |tx| {
            Box::pin(async move { tx.delete_retired_client_secrets(now, BATCH).await })
        })
        .await?;
        let cutoff = now.minus(UNUSED_CLIENTS_KEEP);
        self.in_batches(move |tx| {
            Box::pin(async move {
                let deleted = tx.delete_unused_clients(cutoff, BATCH).await?;
                for client in &deleted {
                    tx.append_change(&ChangeKind::Client(*client), now).await?;
                }
                Ok(deleted.len().try_into().unwrap_or(u64::MAX))
            })
        })
        .await
    }

    /// Deletes codes, pushed requests and revoked grants that nobody can ask about any more.
    async fn clean_up_grants(&self, now: Timestamp) -> Result<(), Error> {
        let codes = now.minus(CODES_KEEP);
        self.in_batches(move |tx| Box::pin(async move { tx.delete_codes(codes, BATCH).await })).await?;
        self.in_batches(move |tx| Box::pin(async move { tx.delete_device_codes(codes, BATCH).await }))
            .await?;
        let pushed = now.minus(PUSHED_REQUESTS_KEEP);
        self.in_batches(move |tx| Box::pin(async move { tx.delete_pushed_requests(pushed, BATCH).await }))
            .await?;
        let grants = now.minus(GRANTS_KEEP);
        self.in_batches(move |tx| Box::pin(async move { tx.delete_revoked_grants(grants, BATCH).await }))
            .await
    }

    /// Repeats a bounded deletion until it has nothing left to do: many short transactions, never a long one.
    async fn in_batches<F>(&self, deletion: F) -> Result<(), Error>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<u64, claviger_store::Error>>
            + Clone
            + Send
            + 'static,
    {
        while self.store().write(deletion.clone()).await? >= u64::from(BATCH) {}
        Ok(())
    }
}
