//! The signing keys of one API on this node, as they were last read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use claviger_domain::Timestamp;
use claviger_secrets::{Keyring, SealContext};
use tokio::sync::{Mutex, MutexGuard};

/// The keys of an API. Reading them takes no lock.
pub(crate) struct ApiKeys {
    keyring: ArcSwap<Keyring>,
    /// Another node changed them since they were read.
    is_stale: AtomicBool,
    /// How often they were read.
    reads: AtomicU64,
    /// Held while keys are read or made, so that a node does each once.
    work: Mutex<()>,
    /// When an unknown key last had the database asked, in microseconds.
    missed_at: AtomicI64,
}

impl ApiKeys {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self {
            keyring: ArcSwap::from_pointee(keyring),
            is_stale: AtomicBool::new(false),
            reads: AtomicU64::new(0),
            work: Mutex::new(()),
            missed_at: AtomicI64::new(0),
        }
    }

    /// The keys as they were last read.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        self.keyring.load_full()
    }

    /// Waits until nobody else reads or makes keys.
    pub(crate) async fn work(&self) -> MutexGuard<'_, ()> {
        self.work.lock().await
    }

    pub(crate) fn note_change(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// How often they were read.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Acquire)
    }

    /// They are being read: a change that is noted from now on has them read once more.
    pub(crate) fn note_read(&self) {
        self.is_stale.store(false, Ordering::Release);
    }

    pub(crate) fn replace(&self, keyring: Arc<Keyring>) {
        self.keyring.store(keyring);
        self.reads.fetch_add(1, Ordering::AcqRel);
    }

    /// When an unknown key last had the database asked.
    pub(crate) fn missed_at(&self) -> Timestamp {
        Timestamp::from_micros(self.missed_at.load(Ordering::Acquire))
    }

    /// An unknown key has the database asked, unless another has had since `seen`.
    pub(crate) fn note_miss(&self, seen: Timestamp, now: Timestamp) -> bool {
        let (seen, now) = (seen.micros(), now.micros());
        self.missed_at.compare_exchange(seen, now, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Where private halves are sealed.
pub(crate) const fn private_place(row: &str) -> SealContext<'_> {
    SealContext { place: "signing_key.private", row }
}
