//! Counting together with other nodes.
//!
//! What this node holds is spent without asking; the counter is asked for more in one round trip, by one request for each
//! bucket at a time. While it is away, each limit says what happens.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Left, LimitState, Timestamp, WhenUnavailable};
use smallvec::SmallVec;

use super::Count;
use super::bucket::{Bucket, Share};
use super::counter::{CounterHealth, Health, LeaseQuestion, SharedCounter};

/// How long a request that is refused because the counter is away is told to wait.
const AWAY: Duration = Duration::from_secs(1);

/// The counter, and how it does.
pub(super) struct Together {
    counter: Arc<dyn SharedCounter>,
    health: Health,
}

/// What one limit said.
enum Said {
    /// The request was counted here.
    Counted(Kept, Left),
    /// There is no room.
    Refused(Left),
    /// Only the counter can tell.
    Ask,
}

/// Where a request was counted.
#[derive(Clone, Copy)]
enum Kept {
    /// In what this node holds of the quota of all.
    Lease,
    /// By this node alone.
    Local,
    /// Nowhere.
    Nowhere,
}

/// The limits that have counted a request so far.
#[derive(Default)]
struct Progress {
    states: SmallVec<[LimitState; 2]>,
    kept: SmallVec<[Kept; 4]>,
}

impl Together {
    pub(super) fn new(counter: Arc<dyn SharedCounter>) -> Self {
        Self { counter, health: Health::default() }
    }

    pub(super) fn health(&self) -> CounterHealth {
        self.health.report()
    }

    /// Counts a request against all of these or none, unless the counter has to be asked.
    pub(super) fn count_now<'b, I: Iterator<Item = &'b Arc<Bucket>> + Clone>(
        &self,
        all: impl Fn() -> I,
        cost: NonZeroU32,
        now: Timestamp,
    ) -> Option<Count> {
        let mut progress = Progress::default();
        for bucket in all() {
            match self.take_now(bucket, cost, now) {
                Said::Counted(kept, left) => progress.add(bucket, kept, left),
                Said::Ask => {
                    progress.undo(all(), (cost, now), |_| true);
                    return None;
                }
                // What counts refusals has to hear of this one.
                Said::Refused(_) if all().any(|bucket| bucket.limit.counts_refused) => {
                    progress.undo(all(), (cost, now), |_| true);
                    return None;
                }
                Said::Refused(left) => return Some(progress.refuse(all(), left, (cost, now))),
            }
        }
        Some(Count { states: progress.states, is_within: true })
    }

    /// Counts a request against all of these or none.
    pub(super) async fn count<'b, I: Iterator<Item = &'b Arc<Bucket>> + Clone>(
        &self,
        all: impl Fn() -> I,
        cost: NonZeroU32,
        now: Timestamp,
    ) -> Count {
        let mut progress = Progress::default();
        let mut buckets = all();
        while let Some(bucket) = buckets.next() {
            match self.take(bucket, cost, now).await {
                Ok((kept, left)) => progress.add(bucket, kept, left),
                Err(left) => {
                    for other in buckets.filter(|other| other.limit.counts_refused) {
                        let _counted = self.take(other, cost, now).await;
                    }
                    return progress.refuse(all(), left, (cost, now));
                }
            }
        }
        Count { states: progress.states, is_within: true }
    }

    fn take_now(&self, bucket: &Bucket, cost: NonZeroU32, now: Timestamp) -> Said {
        let Some(share) = &bucket.share else { return alone(bucket, cost, now) };
        if let Some(left) = share.lease.take(cost, now) {
            return Said::Counted(Kept::Lease, left);
        }
        if share.lease.refused_until(cost, now).is_some() {
            return Said::Refused(share.lease.look(cost, now));
        }
        if self.health.rests(now) { unavailable(bucket, cost, now) } else { Said::Ask }
    }

    async fn take(&self, bucket: &Bucket, cost: NonZeroU32, now: Timestamp) -> Result<(Kept, Left), Left> {
        let said = match (self.take_now(bucket, cost, now), &bucket.share) {
            (Said::Ask, Some(share)) => self.ask(bucket, share, (cost, now)).await,
            (said, _) => said,
        };
        match said {
            Said::Counted(kept, left) => Ok((kept, left)),
            Said::Refused(left) => Err(left),
            // Only what has a share is asked about.
            Said::Ask => Ok((Kept::Nowhere, uncounted(bucket, now))),
        }
    }

    /// Asks the counter, unless somebody else has in the meantime.
    async fn ask(&self, bucket: &Bucket, share: &Share, (cost, now): (NonZeroU32, Timestamp)) -> Said {
        let _turn = share.turn.lock().await;
        match self.take_now(bucket, cost, now) {
            Said::Ask => {}
            said => return said,
        }
        if !self.health.is_asked(now) {
            return unavailable(bucket, cost, now);
        }
        let want = share.lease.want(&bucket.limit, cost, now);
        let question = LeaseQuestion { name: &share.name, limit: &bucket.limit, need: cost, want };
        match self.counter.lease(question).await {
            Ok(answer) => {
                self.health.answered();
                let left = share.lease.begin(&bucket.limit, &answer, (cost, now));
                if left.has_room() { Said::Counted(Kept::Lease, left) } else { Said::Refused(left) }
            }
            Err(away) => {
                self.health.failed(&away, now);
                unavailable(bucket, cost, now)
            }
        }
    }
}

fn alone(bucket: &Bucket, cost: NonZeroU32, now: Timestamp) -> Said {
    let left = bucket.take(cost, now);
    if left.has_room() {
        return Said::Counted(Kept::Local, left);
    }
    if bucket.limit.counts_refused {
        bucket.charge(cost, now);
        let after = bucket.look(cost, now);
        return Said::Refused(Left { retry_at: after.retry_at.or(left.retry_at), ..after });
    }
    Said::Refused(left)
}

fn unavailable(bucket: &Bucket, cost: NonZeroU32, now: Timestamp) -> Said {
    match bucket.limit.when_unavailable {
        WhenUnavailable::Local => alone(bucket, cost, now),
        WhenUnavailable::Open => Said::Counted(Kept::Nowhere, uncounted(bucket, now)),
        WhenUnavailable::Closed => {
            Said::Refused(Left { remaining: 0, reset_at: now.plus(AWAY), retry_at: Some(now.plus(AWAY)) })
        }
    }
}

/// The state of a limit that nobody counts.
fn uncounted(bucket: &Bucket, now: Timestamp) -> Left {
    Left { remaining: bucket.limit.requests.get(), reset_at: now, retry_at: None }
}

impl Progress {
    fn add(&mut self, bucket: &Bucket, kept: Kept, left: Left) {
        self.states.push(bucket.state(left));
        self.kept.push(kept);
    }

    /// Takes back what was counted, where that is wished.
    fn undo<'b>(
        &self,
        all: impl Iterator<Item = &'b Arc<Bucket>>,
        (cost, now): (NonZeroU32, Timestamp),
        is_wished: impl Fn(&Bucket) -> bool,
    ) {
        for (bucket, kept) in all.zip(&self.kept).filter(|(bucket, _)| is_wished(bucket)) {
            match (kept, &bucket.share) {
                (Kept::Lease, Some(share)) => share.lease.give_back(cost, now),
                (Kept::Local, _) => bucket.give_back(cost),
                (Kept::Lease | Kept::Nowhere, _) => {}
            }
        }
    }

    /// Takes back what was counted, but where refusals count; the one that refused stands first.
    fn refuse<'b>(
        self,
        all: impl Iterator<Item = &'b Arc<Bucket>> + Clone,
        left: Left,
        (cost, now): (NonZeroU32, Timestamp),
    ) -> Count {
        self.undo(all.clone(), (cost, now), |bucket| !bucket.limit.counts_refused);
        let counted = self.states.len();
        let mut states = self.states;
        for state in states.iter_mut().filter(|state| !state.limit.counts_refused) {
            state.remaining = state.remaining.saturating_add(cost.get()).min(state.limit.requests.get());
        }
        let mut others = all.skip(counted);
        if let Some(refusing) = others.next() {
            states.insert(0, refusing.state(left));
        }
        // Those behind it were not asked; what is known of them is what the last answer said.
        states.extend(others.map(|bucket| bucket.state(known(bucket, cost, now))));
        Count { states, is_within: false }
    }
}

fn known(bucket: &Bucket, cost: NonZeroU32, now: Timestamp) -> Left {
    bucket.share.as_ref().map_or_else(|| bucket.look(cost, now), |share| share.lease.look(cost, now))
}
