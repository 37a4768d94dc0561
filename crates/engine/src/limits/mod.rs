//! Counting requests against limits, in the memory of this node or for all nodes together.
//!
//! A request is counted against all of its limits or none: one that a limit refuses takes nothing from the others.

mod bucket;
mod buckets;
mod counter;
mod lease;
mod reached;
mod together;

use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_domain::{
    ApiId, Facts, Left, Limit, LimitState, Partition, Principal, Timestamp, WhenUnavailable,
};
use smallvec::SmallVec;

use self::bucket::Bucket;
use self::buckets::{BucketName, Buckets, Owner};
pub use self::counter::{CounterAway, CounterHealth, LeaseAnswer, LeaseQuestion, SharedCounter};
pub(crate) use self::reached::Reached;
use self::reached::ReachedLimits;
use self::together::Together;
use crate::failures::customer;

/// Buckets kept at once, if they have some of their quota left.
const BUCKETS: usize = 1_000_000;

/// All limits as this node counts them.
pub(crate) struct Limits {
    buckets: Buckets,
    /// Where all nodes count together.
    together: Option<Together>,
    /// What was used up, for those who are told.
    reached: ReachedLimits,
}

/// What a credential is counted against: limits of API, plan and key.
pub(crate) struct Allowance {
    /// Whose requests are counted together where a limit counts those of a credential.
    owner: Arc<str>,
    /// With their buckets, kept beside the credential.
    resolved: Vec<Arc<Bucket>>,
    /// Those whose bucket depends on where a request comes from.
    by_address: Vec<Arc<Limit>>,
}

/// What counting one request came to.
pub(crate) struct Count {
    /// Each limit's state; one that refused stands first, then the contract's order.
    pub(crate) states: SmallVec<[LimitState; 2]>,
    /// Whether all of them had room.
    pub(crate) is_within: bool,
}

impl Limits {
    /// Counts by itself, or together with other nodes.
    pub(crate) fn new(counter: Option<Arc<dyn SharedCounter>>) -> Self {
        Self {
            buckets: Buckets::new(BUCKETS, counter.is_some()),
            together: counter.map(Together::new),
            reached: ReachedLimits::default(),
        }
    }

    /// The limits that were used up since the last call.
    pub(crate) fn take_reached(&self) -> Vec<Reached> {
        self.reached.take()
    }

    /// Takes back those that could not be told.
    pub(crate) fn give_back_reached(&self, untold: Vec<Reached>) {
        self.reached.give_back(untold);
    }

    /// How the shared counter does; none where this node counts by itself.
    pub(crate) fn counter_health(&self) -> Option<CounterHealth> {
        self.together.as_ref().map(Together::health)
    }

    /// What a credential is counted against, as far as that is known as soon as the credential is. Tokens are counted
    /// with what they were bought with, or buying another would be a fresh start.
    pub(crate) fn resolve<'l>(
        &self,
        limits: impl Iterator<Item = &'l Arc<Limit>>,
        principal: &Principal,
        (owner, now): (Arc<str>, Timestamp),
    ) -> Allowance {
        let mut allowance = Allowance { owner, resolved: Vec::new(), by_address: Vec::new() };
        for limit in limits {
            match owner_of(limit.partition, &allowance.owner, principal) {
                Some(owner) => allowance.resolved.push(self.bucket(principal.api, limit, owner, now)),
                None => allowance.by_address.push(Arc::clone(limit)),
            }
        }
        allowance
    }

    /// Counts a request against its credential's limits and its route's. None, and nothing counted, where the shared
    /// counter has to be asked first.
    pub(crate) fn count_now(
        &self,
        allowance: &Allowance,
        principal: &Principal,
        (facts, now): (&Facts<'_>, Timestamp),
    ) -> Option<Count> {
        let own = self.of_request(allowance, principal, facts, now);
        let all = || allowance.resolved.iter().chain(&own);
        let count = match &self.together {
            None => count(all, facts.cost, now),
            Some(together) => together.count_now(all, facts.cost, now)?,
        };
        self.note_refusal(&count, all(), (allowance, principal), now);
        Some(count)
    }

    /// The same, with a round trip to the shared counter where that is needed.
    pub(crate) async fn count(
        &self,
        allowance: &Allowance,
        principal: &Principal,
        (facts, now): (&Facts<'_>, Timestamp),
    ) -> Count {
        let own = self.of_request(allowance, principal, facts, now);
        let all = || allowance.resolved.iter().chain(&own);
        let count = match &self.together {
            None => count(all, facts.cost, now),
            // Boxed, because few requests ask for it and every door holds this future for each.
            Some(together) => Box::pin(together.count(all, facts.cost, now)).await,
        };
        self.note_refusal(&count, all(), (allowance, principal), now);
        count
    }

    /// Notes that a limit was used up, where a request was refused for that.
    fn note_refusal<'b>(
        &self,
        count: &Count,
        mut all: impl Iterator<Item = &'b Arc<Bucket>>,
        (allowance, principal): (&Allowance, &Principal),
        now: Timestamp,
    ) {
        // The one that refused stands first.
        let (false, Some(state)) = (count.is_within, count.states.first()) else { return };
        let is_away = self.together.as_ref().is_some_and(|together| !together.health().is_available);
        if is_away && state.limit.when_unavailable == WhenUnavailable::Closed {
            // Refused because nobody can tell how much is left of it.
            return;
        }
        let bucket = all.find(|bucket| Arc::ptr_eq(&bucket.limit, &state.limit));
        let owner = owner_of(state.limit.partition, &allowance.owner, principal);
        if let (Some(bucket), Some(owner)) = (bucket, owner) {
            self.reached.note(bucket, (state, &owner), principal, now);
        }
    }

    /// The buckets that only the request tells: by its address and of its route.
    fn of_request(
        &self,
        allowance: &Allowance,
        principal: &Principal,
        facts: &Facts<'_>,
        now: Timestamp,
    ) -> SmallVec<[Arc<Bucket>; 2]> {
        let limits = allowance.by_address.iter().chain(facts.limits);
        let found = limits.filter_map(|limit| {
            let owner = owner_of(limit.partition, &allowance.owner, principal)
                // Nobody to count against where the caller of verify did not say where the request came from.
                .or_else(|| facts.address.map(|address| Owner::Address(customer(Some(address)))))?;
            Some(self.bucket(principal.api, limit, owner, now))
        });
        found.collect()
    }

    fn bucket(&self, api: ApiId, limit: &Arc<Limit>, owner: Owner, now: Timestamp) -> Arc<Bucket> {
        self.buckets.get(BucketName { api, limit: Arc::clone(limit), owner }, now)
    }
}

/// Who shares the bucket, unless that depends on the request's address.
fn owner_of(partition: Partition, credential: &Arc<str>, principal: &Principal) -> Option<Owner> {
    let itself = || Owner::Credential(Arc::clone(credential));
    Some(match partition {
        Partition::Credential => itself(),
        Partition::Workspace => Owner::Workspace(principal.workspace),
        Partition::Client => principal.client.clone().map_or_else(itself, Owner::Client),
        Partition::User => principal.subject.clone().map_or_else(itself, Owner::User),
        Partition::Everyone => Owner::Everyone,
        Partition::Address => return None,
    })
}

/// Counts a request against all of these or none.
fn count<'b, I: Iterator<Item = &'b Arc<Bucket>>>(
    all: impl Fn() -> I,
    cost: NonZeroU32,
    now: Timestamp,
) -> Count {
    // Looked at first, so that a request that will be refused is not even counted for a moment.
    if all().nth(1).is_some() && !all().all(|bucket| bucket.look(cost, now).has_room()) {
        return refuse(all, None, (cost, now));
    }
    let mut states: SmallVec<[LimitState; 2]> = SmallVec::new();
    for bucket in all() {
        let left = bucket.take(cost, now);
        if !left.has_room() {
            all().take(states.len()).for_each(|bucket| bucket.give_back(cost));
            return refuse(all, Some((states.len(), left)), (cost, now));
        }
        states.push(bucket.state(left));
    }
    Count { states, is_within: true }
}

/// The states of a request that is refused, which counts only where that is asked for; with what the limit at a place
/// said, which may have room again by now.
fn refuse<'b, I: Iterator<Item = &'b Arc<Bucket>>>(
    all: impl Fn() -> I,
    said: Option<(usize, Left)>,
    (cost, now): (NonZeroU32, Timestamp),
) -> Count {
    let mut states: SmallVec<[LimitState; 2]> = SmallVec::new();
    let mut is_led = false;
    for (place, bucket) in all().enumerate() {
        let mut left = match said {
            Some((refusing, left)) if refusing == place => left,
            _ => bucket.look(cost, now),
        };
        if bucket.limit.counts_refused {
            bucket.charge(cost, now);
            let after = bucket.look(cost, now);
            left = Left { retry_at: left.retry_at.and(after.retry_at.or(left.retry_at)), ..after };
        }
        let place = if left.has_room() || is_led { states.len() } else { 0 };
        is_led |= !left.has_room();
        states.insert(place, bucket.state(left));
    }
    Count { states, is_within: false }
}

#[cfg(test)]
mod limits_tests;
