//! A window that rolls with the time.

use std::num::NonZeroU32;

use super::Left;
use crate::time::Timestamp;

/// Slices of a window.
const SLICES: i64 = 16;
/// Slices that count: those of a window, and the one that it begins in.
const COUNTED: usize = 17;
/// How many slices the clock may be behind what was counted last before that is a jump: threads that look at the clock
/// one after the other may count in the other order.
const BEHIND: i64 = 1;

/// Never more than the quota in any stretch of the window's length. Requests are counted by the sixteenth of a window,
/// so that one weighs for up to a sixteenth longer than the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolling {
    requests: u32,
    /// A sixteenth of the window, in microseconds.
    slice: i64,
}

/// What was counted, by slice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollingState {
    /// The slice that was counted in last.
    latest: i64,
    /// The counts of the slices up to that one, each at its number modulo the length.
    counts: [u32; COUNTED],
}

impl Rolling {
    /// `requests` in any `per_seconds`.
    pub fn new(requests: NonZeroU32, per_seconds: NonZeroU32) -> Self {
        Self { requests: requests.get(), slice: i64::from(per_seconds.get()) * 1_000_000 / SLICES }
    }

    /// What is left for a request of this cost, which is not counted.
    pub fn look(&self, state: &mut RollingState, cost: NonZeroU32, now: Timestamp) -> Left {
        self.roll(state, now);
        let used = state.used();
        let fits = used.saturating_add(cost.get().into()) <= self.requests.into();
        Left {
            remaining: self.remaining(used),
            reset_at: self.reset_at(state, now),
            retry_at: (!fits).then(|| self.retry_at(state, used, cost, now)),
        }
    }

    /// Counts a request of this cost, if there is room.
    pub fn take(&self, state: &mut RollingState, cost: NonZeroU32, now: Timestamp) -> Left {
        let left = self.look(state, cost, now);
        if !left.has_room() {
            return left;
        }
        self.charge(state, cost, now);
        Left { remaining: self.remaining(state.used()), reset_at: self.reset_at(state, now), retry_at: None }
    }

    /// Counts a request, whether or not there is room.
    pub fn charge(&self, state: &mut RollingState, cost: NonZeroU32, now: Timestamp) {
        self.roll(state, now);
        if let Some(count) = state.latest_count() {
            *count = count.saturating_add(cost.get());
        }
    }

    /// Takes back that a request was counted, an instant ago.
    pub fn give_back(&self, state: &mut RollingState, cost: NonZeroU32) {
        if let Some(count) = state.latest_count() {
            *count = count.saturating_sub(cost.get());
        }
    }

    /// Whether all of the quota is back, so that it makes no difference what was counted.
    pub fn is_fresh(&self, state: &mut RollingState, now: Timestamp) -> bool {
        self.roll(state, now);
        state.used() == 0
    }

    /// Forgets what is older than the window.
    fn roll(&self, state: &mut RollingState, now: Timestamp) {
        let slice = now.micros().div_euclid(self.slice);
        let ahead = slice.saturating_sub(state.latest);
        if ahead > 0 {
            for passed in 0..ahead.min(COUNTED as i64) {
                if let Some(count) = state.counts.get_mut(place(slice.saturating_sub(passed))) {
                    *count = 0;
                }
            }
        } else if ahead < -BEHIND {
            // The clock jumped back: what was counted is as old as before.
            let by = place(ahead);
            state.counts.rotate_right(by);
        } else {
            return;
        }
        state.latest = slice;
    }

    fn remaining(&self, used: u64) -> u32 {
        u32::try_from(u64::from(self.requests).saturating_sub(used)).unwrap_or(0)
    }

    /// When the slice stops to count.
    fn end_of(&self, slice: i64) -> Timestamp {
        Timestamp::from_micros(slice.saturating_add(COUNTED as i64).saturating_mul(self.slice))
    }

    fn reset_at(&self, state: &RollingState, now: Timestamp) -> Timestamp {
        state.by_age().filter(|(_, count)| *count > 0).last().map_or(now, |(slice, _)| self.end_of(slice))
    }

    fn retry_at(&self, state: &RollingState, used: u64, cost: NonZeroU32, now: Timestamp) -> Timestamp {
        let mut over = used.saturating_add(cost.get().into()).saturating_sub(self.requests.into());
        for (slice, count) in state.by_age() {
            over = over.saturating_sub(count.into());
            if over == 0 {
                return self.end_of(slice);
            }
        }
        // A cost above the whole quota never fits.
        Timestamp::from_micros(now.micros().saturating_add(self.slice.saturating_mul(SLICES)))
    }
}

impl RollingState {
    fn used(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }

    fn latest_count(&mut self) -> Option<&mut u32> {
        self.counts.get_mut(place(self.latest))
    }

    /// The slices and their counts, the oldest first.
    fn by_age(&self) -> impl Iterator<Item = (i64, u32)> {
        let oldest = self.latest.saturating_sub(COUNTED as i64 - 1);
        (oldest..=self.latest)
            .map(|slice| (slice, self.counts.get(place(slice)).copied().unwrap_or_default()))
    }
}

fn place(slice: i64) -> usize {
    usize::try_from(slice.rem_euclid(COUNTED as i64)).unwrap_or_default()
}
