//! Writing what was counted, folding it, and forgetting what is too old.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Grain, NodeId, RequestId, Timestamp, UsageName, UsageOrigin};
use claviger_store::{MinuteOrigin, MinuteTally, UsageBatch};
use indexmap::IndexMap;
use tokio::sync::oneshot;

use crate::counts::{Counted, Counts, Flush};
use crate::engine::Engine;
use crate::error::Error;
use crate::pace::Pace;
use crate::usage_parts::UsageParts;

/// How often counts are written: so much of them a crash can lose.
pub(crate) const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How soon batches are folded again: at once where there are few, so that whoever looks sees the last seconds.
const FOLD_SOON: Duration = Duration::from_secs(1);
/// How soon where there are many, so that what repeats itself adds up first.
const FOLD_LATER: Duration = Duration::from_secs(15);
/// How long a node is taken for the one that folds. Two at once would only be in each other's way.
const LEASE: Duration = Duration::from_secs(15);
/// Batches in one fold that are many.
const MANY: usize = 32;

impl Engine {
    /// Writes what was counted since the last time, and what could not be written then. A count belongs to the minute
    /// in which it is written, at most a second after it was made.
    ///
    /// [`Engine::run`] does it every second; this is for when that does not run.
    pub async fn write_usage(&self) {
        let mut unwritten = self.counts().unwritten.lock().await;
        let counts = self.counts().drain();
        for (name, counted) in &counts {
            self.watch().count(name, &counted.tally);
        }
        unwritten.add(counts);
        while let Some(flush) = unwritten.next(|counts, parts| self.batches(counts, parts)) {
            if let Err(error) = self.write_flush(flush).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    waiting = unwritten.len(),
                    "usage could not be written and will be tried again"
                );
                break;
            }
            unwritten.confirm();
        }
        self.counts().note_waiting(unwritten.len());
    }

    /// Writes a flush, unless that was done before: an error, or the end of whoever waited, does not say that it was not.
    async fn write_flush(&self, flush: Flush) -> Result<(), Error> {
        let (node, now) = (self.feed().node(), self.now());
        let written = self.store().write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                if tx.begin_usage_flush(node, flush.number, now).await? {
                    for batch in &*flush.batches {
                        tx.insert_usage_batch(batch).await?;
                    }
                }
                Ok(())
            })
        });
        written.await
    }

    fn batches(&self, counts: &Counts, parts: &mut UsageParts) -> Arc<[UsageBatch]> {
        let minute = Grain::Minute.floor(self.now());
        let mut batches = IndexMap::<i64, UsageBatch>::new();
        for (part, (name, counted)) in parts.divide(counts.keys()).into_iter().zip(counts) {
            let batch = batches.entry(part).or_insert_with(|| UsageBatch::new(self.batch_id(), part));
            batch.tallies.push(MinuteTally { minute, name: name.clone(), tally: counted.tally });
            batch.origins.extend(origins_of((minute, name), counted));
        }
        batches.into_values().collect()
    }

    fn batch_id(&self) -> uuid::Uuid {
        RequestId::generate(self.clock(), self.entropy()).uuid()
    }

    /// Folds every batch there is, in many short transactions; on one node at a time. Answers how many it folded.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn fold_usage(&self) -> Result<usize, Error> {
        self.fold_batches(None).await
    }

    /// The same, at a pace where one is given.
    async fn fold_batches(&self, mut pace: Option<Pace>) -> Result<usize, Error> {
        let node = self.feed().node();
        let mut read = self.store().read().await?;
        // Nothing is written while nothing is counted, the lease included, nor by those whose turn it is not.
        let is_theirs = read.find_job_holder("usage", self.now()).await?.is_some_and(|holder| holder != node);
        if is_theirs || !read.is_usage_waiting().await? {
            return Ok(0);
        }
        drop(read);
        let mut all = 0;
        loop {
            match self.fold_part(node).await? {
                None | Some(0) => return Ok(all),
                Some(folded) => all += folded,
            }
            if let Some(pace) = &mut pace {
                pace.rest().await;
            }
        }
    }

    /// Folds the batches of one part. `None` when it is another node's turn.
    async fn fold_part(&self, node: NodeId) -> Result<Option<usize>, Error> {
        let now = self.now();
        let until = now.plus(LEASE);
        let fold = self.store().write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                if !tx.acquire_job("usage", node, now, until).await? {
                    return Ok(None);
                }
                Ok(Some(tx.fold_usage().await?))
            })
        });
        fold.await
    }

    /// Writes what was counted until it is told to end, and then once more. A write is not broken off in the middle, since
    /// nobody would be left to ask whether it was done.
    pub(crate) async fn flush_usage_until(&self, mut end: oneshot::Receiver<()>) {
        let mut ticks = tokio::time::interval(FLUSH_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut goes_on = true;
        while goes_on {
            goes_on = tokio::select! {
                _ = &mut end => false,
                _ = ticks.tick() => true,
            };
            self.write_usage().await;
            // A limit that was used up is as much in memory as a count, and no more of it is to be lost.
            if let Err(error) = Box::pin(self.tell_of_reached_limits()).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "webhooks could not be told of used up limits; it will be tried again");
            }
            self.write_sign_ins().await;
        }
    }

    pub(crate) async fn fold_usage_for_ever(&self) {
        loop {
            let pause = match self.fold_batches(Some(Pace::begin())).await {
                Ok(folded) if folded < MANY => FOLD_SOON,
                Ok(_) => FOLD_LATER,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "usage could not be folded and will be tried again");
                    FOLD_LATER
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// Where the requests of a name came from; nowhere for those of nobody.
fn origins_of<'c>(
    (minute, name): (Timestamp, &'c UsageName),
    counted: &'c Counted,
) -> impl Iterator<Item = MinuteOrigin> + 'c {
    let owner = name.workspace.zip(name.credential.as_ref());
    owner.into_iter().flat_map(move |(workspace, credential)| {
        counted.origins.iter().map(move |(origin, requests)| {
            let origin = UsageOrigin {
                api: name.api,
                workspace,
                credential: credential.clone(),
                version: origin.version,
                network: origin.network,
            };
            MinuteOrigin { minute, origin, requests: *requests }
        })
    })
}
