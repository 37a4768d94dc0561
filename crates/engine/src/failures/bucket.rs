//! One source: its failures that have not flowed back yet, and its attempts of which nobody knows yet how they end.
//!
//! An attempt that is under way counts as a failure until it has succeeded, so that guesses sent all at once count as
//! well. Whoever finds the bucket full only because of such attempts waits for them: the hundred people of an office
//! that has one address may all come at nine o'clock.

use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{Clock, Timestamp};
use tokio::sync::Notify;

/// Attempts of one source that are looked at at once: no source fills the queue of the hashers by itself.
const AT_ONCE: u32 = 32;
/// Attempts of one source that wait for those; more are told to come back.
const WAITING: u32 = 512;
/// How long one waits, whatever the others wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many failures in so long a time.
pub(super) type Allowance = (NonZeroU32, Duration);

/// What is known of one source.
#[derive(Default)]
pub(super) struct Bucket {
    state: Mutex<State>,
    /// An attempt has ended.
    ended: Notify,
}

#[derive(Default)]
struct State {
    /// The instant, in microseconds, at which all that was taken will have flowed back (GCRA's theoretical arrival time).
    full_at: i64,
    /// Attempts under way.
    pending: u32,
    /// Attempts that wait for those.
    waiting: u32,
}

impl State {
    /// When all will have flowed back if one more is taken now, and how long until there is room for it.
    fn after_one_more(&self, price: i64, window: Duration, now: Timestamp) -> (i64, Duration) {
        let (now, window) = (now.micros(), micros(window));
        // Never further ahead than a whole window, also after the clock jumped back.
        let full_at = self.full_at.clamp(now, now.saturating_add(window)).saturating_add(price);
        let over = full_at.saturating_sub(now).saturating_sub(window);
        (full_at, Duration::from_micros(u64::try_from(over).unwrap_or(0)))
    }
}

/// What one takes of a window, in microseconds.
fn price_of((per_window, window): Allowance) -> i64 {
    micros(window) / i64::from(per_window.get())
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// There is no room.
struct Full {
    /// How long until there is, if every attempt under way fails.
    wait: Duration,
    /// Whether there is an attempt under way.
    is_pending: bool,
}

/// The right to one attempt.
#[must_use = "a ticket that is not given back counts as a failure"]
pub(crate) struct Ticket {
    bucket: Arc<Bucket>,
    price: i64,
    is_given_back: bool,
}

impl Ticket {
    /// The attempt was no failure.
    pub(crate) fn give_back(mut self) {
        self.is_given_back = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.bucket.end(if self.is_given_back { self.price } else { 0 });
    }
}

/// A place in the line.
struct Place<'b>(&'b Bucket);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

impl Bucket {
    /// A ticket, or how long it takes until there is one.
    pub(super) fn take(self: &Arc<Self>, allowance: Allowance, now: Timestamp) -> Result<Ticket, Duration> {
        self.claim(allowance, u32::MAX, now).map_err(|full| full.wait)
    }

    /// The same, after those under way that leave no room.
    pub(super) async fn admit(
        self: &Arc<Self>,
        allowance: Allowance,
        clock: &dyn Clock,
    ) -> Result<Ticket, Duration> {
        let admitted = async {
            let mut place = None;
            loop {
                let mut ended = pin!(self.ended.notified());
                // Before it is looked, so that no end in between is missed.
                ended.as_mut().enable();
                match self.claim(allowance, AT_ONCE, clock.now()) {
                    Ok(ticket) => return Ok(ticket),
                    Err(Full { wait, is_pending: false }) => return Err(wait),
                    Err(Full { wait, is_pending: true }) if place.is_none() => {
                        place = Some(self.line_up().ok_or(wait)?);
                    }
                    Err(_) => {}
                }
                ended.await;
            }
        };
        tokio::time::timeout(PATIENCE, admitted).await.unwrap_or(Err(Duration::ZERO))
    }

    /// How long until there is a ticket, where there is none.
    pub(super) fn wait(&self, allowance: Allowance, now: Timestamp) -> Option<Duration> {
        let (_, wait) = self.lock().after_one_more(price_of(allowance), allowance.1, now);
        Some(wait).filter(|wait| !wait.is_zero())
    }

    fn claim(self: &Arc<Self>, allowance: Allowance, at_once: u32, now: Timestamp) -> Result<Ticket, Full> {
        let price = price_of(allowance);
        let mut state = self.lock();
        let (full_at, wait) = state.after_one_more(price, allowance.1, now);
        if !wait.is_zero() || state.pending >= at_once {
            return Err(Full { wait, is_pending: state.pending > 0 });
        }
        state.full_at = full_at;
        state.pending = state.pending.saturating_add(1);
        Ok(Ticket { bucket: Arc::clone(self), price, is_given_back: false })
    }

    fn line_up(&self) -> Option<Place<'_>> {
        let mut state = self.lock();
        if state.waiting >= WAITING {
            return None;
        }
        state.waiting = state.waiting.saturating_add(1);
        Some(Place(self))
    }

    /// An attempt has ended, and so much of what it took is given back.
    fn end(&self, refund: i64) {
        let is_last = {
            let mut state = self.lock();
            state.full_at = state.full_at.saturating_sub(refund);
            state.pending = state.pending.saturating_sub(1);
            state.pending == 0
        };
        // Whoever goes next wakes the one after; when nobody is under way any more, all are told how it stands.
        if is_last {
            self.ended.notify_waiters();
        } else {
            self.ended.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
