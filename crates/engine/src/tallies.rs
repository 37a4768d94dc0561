//! What was done since this node started, counted by what it was done to, for whoever watches.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by a word of ours, of which there are few.
#[derive(Default)]
pub(crate) struct Tallies(Mutex<BTreeMap<&'static str, u64>>);

impl Tallies {
    pub(crate) fn add(&self, counts: &BTreeMap<&'static str, u64>) {
        let mut all = self.lock();
        for (word, count) in counts {
            *all.entry(word).or_default() += count;
        }
    }

    pub(crate) fn add_one(&self, word: &'static str) {
        *self.lock().entry(word).or_default() += 1;
    }

    pub(crate) fn read(&self) -> BTreeMap<&'static str, u64> {
        self.lock().clone()
    }

    /// Counts are whole whatever happened to whoever held them.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
