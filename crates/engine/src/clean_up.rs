//! Deleting what is past its retention, in many short transactions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use claviger_domain::{Action, Actor, ChangeKind, Event, Grain, NodeId, Timestamp};
use claviger_store::Tx;
use futures_util::future::BoxFuture;

use crate::engine::Engine;
use crate::error::Error;

/// Rows deleted in one transaction.
const BATCH: u32 = 500;
/// How often the clean-up looks.
pub(crate) const CLEANUP_EVERY: Duration = Duration::from_secs(60);
/// How long tokens that ended by themselves are still known as such.
pub(crate) const TOKENS_KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long removed signing keys are still listed.
const SIGNING_KEYS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long changes stay in the feed; a node that was away for longer starts with an empty memory anyway.
const FEED_KEEPS: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a letter's link is known after its end.
const MAIL_TOKENS_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an invitation is kept after its end.
const INVITATIONS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a request for access is kept after it was declined.
const DECLINED_REQUESTS_KEEP: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long a node is known after its lease.
const NODES_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a session is kept after its date: so long an account knows the addresses it signed in from.
const SESSIONS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a client that registered itself has until its first token.
const UNUSED_CLIENTS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a code is known after its end: a replay is told from a guess, and a challenge from a new one.
const CODES_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a pushed request is kept: as long as a request that was begun with it may stay with the pages.
const PUSHED_REQUESTS_KEEP: Duration = Duration::from_secs(2 * 60 * 60);
/// How long habits are known of a key that is not used: beyond what makes its waking remarkable.
const HABITS_KEEP: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// How long what nodes saw waits for somebody to look at it: nobody did, so it is history.
const SIGHTINGS_KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long it is known that a key's end was told: beyond the time in which it is told at all.
const TOLD_ENDS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a charge of credits is known, so that it is not made twice.
const CHARGES_KEEP: Duration = Duration::from_secs(35 * 24 * 60 * 60);
/// How long credits can still be seen after their end.
const CREDIT_GRANTS_KEEP: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// How long a revoked grant can still be seen.
const GRANTS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a clean-up deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanUp {
    deleted: BTreeMap<&'static str, u64>,
    transactions: u64,
    largest: u64,
}

impl CleanUp {
    /// The rows that were deleted from each table that had any to delete, without those that went along with them.
    pub fn deleted(&self) -> &BTreeMap<&'static str, u64> {
        &self.deleted
    }

    /// How many transactions it took.
    pub fn transactions(&self) -> u64 {
        self.transactions
    }

    /// The most rows that one transaction deleted.
    pub fn largest_transaction(&self) -> u64 {
        self.largest
    }

    fn note(&mut self, table: &'static str, rows: u64) {
        self.transactions += 1;
        self.largest = self.largest.max(rows);
        if rows > 0 {
            *self.deleted.entry(table).or_default() += rows;
        }
    }
}

/// `authorization_code=12 session=3`; nothing when nothing was deleted.
impl fmt::Display for CleanUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (table, rows)) in self.deleted.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{table}={rows}")?;
        }
        Ok(())
    }
}

impl Engine {
    /// Deletes what is past its retention; on one node at a time. [`Engine::run`] calls it every minute. `None` when
    /// it is another node's turn.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn clean_up(&self) -> Result<Option<CleanUp>, Error> {
        let now = self.now();
        let node: NodeId = self.feed().node();
        let until = now.plus(CLEANUP_EVERY * 2);
        let is_mine = self
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("clean-up", node, now, until).await }))
            .await?;
        if !is_mine {
            return Ok(None);
        }
        self.succeed_signing_keys().await?;
        let mut sweep = Sweep { engine: self, now, done: CleanUp::default() };
        sweep.keys().await?;
        sweep.tokens().await?;
        sweep.clients().await?;
        sweep.grants().await?;
        sweep.accounts().await?;
        sweep.feed().await?;
        sweep.webhooks().await?;
        sweep.usage().await?;
        sweep.findings().await?;
        sweep.credits().await?;
        let done = sweep.done;
        self.cleaned_up().add(&done.deleted);
        if done.deleted.is_empty() {
            tracing::debug!("the clean-up found nothing to delete");
        } else {
            tracing::info!(deleted = %done, transactions = done.transactions, "the clean-up deleted rows");
        }
        Ok(Some(done))
    }
}

impl Engine {
    /// The rows that this node deleted since it started, by table.
    pub fn deleted_rows(&self) -> BTreeMap<&'static str, u64> {
        self.cleaned_up().read()
    }
}

/// A clean-up that is going on.
struct Sweep<'e> {
    engine: &'e Engine,
    now: Timestamp,
    done: CleanUp,
}

/// Deletes in batches: `sweep!(self, "table", |tx| tx.delete_x(cutoff, BATCH))`; or by something else than [`BATCH`],
/// as long as it finds so many rows: `sweep!(self, ("table", 1), |tx| tx.delete_oldest_x(cutoff))`.
macro_rules! sweep {
    ($sweep:expr, $table:literal, |$tx:ident| $deletion:expr) => {
        sweep!($sweep, ($table, u64::from(BATCH)), |$tx| $deletion)
    };
    ($sweep:expr, ($table:literal, $full:expr), |$tx:ident| $deletion:expr) => {
        $sweep.repeat(($table, $full), move |$tx| Box::pin(async move { $deletion.await })).await
    };
}

impl Sweep<'_> {
    async fn keys(&mut self) -> Result<(), Error> {
        for entry in self.engine.list_apis() {
            let (api, cutoff) = (entry.api.id, self.now.minus(entry.policy.key_lifetimes.retention));
            sweep!(self, "api_key", |tx| tx.delete_ended_keys(api, cutoff, BATCH))?;
            sweep!(self, "key_generation", |tx| tx.delete_retired_generations(cutoff, BATCH))?;
            let cutoff = self.now.minus(SIGNING_KEYS_KEEP);
            sweep!(self, "signing_key", |tx| tx.delete_removed_signing_keys(api, cutoff, BATCH))?;
        }
        Ok(())
    }

    async fn tokens(&mut self) -> Result<(), Error> {
        let now = self.now;
        sweep!(self, "seen_once", |tx| tx.delete_expired_seen_once(now, BATCH))?;
        sweep!(self, "ended_token", |tx| tx.delete_ended_tokens(now, BATCH))?;
        let cutoff = now.minus(TOKENS_KEEP);
        sweep!(self, "token_family", |tx| tx.delete_dead_families(cutoff, BATCH))
    }

    async fn clients(&mut self) -> Result<(), Error> {
        let now = self.now;
        sweep!(self, "client_secret", |tx| tx.delete_retired_client_secrets(now, BATCH))?;
        let cutoff = now.minus(UNUSED_CLIENTS_KEEP);
        let audit = self.engine.auditor(&Actor::SYSTEM, now);
        let deletion = async move |tx: &mut Tx| {
            let deleted = tx.delete_unused_clients(cutoff, BATCH).await?;
            for client in &deleted {
                audit.record(tx, Event::about(Action::ClientDeleted, *client)).await?;
                tx.append_change(&ChangeKind::Client(*client), now).await?;
            }
            Ok(deleted.len().try_into().unwrap_or(u64::MAX))
        };
        self.repeat(("client", u64::from(BATCH)), move |tx| Box::pin(async move { deletion(tx).await })).await
    }

    async fn grants(&mut self) -> Result<(), Error> {
        let codes = self.now.minus(CODES_KEEP);
        sweep!(self, "authorization_code", |tx| tx.delete_codes(codes, BATCH))?;
        sweep!(self, "device_code", |tx| tx.delete_device_codes(codes, BATCH))?;
        let pushed = self.now.minus(PUSHED_REQUESTS_KEEP);
        sweep!(self, "pushed_request", |tx| tx.delete_pushed_requests(pushed, BATCH))?;
        let grants = self.now.minus(GRANTS_KEEP);
        sweep!(self, "client_grant", |tx| tx.delete_revoked_grants(grants, BATCH))
    }

    async fn accounts(&mut self) -> Result<(), Error> {
        let letters = self.now.minus(MAIL_TOKENS_KEEP);
        sweep!(self, "mail_token", |tx| tx.delete_mail_tokens(letters, BATCH))?;
        let invitations = self.now.minus(INVITATIONS_KEEP);
        sweep!(self, "invitation", |tx| tx.delete_invitations(invitations, BATCH))?;
        let declined = self.now.minus(DECLINED_REQUESTS_KEEP);
        sweep!(self, "access_request", |tx| tx.delete_access_requests(declined, BATCH))?;
        let sessions = self.now.minus(SESSIONS_KEEP);
        sweep!(self, "session", |tx| tx.delete_sessions(sessions, BATCH))
    }

    async fn feed(&mut self) -> Result<(), Error> {
        let now = self.now;
        sweep!(self, "idempotency", |tx| tx.delete_expired_idempotency(now, BATCH))?;
        let changes = now.minus(FEED_KEEPS);
        sweep!(self, "change", |tx| tx.delete_changes(changes, BATCH))?;
        let nodes = now.minus(NODES_KEEP);
        sweep!(self, "node", |tx| tx.delete_dead_nodes(nodes))
    }

    async fn findings(&mut self) -> Result<(), Error> {
        let findings = self.now.minus(self.engine.options().unusual.keep);
        sweep!(self, "finding", |tx| tx.delete_findings(findings, BATCH))?;
        let habits = self.now.minus(HABITS_KEEP);
        sweep!(self, "habit", |tx| tx.delete_habits(habits, BATCH))?;
        let sightings = self.now.minus(SIGHTINGS_KEEP);
        sweep!(self, "sighting", |tx| tx.delete_sightings(sightings, BATCH))?;
        let (now, ends) = (self.now, self.now.minus(TOLD_ENDS_KEEP));
        sweep!(self, "told_end", |tx| tx.delete_told_ends(ends, BATCH))?;
        sweep!(self, "told_limit", |tx| tx.delete_told_limits(now, BATCH))
    }

    async fn webhooks(&mut self) -> Result<(), Error> {
        let cutoff = self.now.minus(self.engine.options().webhooks.keep);
        sweep!(self, "webhook_message", |tx| tx.delete_ended_webhook_messages(cutoff, BATCH))
    }

    /// Reservations are given back before anything is deleted.
    async fn credits(&mut self) -> Result<(), Error> {
        let released = self.engine.release_ended_charges().await?;
        if released > 0 {
            tracing::info!(charges = released, "reserved credits were given back");
        }
        let charges = self.now.minus(CHARGES_KEEP);
        sweep!(self, "credit_charge", |tx| tx.delete_credit_charges(charges, BATCH))?;
        let grants = self.now.minus(CREDIT_GRANTS_KEEP);
        sweep!(self, "credit_grant", |tx| tx.delete_credit_grants(grants, BATCH))
    }

    /// One instant at a time: a transaction deletes what happened in one minute, hour or day.
    async fn usage(&mut self) -> Result<(), Error> {
        for grain in Grain::ALL {
            let cutoff = self.now.minus(self.engine.options().usage.of(grain));
            sweep!(self, ("usage", 1), |tx| tx.delete_oldest_usage(grain, cutoff))?;
            sweep!(self, ("usage_origin", 1), |tx| tx.delete_oldest_origins(grain, cutoff))?;
            sweep!(self, ("sign_in_tally", 1), |tx| tx.delete_oldest_sign_ins(grain, cutoff))?;
        }
        let cutoff = self.now.minus(NODES_KEEP);
        sweep!(self, ("usage_flush", u64::MAX), |tx| tx.delete_usage_flushes(cutoff))
    }

    /// Repeats a deletion until it finds fewer than `full` rows: many short transactions, never a long one.
    async fn repeat<F>(&mut self, (table, full): (&'static str, u64), deletion: F) -> Result<(), Error>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<u64, claviger_store::Error>>
            + Clone
            + Send
            + 'static,
    {
        loop {
            let rows = self.engine.store().write(deletion.clone()).await?;
            self.done.note(table, rows);
            if rows < full {
                return Ok(());
            }
        }
    }
}
