//! What the shared counter gave this node to spend.
//!
//! A lease is short, so that what is spent late is little: nodes together let through at most a twentieth of an even
//! limit's quota more than one node would, and no more than what comes back in five seconds. The counter makes up for it
//! where the quota is rolling, and a lease on a quota of the calendar ends with its period: neither is ever exceeded.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use claviger_domain::{Left, Limit, Pace, Timestamp};

use super::counter::LeaseAnswer;

/// Bits for what is held; those above are the millisecond at which the lease ends.
const BITS: u32 = 22;
const MOST_HELD: u64 = (1 << BITS) - 1;
/// A lease lasts this part of the time in which the quota comes back, and this long at most.
const PART: u32 = 20;
const LONGEST: Duration = Duration::from_secs(5);
/// The same for quotas of the calendar, where a late request is still one of its period.
const CALENDAR: Duration = Duration::from_secs(30);

/// Requests that may be let through without asking.
#[derive(Debug, Default)]
pub(super) struct Lease {
    held: AtomicU64,
    /// What was left for all nodes beside, in microseconds when all of it is back, and what the counter refused until when.
    remaining: AtomicU32,
    reset_at: AtomicI64,
    refused_cost: AtomicU32,
    refused_until: AtomicI64,
    /// What to ask for the next time.
    want: AtomicU32,
}

/// How long a lease on this limit lasts.
fn length(limit: &Limit) -> Duration {
    match limit.pace {
        Pace::Even { .. } | Pace::Rolling { .. } => (limit.window() / PART).min(LONGEST),
        Pace::Day | Pace::Month => CALENDAR,
    }
}

impl Lease {
    /// Spends what a request costs, if so much is held.
    pub(super) fn take(&self, cost: NonZeroU32, now: Timestamp) -> Option<Left> {
        let mut old = self.held.load(Ordering::Relaxed);
        loop {
            let left = held(old, now).checked_sub(cost.get().into())?;
            let new = old & !MOST_HELD | left;
            match self.held.compare_exchange_weak(old, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(self.left(left)),
                Err(current) => old = current,
            }
        }
    }

    /// What is left, and whether the counter refused as much as this a moment ago.
    pub(super) fn look(&self, cost: NonZeroU32, now: Timestamp) -> Left {
        let left = self.left(held(self.held.load(Ordering::Relaxed), now));
        Left { retry_at: self.refused_until(cost, now), ..left }
    }

    /// Until when there is no use in asking for as much as this.
    pub(super) fn refused_until(&self, cost: NonZeroU32, now: Timestamp) -> Option<Timestamp> {
        let until = Timestamp::from_micros(self.refused_until.load(Ordering::Relaxed));
        (now < until && cost.get() >= self.refused_cost.load(Ordering::Relaxed)).then_some(until)
    }

    /// Takes back that a request was let through, an instant ago.
    pub(super) fn give_back(&self, cost: NonZeroU32, now: Timestamp) {
        let mut old = self.held.load(Ordering::Relaxed);
        // Of a lease that ended there is nothing to be had any more.
        while old >> BITS > millis(now) {
            let after = (old & MOST_HELD).saturating_add(cost.get().into()).min(MOST_HELD);
            let new = old & !MOST_HELD | after;
            match self.held.compare_exchange_weak(old, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(current) => old = current,
            }
        }
    }

    /// What would be welcome: twice as much when the last lease was spent before its end, else what was spent of it.
    pub(super) fn want(&self, limit: &Limit, need: NonZeroU32, now: Timestamp) -> NonZeroU32 {
        let last = self.want.load(Ordering::Relaxed);
        let held_now = self.held.load(Ordering::Relaxed);
        let unspent = u32::try_from(held_now & MOST_HELD).unwrap_or(u32::MAX);
        let was_spent_early = held_now >> BITS > millis(now);
        let wanted = if was_spent_early { last.saturating_mul(2) } else { last.saturating_sub(unspent) };
        let most = (limit.requests.get() / PART).min(MOST_HELD as u32);
        let wanted = wanted.min(most).max(need.get());
        self.want.store(wanted, Ordering::Relaxed);
        NonZeroU32::new(wanted).unwrap_or(need)
    }

    /// Begins with what the counter gave at `asked_at`, but for what the request that asked costs.
    pub(super) fn begin(
        &self,
        limit: &Limit,
        answer: &LeaseAnswer,
        (need, asked_at): (NonZeroU32, Timestamp),
    ) -> Left {
        self.remaining.store(answer.remaining, Ordering::Relaxed);
        self.reset_at.store(asked_at.plus(answer.reset_after).micros(), Ordering::Relaxed);
        if let Some(after) = answer.retry_after {
            // At least a millisecond, so that nobody is told to come back at once.
            let until = asked_at.plus(after.max(Duration::from_millis(1)));
            // A limit that counts what is refused has to hear of it.
            if !limit.counts_refused {
                self.refused_cost.store(need.get(), Ordering::Relaxed);
                self.refused_until.store(until.micros(), Ordering::Relaxed);
            }
            return Left { retry_at: Some(until), ..self.left(0) };
        }
        let lasts = match limit.pace {
            Pace::Even { .. } | Pace::Rolling { .. } => length(limit),
            Pace::Day | Pace::Month => length(limit).min(answer.reset_after),
        };
        let rest = u64::from(answer.granted.saturating_sub(need.get())).min(MOST_HELD);
        let end = millis(asked_at.plus(lasts));
        self.held.store(end << BITS | rest, Ordering::Relaxed);
        self.left(rest)
    }

    fn left(&self, held: u64) -> Left {
        let held = u32::try_from(held).unwrap_or(u32::MAX);
        Left {
            remaining: self.remaining.load(Ordering::Relaxed).saturating_add(held),
            reset_at: Timestamp::from_micros(self.reset_at.load(Ordering::Relaxed)),
            retry_at: None,
        }
    }

    /// Whether nothing is held, so that forgetting it changes nothing.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        held(self.held.load(Ordering::Relaxed), now) == 0
    }
}

fn held(packed: u64, now: Timestamp) -> u64 {
    if packed >> BITS > millis(now) { packed & MOST_HELD } else { 0 }
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn n(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn limit() -> Limit {
        Limit::even("minute".parse().unwrap(), n(600), n(60))
    }

    fn granted(granted: u32) -> LeaseAnswer {
        LeaseAnswer { granted, remaining: 100, reset_after: Duration::from_secs(7), retry_after: None }
    }

    #[test]
    fn a_lease_is_spent_once_and_ends_by_itself() {
        let lease = Lease::default();
        assert!(lease.take(n(1), NOW).is_none());
        assert_eq!(lease.begin(&limit(), &granted(5), (n(2), NOW)).remaining, 103);
        assert_eq!(lease.take(n(2), NOW).unwrap().remaining, 101);
        assert!(lease.take(n(2), NOW).is_none(), "one is held");
        lease.give_back(n(1), NOW);
        assert!(lease.take(n(2), NOW).is_some());
        lease.begin(&limit(), &granted(5), (n(1), NOW));
        let end = NOW.plus(Duration::from_secs(3));
        assert!(lease.take(n(1), end).is_none(), "a twentieth of a minute");
        lease.give_back(n(1), end);
        assert!(lease.is_over(end));
    }

    #[test]
    fn whoever_spends_more_asks_for_more_up_to_a_bound() {
        let lease = Lease::default();
        let mut asked = Vec::new();
        for _ in 0..7 {
            let want = lease.want(&limit(), n(1), NOW);
            asked.push(want.get());
            lease.begin(&limit(), &granted(want.get()), (n(1), NOW));
            while lease.take(n(1), NOW).is_some() {}
        }
        assert_eq!(asked, [1, 2, 4, 8, 16, 30, 30]);
        lease.begin(&limit(), &granted(30), (n(1), NOW));
        lease.take(n(4), NOW).unwrap();
        assert_eq!(lease.want(&limit(), n(1), NOW.plus(LONGEST)).get(), 5, "what was spent of it");
    }

    #[test]
    fn what_was_refused_is_not_asked_for_again_too_early() {
        let lease = Lease::default();
        let refused = LeaseAnswer { granted: 0, retry_after: Some(Duration::from_secs(2)), ..granted(0) };
        let retry_at = lease.begin(&limit(), &refused, (n(3), NOW)).retry_at;
        assert_eq!(retry_at, Some(NOW.plus(Duration::from_secs(2))));
        assert_eq!(lease.refused_until(n(3), NOW), retry_at);
        assert_eq!(lease.refused_until(n(2), NOW), None, "less may fit");
        assert_eq!(lease.refused_until(n(3), NOW.plus(Duration::from_secs(2))), None);
        let strict = Limit { counts_refused: true, ..limit() };
        let lease = Lease::default();
        assert!(!lease.begin(&strict, &refused, (n(3), NOW)).has_room());
        assert_eq!(lease.refused_until(n(3), NOW), None, "each refusal is counted");
    }
}
