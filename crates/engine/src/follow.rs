//! Following the feed of changes, so that what another node did is true here too.

use std::time::Duration;

use claviger_domain::{ChangeKind, ChangeSeq, Environment, Receipt};
use claviger_secrets::Lookup;

use crate::engine::Engine;
use crate::error::Error;

/// What this node says it runs: all rooms have one version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Changes read at once.
const BATCH: u32 = 1_000;
/// Between two readings that bring news: what follows on the first of them in that time is read together.
const BREATH: Duration = Duration::from_millis(10);
/// How long a revocation waits for other nodes.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const RECEIPT_POLL: Duration = Duration::from_millis(10);

impl Engine {
    /// Follows the feed for ever. An error is logged once per outage; the lease does the rest.
    pub(crate) async fn follow_feed(&self) {
        let mut announced = self.store().subscribe();
        let mut position = None;
        let mut was_failing = false;
        loop {
            let before = position;
            match self.catch_up(&mut position).await {
                Ok(()) if was_failing => {
                    was_failing = false;
                    tracing::info!("the feed of changes is followed again");
                }
                Ok(()) => {}
                Err(error) if !was_failing => {
                    was_failing = true;
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the feed of changes cannot be read"
                    );
                }
                Err(_) => {}
            }
            if position != before {
                tokio::time::sleep(BREATH).await;
            }
            // Either wakes us: an announcement (this process, or NOTIFY), or the poll that needs none.
            let _ = tokio::time::timeout(self.options().poll, announced.changed()).await;
        }
    }

    /// Reads and applies what is new, then confirms the position with the lease.
    pub(crate) async fn catch_up(&self, position: &mut Option<ChangeSeq>) -> Result<(), Error> {
        let asked_at = self.now();
        if !self.feed().is_trusted(asked_at) {
            // Away for so long that the feed may have been pruned: begin anew.
            *position = None;
        }
        let mut applied = match *position {
            Some(seq) => seq,
            None => {
                // The memory may hold what was read before this position was: start clean.
                let latest = self.store().read().await?.latest_change().await?;
                self.forget_everything();
                latest
            }
        };
        loop {
            let changes = self.store().read().await?.list_changes_after(applied, BATCH).await?;
            for change in &changes {
                self.apply(&change.kind);
                applied = change.seq;
            }
            if changes.len() < BATCH as usize {
                break;
            }
        }
        self.refresh_keyrings().await?;
        let is_news = *position != Some(applied);
        if is_news || self.feed().is_heartbeat_due(asked_at) {
            let lease = self.feed().written_lease(asked_at, applied);
            self.store()
                .write::<_, Error, _>(move |tx| {
                    Box::pin(async move { Ok(tx.renew_node(lease, VERSION, asked_at).await?) })
                })
                .await?;
            let living = self.store().read().await?.list_live_nodes(asked_at).await?;
            self.feed().note_heartbeat(asked_at, &living);
        }
        *position = Some(applied);
        self.feed().trust_from(asked_at);
        Ok(())
    }

    /// Forgets what a change made untrue.
    pub(crate) fn apply(&self, change: &ChangeKind) {
        match change {
            ChangeKind::Key { key, lookups } => {
                self.parents().note(key.uuid());
                for lookup in lookups {
                    self.credentials().forget(Lookup::from_bytes(*lookup));
                }
            }
            ChangeKind::Token { family, lookups } => {
                // Those that were exchanged for one of them.
                self.parents().note(family.uuid());
                for lookup in lookups {
                    self.sold().note_end(lookup);
                    self.credentials().forget(Lookup::from_bytes(*lookup));
                }
            }
            ChangeKind::TestClock(workspace) => self.credentials().forget_where(|known| {
                let principal = &known.credential.principal;
                principal.environment == Environment::Test && principal.workspace == *workspace
            }),
            // Any number of tokens and sessions, once a week or so.
            ChangeKind::Sandbox(_) => {
                self.credentials().forget_all();
                self.sold().forget_all();
            }
            // A workspace can have any number of keys and clients; it changes rarely.
            ChangeKind::Workspace(_) => {
                self.clients().forget_all();
                self.credentials().forget_all();
                self.sold().forget_all();
            }
            ChangeKind::OperatorToken { lookup, .. } => self.operators().forget(Lookup::from_bytes(*lookup)),
            ChangeKind::Client(client) => {
                self.clients().forget(*client);
                self.parents().note(client.uuid());
            }
            ChangeKind::Account(account) => self.parents().note(account.uuid()),
            ChangeKind::Grant(grant) => self.parents().note(grant.uuid()),
            ChangeKind::SigningKeys(api) => self.note_signing_keys(*api),
            ChangeKind::Api(_) => {}
        }
    }

    fn forget_everything(&self) {
        self.sold().forget_all();
        self.credentials().forget_all();
        self.operators().forget_all();
        self.clients().forget_all();
        self.note_all_signing_keys();
    }

    /// Waits until every node with a living lease has confirmed `seq`, for a few seconds at most.
    pub(crate) async fn await_receipt(&self, seq: ChangeSeq) -> Result<Receipt, Error> {
        let give_up = tokio::time::Instant::now() + RECEIPT_PATIENCE;
        loop {
            let nodes = self.store().read().await?.list_live_nodes(self.now()).await?;
            let confirmed = nodes.iter().filter(|node| node.applied >= seq).count();
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let receipt = Receipt { seq, nodes: count(nodes.len()), confirmed: count(confirmed) };
            if receipt.is_complete() || tokio::time::Instant::now() >= give_up {
                return Ok(receipt);
            }
            tokio::time::sleep(RECEIPT_POLL).await;
        }
    }

    /// Takes this node out of the list, so that nobody waits for it.
    pub(crate) async fn leave(&self) {
        let node = self.feed().node();
        let left = self.store().write(move |tx| Box::pin(async move { tx.delete_node(node).await })).await;
        if let Err(error) = left {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "this node's lease could not be given back"
            );
        }
    }
}
