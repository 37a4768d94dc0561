//! Counting requests against limits, in the memory of this node.
//!
//! Each bucket is one atomic (governor's GCRA): no lock is held while counting, and the whole set is bounded.

use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{ApiId, Clock, Facts, Limit, LimitState, Partition, Principal, Timestamp};
use governor::clock::Reference;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;
use smallvec::SmallVec;

use crate::lookup_cache::growing;

type Limiter = RateLimiter<NotKeyed, InMemoryState, EngineClock, StateInformationMiddleware>;

/// Buckets kept at once; the coldest are forgotten first, which lets their owners start afresh.
const BUCKETS: usize = 1_000_000;

/// All buckets of this node.
pub(crate) struct Limits {
    buckets: Cache<BucketName, Arc<Limiter>>,
    clock: EngineClock,
}

/// A limit with the bucket it is counted in.
struct Metered {
    limit: Arc<Limit>,
    bucket: Arc<Limiter>,
}

/// What a credential is counted against: limits of API, plan and key.
pub(crate) struct Allowance {
    /// Whose requests are counted together where a limit counts those of a credential.
    owner: Arc<str>,
    /// With their buckets, kept beside the credential.
    resolved: Vec<Metered>,
    /// Those whose bucket depends on where a request comes from.
    by_address: Vec<Arc<Limit>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct BucketName {
    api: ApiId,
    limit: Arc<Limit>,
    owner: Owner,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Owner {
    Credential(Arc<str>),
    Workspace(claviger_domain::WorkspaceId),
    Address(std::net::IpAddr),
}

/// What counting one request came to.
pub(crate) struct Count {
    /// Each limit's state; the one that refused stands first, then the contract's order.
    pub(crate) states: SmallVec<[LimitState; 2]>,
    /// Whether all of them had room.
    pub(crate) is_within: bool,
}

impl Limits {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { buckets: growing(BUCKETS), clock: EngineClock(clock) }
    }

    /// What a credential is counted against, as far as that is known as soon as the credential is. Tokens are counted
    /// with what they were bought with, or buying another would be a fresh start.
    pub(crate) fn resolve<'l>(
        &self,
        limits: impl Iterator<Item = &'l Arc<Limit>>,
        principal: &Principal,
        owner: Arc<str>,
    ) -> Allowance {
        let mut allowance = Allowance { owner, resolved: Vec::new(), by_address: Vec::new() };
        for limit in limits {
            let owner = match limit.partition {
                Partition::Credential => Owner::Credential(Arc::clone(&allowance.owner)),
                Partition::Workspace => Owner::Workspace(principal.workspace),
                Partition::Address => {
                    allowance.by_address.push(Arc::clone(limit));
                    continue;
                }
            };
            allowance.resolved.push(self.metered(principal.api, limit, owner));
        }
        allowance
    }

    /// Counts a request against its credential's limits and its route's.
    pub(crate) fn count(
        &self,
        allowance: &Allowance,
        principal: &Principal,
        facts: &Facts<'_>,
        now: Timestamp,
    ) -> Count {
        let mut count = Count { states: SmallVec::new(), is_within: true };
        for metered in &allowance.resolved {
            count.add(metered.take(facts.cost, now));
        }
        for limit in allowance.by_address.iter().chain(facts.limits) {
            let owner = match (limit.partition, facts.address) {
                (Partition::Credential, _) => Owner::Credential(Arc::clone(&allowance.owner)),
                (Partition::Workspace, _) => Owner::Workspace(principal.workspace),
                (Partition::Address, Some(address)) => Owner::Address(address),
                // Nobody to count against: the caller of verify did not say where the request came from.
                (Partition::Address, None) => continue,
            };
            count.add(self.metered(principal.api, limit, owner).take(facts.cost, now));
        }
        count
    }

    fn metered(&self, api: ApiId, limit: &Arc<Limit>, owner: Owner) -> Metered {
        let name = BucketName { api, limit: Arc::clone(limit), owner };
        let bucket = self.buckets.get(&name).unwrap_or_else(|| {
            // Two racing makers would each count in their own bucket; the guard makes one of them wait.
            let made = self.buckets.get_or_insert_with(&name, || {
                Ok::<_, std::convert::Infallible>(Arc::new(limiter(limit, self.clock.clone())))
            });
            let Ok(bucket) = made;
            bucket
        });
        Metered { limit: Arc::clone(limit), bucket }
    }
}

impl Count {
    fn add(&mut self, state: LimitState) {
        if state.retry_at.is_some() && self.is_within {
            self.is_within = false;
            self.states.insert(0, state);
        } else {
            self.states.push(state);
        }
    }
}

impl Metered {
    fn take(&self, cost: NonZeroU32, now: Timestamp) -> LimitState {
        let limit = &self.limit;
        let (remaining, retry_at) = match self.bucket.check_n(cost) {
            Ok(Ok(snapshot)) => (snapshot.remaining_burst_capacity(), None),
            Ok(Err(wait)) => {
                let moment = Moment::from(now);
                (0, Some(now.plus(wait.wait_time_from(moment).max(Duration::from_millis(1)))))
            }
            // A cost above the whole quota never fits; the window is the honest hint.
            Err(_) => (0, Some(now.plus(limit.window()))),
        };
        let used = limit.requests.get().saturating_sub(remaining);
        let refill = limit.window().mul_f64(f64::from(used) / f64::from(limit.requests.get()));
        LimitState { limit: Arc::clone(limit), remaining, reset_at: now.plus(refill), retry_at }
    }
}

fn limiter(limit: &Limit, clock: EngineClock) -> Limiter {
    let one = limit.window().checked_div(limit.requests.get()).filter(|one| !one.is_zero());
    // A quota so large that one request takes less than a nanosecond is as good as the finest one.
    let quota = Quota::with_period(one.unwrap_or(Duration::from_nanos(1)))
        .unwrap_or_else(|| Quota::per_second(limit.requests))
        .allow_burst(limit.requests);
    Limiter::new(quota, InMemoryState::default(), clock)
}

/// The engine's clock in governor's terms, so that a test's fake clock moves the limits too.
#[derive(Clone)]
struct EngineClock(Arc<dyn Clock>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(u64);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(u64::try_from(at.micros()).unwrap_or(0).saturating_mul(1_000))
    }
}

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(nanos.as_u64()))
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.checked_sub(duration.into()).unwrap_or(self.0))
    }
}

impl governor::clock::Clock for EngineClock {
    type Instant = Moment;

    fn now(&self) -> Moment {
        self.0.now().into()
    }
}
