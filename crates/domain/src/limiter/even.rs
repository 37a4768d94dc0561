//! A quota that comes back evenly: the generic cell rate algorithm.

use std::num::NonZeroU32;

use super::Left;
use crate::time::Timestamp;

/// Nanoseconds, so that a million requests a second are told apart.
const SECOND: i64 = 1_000_000_000;

/// The quota comes back request by request. What was counted is one number, [`Even::FRESH`] at first: the instant, in
/// nanoseconds, at which all of it is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Even {
    /// The time in which one request comes back, rounded up: the limit is never exceeded by a fraction.
    interval: i64,
    /// How far ahead the instant may be.
    tolerance: i64,
}

impl Even {
    /// Nothing was counted yet.
    pub const FRESH: i64 = i64::MIN;

    /// `requests` in `per_seconds`, of which `burst` may come at once.
    pub fn new(requests: NonZeroU32, per_seconds: NonZeroU32, burst: NonZeroU32) -> Self {
        let per = i64::from(per_seconds.get()).saturating_mul(SECOND);
        let requests = i64::from(requests.get());
        let interval = per / requests + i64::from(per % requests != 0);
        Self { interval, tolerance: interval.saturating_mul(burst.get().into()) }
    }

    /// What is left for a request of this cost, which is not counted.
    pub fn look(&self, full_at: i64, cost: NonZeroU32, now: Timestamp) -> Left {
        let (now, held, after) = self.after(full_at, cost, now);
        let over = after.saturating_sub(now).saturating_sub(self.tolerance);
        let retry_at = match over {
            ..=0 => None,
            // A cost above the whole quota never fits; the time until all of it is back is the honest hint.
            _ if after.saturating_sub(held) > self.tolerance => Some(now.saturating_add(self.tolerance)),
            _ => Some(now.saturating_add(over)),
        };
        Left {
            remaining: self.remaining(held.saturating_sub(now)),
            reset_at: instant(held),
            retry_at: retry_at.map(instant),
        }
    }

    /// Counts a request of this cost, if there is room: then the first is what was counted from now on.
    pub fn take(&self, full_at: i64, cost: NonZeroU32, now: Timestamp) -> (Option<i64>, Left) {
        let (at, _, after) = self.after(full_at, cost, now);
        let ahead = after.saturating_sub(at);
        if ahead > self.tolerance {
            return (None, self.look(full_at, cost, now));
        }
        let left = Left { remaining: self.remaining(ahead), reset_at: instant(after), retry_at: None };
        (Some(after), left)
    }

    /// Counts a request that was refused: nothing is left afterwards that it could have taken.
    pub fn charge(&self, full_at: i64, cost: NonZeroU32, now: Timestamp) -> i64 {
        let (now, _, after) = self.after(full_at, cost, now);
        after.min(now.saturating_add(self.tolerance))
    }

    /// Takes back that a request was counted, an instant ago.
    pub fn give_back(&self, full_at: i64, cost: NonZeroU32) -> i64 {
        full_at.saturating_sub(self.interval.saturating_mul(cost.get().into()))
    }

    /// Whether all of the quota is back, so that it makes no difference what was counted.
    pub fn is_fresh(full_at: i64, now: Timestamp) -> bool {
        full_at <= nanos(now)
    }

    /// The present, the instant at which all is back as of the present, and the same with this cost counted.
    fn after(&self, full_at: i64, cost: NonZeroU32, now: Timestamp) -> (i64, i64, i64) {
        let now = nanos(now);
        // Never further ahead than a whole quota, also after the clock jumped back.
        let held = full_at.clamp(now, now.saturating_add(self.tolerance));
        let price = self.interval.saturating_mul(cost.get().into());
        (now, held, held.saturating_add(price))
    }

    fn remaining(&self, ahead: i64) -> u32 {
        let room = self.tolerance.saturating_sub(ahead).max(0);
        u32::try_from(room.checked_div(self.interval).unwrap_or(0)).unwrap_or(u32::MAX)
    }
}

fn nanos(at: Timestamp) -> i64 {
    at.micros().saturating_mul(1_000)
}

/// Rounded up, so that whoever waits until then is never early.
fn instant(nanos: i64) -> Timestamp {
    Timestamp::from_micros(nanos.div_euclid(1_000).saturating_add(i64::from(nanos.rem_euclid(1_000) != 0)))
}
