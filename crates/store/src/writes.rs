//! How writes do: how many are on their way, and how long those took that are done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_domain::{Latency, Tally};
use tokio::time::Instant;

/// What is known of the writes of this process.
#[derive(Default)]
pub(crate) struct Writes {
    unfinished: AtomicU64,
    took: Mutex<Latency>,
}

/// A write on its way, until it is dropped: also when its caller does not wait for it any more.
pub(crate) struct OneWrite<'w> {
    writes: &'w Writes,
    began: Instant,
}

impl Writes {
    pub(crate) fn begin(&self, began: Instant) -> OneWrite<'_> {
        self.unfinished.fetch_add(1, Ordering::Relaxed);
        OneWrite { writes: self, began }
    }

    pub(crate) fn unfinished(&self) -> u64 {
        self.unfinished.load(Ordering::Relaxed)
    }

    pub(crate) fn latency(&self) -> Latency {
        *self.lock()
    }

    /// Numbers are whole whatever happened to whoever held them.
    fn lock(&self) -> MutexGuard<'_, Latency> {
        self.took.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OneWrite<'_> {
    fn drop(&mut self) {
        self.writes.unfinished.fetch_sub(1, Ordering::Relaxed);
        *self.writes.lock() += Tally::one(Some(self.began.elapsed())).latency;
    }
}
