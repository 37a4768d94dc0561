//! The counter that nodes share: an effect, given to the engine from outside.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use claviger_domain::{Limit, Timestamp};
use futures_util::future::BoxFuture;

/// How long nobody asks after it did not answer; then one request at a time does.
const REST: Duration = Duration::from_secs(1);

/// What a node asks for: requests that it may let through by itself for a while.
#[derive(Clone, Copy, Debug)]
pub struct LeaseQuestion<'q> {
    /// What is counted together, the same on every node.
    pub name: &'q str,
    /// The limit.
    pub limit: &'q Limit,
    /// What the request that waits costs.
    pub need: NonZeroU32,
    /// What would be welcome, that request included; the counter never gives more than a quarter of what is left beyond
    /// the need.
    pub want: NonZeroU32,
}

/// What a node is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseAnswer {
    /// Requests that it may let through, at least the need; none where there is no room for that.
    pub granted: u32,
    /// What is left for all nodes beside.
    pub remaining: u32,
    /// After how long the whole quota is there again.
    pub reset_after: Duration,
    /// After how long there is room, where there is none.
    pub retry_after: Option<Duration>,
}

/// The counter did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shared counter did not answer: {0}")]
pub struct CounterAway(pub String);

/// Counts for all nodes. Each call is one round trip that changes nothing or everything.
pub trait SharedCounter: fmt::Debug + Send + Sync + 'static {
    /// Takes from a limit's quota what this node may spend.
    fn lease<'c>(&'c self, question: LeaseQuestion<'c>) -> BoxFuture<'c, Result<LeaseAnswer, CounterAway>>;
}

/// How the shared counter does, as this node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterHealth {
    /// Whether its last answer came.
    pub is_available: bool,
    /// How often it was asked.
    pub calls: u64,
    /// How often no answer came.
    pub failures: u64,
}

/// What this node knows of the shared counter.
#[derive(Debug, Default)]
pub(super) struct Health {
    is_away: AtomicBool,
    asked_again_at: AtomicI64,
    calls: AtomicU64,
    failures: AtomicU64,
}

impl Health {
    /// Whether it did not answer just now, so that nobody need wait for it.
    pub(super) fn rests(&self, now: Timestamp) -> bool {
        self.is_away.load(Ordering::Relaxed) && is_rest(self.asked_again_at.load(Ordering::Relaxed), now)
    }

    /// Whether this request is to ask. While it is away one in each rest is, and the others need not wait for it.
    pub(super) fn is_asked(&self, now: Timestamp) -> bool {
        if !self.is_away.load(Ordering::Relaxed) {
            return true;
        }
        let again = self.asked_again_at.load(Ordering::Relaxed);
        let next = now.plus(REST).micros();
        !is_rest(again, now)
            && self.asked_again_at.compare_exchange(again, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(super) fn answered(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.is_away.load(Ordering::Relaxed) && self.is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("the shared counter of limits answers again");
        }
    }

    pub(super) fn failed(&self, away: &CounterAway, now: Timestamp) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.asked_again_at.store(now.plus(REST).micros(), Ordering::Relaxed);
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(error = %away, "limits are counted as each says for when the shared counter is away");
        }
    }

    pub(super) fn report(&self) -> CounterHealth {
        CounterHealth {
            is_available: !self.is_away.load(Ordering::Relaxed),
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}

/// Whether a rest that ends then goes on. Beyond the length of one, the clock has jumped back.
fn is_rest(ends_at: i64, now: Timestamp) -> bool {
    (now.micros() + 1..=now.plus(REST).micros()).contains(&ends_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn while_it_is_away_one_request_in_a_second_asks() {
        let health = Health::default();
        let away = CounterAway("away".to_owned());
        assert!(health.is_asked(NOW) && health.is_asked(NOW), "nobody knows of anything");
        health.failed(&away, NOW);
        assert!(health.rests(NOW) && !health.is_asked(NOW));
        let later = NOW.plus(REST);
        assert!(!health.rests(later));
        assert!(health.is_asked(later));
        assert!(health.rests(later) && !health.is_asked(later), "the others do as they are told for then");
        assert!(health.is_asked(NOW.minus(REST)), "the clock has jumped back");
        health.answered();
        assert!(!health.rests(later) && health.is_asked(later) && health.is_asked(later));
        assert_eq!(health.report(), CounterHealth { is_available: true, calls: 2, failures: 1 });
    }
}
