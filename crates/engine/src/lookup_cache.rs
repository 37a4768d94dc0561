//! Credentials, operator tokens and clients in memory, by keyed hash or id. Hits take a shard's read lock; misses load once for all who wait.
//!
//! A change forgets an entry also while it is being loaded: the loader's guard then finds its place gone, so
//! what it read before the change is used for that one request and not kept.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claviger_secrets::Lookup;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;

use crate::error::Error;

/// What memory or database say of a keyed hash.
pub(crate) enum Found<V> {
    Known(Arc<V>),
    Unknown,
}

/// What is known, and separately what is known not to be, so that a flood of made-up keys evicts no good one.
pub(crate) struct LookupCache<V, K = Lookup> {
    known: Cache<K, Arc<V>>,
    unknown: Cache<K, ()>,
    /// Grows when everything is forgotten at once.
    epoch: AtomicU64,
}

impl<V, K: Copy + Eq + Hash> LookupCache<V, K> {
    pub(crate) fn new(known: usize, unknown: usize) -> Self {
        Self { known: growing(known), unknown: growing(unknown), epoch: AtomicU64::new(0) }
    }

    pub(crate) fn get(&self, lookup: K) -> Option<Found<V>> {
        if let Some(known) = self.known.get(&lookup) {
            return Some(Found::Known(known));
        }
        self.unknown.get(&lookup).map(|()| Found::Unknown)
    }

    /// What is remembered, or what `load` says, asked once however many wait for it.
    pub(crate) async fn get_or_load(
        &self,
        lookup: K,
        load: impl Future<Output = Result<Option<Arc<V>>, Error>>,
    ) -> Result<Found<V>, Error> {
        if let Some(found) = self.get(lookup) {
            return Ok(found);
        }
        let guard = match self.known.get_value_or_guard_async(&lookup).await {
            Ok(known) => return Ok(Found::Known(known)),
            Err(guard) => guard,
        };
        // Whoever waited behind a loader that found nothing arrives here next and must not ask again.
        if self.unknown.get(&lookup).is_some() {
            return Ok(Found::Unknown);
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let Some(known) = load.await? else {
            self.unknown.insert(lookup, ());
            self.drop_if_outdated(lookup, epoch);
            return Ok(Found::Unknown);
        };
        // Refused when the entry was forgotten meanwhile: then it is not kept.
        let _kept = guard.insert(Arc::clone(&known));
        self.drop_if_outdated(lookup, epoch);
        Ok(Found::Known(known))
    }

    /// Forgets one credential, also one that is just being loaded.
    pub(crate) fn forget(&self, lookup: K) {
        self.known.remove(&lookup);
        self.unknown.remove(&lookup);
    }

    /// Forgets everything: a workspace or a contract changed, or the feed was lost.
    pub(crate) fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.known.clear();
        self.unknown.clear();
    }

    /// Forgets what a change made untrue, also what is just being loaded.
    pub(crate) fn forget_where(&self, is_untrue: impl Fn(&V) -> bool) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.known.retain(|_, known| !is_untrue(known));
    }

    fn drop_if_outdated(&self, lookup: K, epoch: u64) {
        if self.epoch.load(Ordering::Acquire) != epoch {
            self.forget(lookup);
        }
    }
}

/// A cache for up to `most` entries that takes memory as it fills: room for all of them at once would cost an idle
/// server tens of megabytes.
pub(crate) fn growing<K: Eq + Hash, V: Clone>(most: usize) -> Cache<K, V> {
    let capacity = u64::try_from(most).unwrap_or(u64::MAX);
    Cache::with_weighter(most.min(EXPECTED), capacity, UnitWeighter)
}

/// Entries that room is made for at the start.
const EXPECTED: usize = 1_000;
