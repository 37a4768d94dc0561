//! What was counted against one limit for one owner.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claviger_domain::{
    Calendar, Even, Left, Limit, LimitState, Pace, Period, Rolling, RollingState, Timestamp,
};

use super::lease::Lease;

/// A limit and what was counted against it.
pub(super) struct Bucket {
    pub(super) limit: Arc<Limit>,
    counted: Counted,
    /// Where all nodes count together.
    pub(super) share: Option<Box<Share>>,
    /// Until when it is not noted again that it is used up.
    noted_until: AtomicI64,
}

/// This node's share of what all nodes count together.
pub(super) struct Share {
    /// What is counted together, the same on every node.
    pub(super) name: Box<str>,
    pub(super) lease: Lease,
    /// One request at a time asks for more; the others wait for what it gets.
    pub(super) turn: tokio::sync::Mutex<()>,
}

impl Share {
    pub(super) fn new(name: Box<str>) -> Box<Self> {
        Box::new(Self { name, lease: Lease::default(), turn: tokio::sync::Mutex::new(()) })
    }
}

/// A rolling window is seventeen numbers, which one compare-and-set cannot change: it has a lock of its own, held for as
/// long as they are added up. The others are one number.
enum Counted {
    Even(Even, AtomicI64),
    Calendar(Calendar, AtomicU64),
    Rolling(Rolling, Mutex<RollingState>),
}

impl Bucket {
    pub(super) fn new(limit: Arc<Limit>, share: Option<Box<Share>>) -> Self {
        let by = |period| Calendar::new(limit.requests, period);
        let counted = match limit.pace {
            Pace::Even { per_seconds, burst } => {
                Counted::Even(Even::new(limit.requests, per_seconds, burst), AtomicI64::new(Even::FRESH))
            }
            Pace::Rolling { per_seconds } => {
                Counted::Rolling(Rolling::new(limit.requests, per_seconds), Mutex::default())
            }
            Pace::Day => Counted::Calendar(by(Period::Day), AtomicU64::new(Calendar::FRESH)),
            Pace::Month => Counted::Calendar(by(Period::Month), AtomicU64::new(Calendar::FRESH)),
        };
        Self { limit, counted, share, noted_until: AtomicI64::new(i64::MIN) }
    }

    /// Whether nobody noted it for the stretch of time that ends then; of many that ask, one is told so.
    pub(super) fn is_noted_anew(&self, until: Timestamp, now: Timestamp) -> bool {
        let noted = self.noted_until.load(Ordering::Relaxed);
        // Beyond that end, the clock has jumped back.
        let is_noted = (now.micros() + 1..=until.micros()).contains(&noted);
        let exchange = |until| {
            self.noted_until.compare_exchange(noted, until, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        !is_noted && exchange(until.micros())
    }

    /// Counts a request, if there is room.
    pub(super) fn take(&self, cost: NonZeroU32, now: Timestamp) -> Left {
        match &self.counted {
            Counted::Even(even, full_at) => swap(full_at, |counted| even.take(counted, cost, now)),
            Counted::Calendar(calendar, counted) => {
                swap(counted, |counted| calendar.take(counted, cost, now))
            }
            Counted::Rolling(rolling, state) => rolling.take(&mut lock(state), cost, now),
        }
    }

    /// What is left for a request, which is not counted.
    pub(super) fn look(&self, cost: NonZeroU32, now: Timestamp) -> Left {
        match &self.counted {
            Counted::Even(even, full_at) => even.look(full_at.load(Ordering::Relaxed), cost, now),
            Counted::Calendar(calendar, counted) => calendar.look(counted.load(Ordering::Relaxed), cost, now),
            Counted::Rolling(rolling, state) => rolling.look(&mut lock(state), cost, now),
        }
    }

    /// Counts a request that is refused.
    pub(super) fn charge(&self, cost: NonZeroU32, now: Timestamp) {
        match &self.counted {
            Counted::Even(even, full_at) => {
                swap(full_at, |counted| (Some(even.charge(counted, cost, now)), ()));
            }
            Counted::Calendar(calendar, counted) => {
                swap(counted, |counted| (Some(calendar.charge(counted, cost, now)), ()));
            }
            Counted::Rolling(rolling, state) => rolling.charge(&mut lock(state), cost, now),
        }
    }

    /// Takes back that a request was counted, an instant ago.
    pub(super) fn give_back(&self, cost: NonZeroU32) {
        match &self.counted {
            Counted::Even(even, full_at) => {
                swap(full_at, |counted| (Some(even.give_back(counted, cost)), ()));
            }
            Counted::Calendar(_, counted) => {
                swap(counted, |counted| (Some(Calendar::give_back(counted, cost)), ()));
            }
            Counted::Rolling(rolling, state) => rolling.give_back(&mut lock(state), cost),
        }
    }

    /// Whether all of the quota is back, so that forgetting it changes nothing.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        // Whatever was counted together, the shared counter knows.
        if self.share.as_ref().is_some_and(|share| !share.lease.is_over(now)) {
            return false;
        }
        match &self.counted {
            Counted::Even(_, full_at) => Even::is_fresh(full_at.load(Ordering::Relaxed), now),
            Counted::Calendar(calendar, counted) => calendar.is_fresh(counted.load(Ordering::Relaxed), now),
            Counted::Rolling(rolling, state) => rolling.is_fresh(&mut lock(state), now),
        }
    }

    pub(super) fn state(&self, left: Left) -> LimitState {
        let Left { remaining, reset_at, retry_at } = left;
        LimitState { limit: Arc::clone(&self.limit), remaining, reset_at, retry_at }
    }
}

fn lock(state: &Mutex<RollingState>) -> MutexGuard<'_, RollingState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that threads change together.
trait Number: Copy {
    type Shared;
    fn load(shared: &Self::Shared) -> Self;
    fn exchange(shared: &Self::Shared, old: Self, new: Self) -> Result<Self, Self>;
}

macro_rules! numbers {
    ($($number:ty, $shared:ty;)*) => {$(
        impl Number for $number {
            type Shared = $shared;

            fn load(shared: &$shared) -> Self {
                shared.load(Ordering::Relaxed)
            }

            fn exchange(shared: &$shared, old: Self, new: Self) -> Result<Self, Self> {
                shared.compare_exchange_weak(old, new, Ordering::Relaxed, Ordering::Relaxed)
            }
        }
    )*};
}

numbers! {
    i64, AtomicI64;
    u64, AtomicU64;
}

/// Puts in what `change` makes of the number, unless that is nothing, and tells what else it said.
fn swap<N: Number, T>(shared: &N::Shared, change: impl Fn(N) -> (Option<N>, T)) -> T {
    let mut old = N::load(shared);
    loop {
        let (new, said) = change(old);
        let Some(new) = new else { return said };
        match N::exchange(shared, old, new) {
            Ok(_) => return said,
            Err(current) => old = current,
        }
    }
}
