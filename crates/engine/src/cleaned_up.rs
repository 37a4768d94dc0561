//! What clean-ups deleted since this node started, for whoever watches.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Rows by table.
#[derive(Default)]
pub(crate) struct CleanedUp(Mutex<BTreeMap<&'static str, u64>>);

impl CleanedUp {
    pub(crate) fn add(&self, deleted: &BTreeMap<&'static str, u64>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (table, rows) in deleted {
            *all.entry(table).or_default() += rows;
        }
    }

    pub(crate) fn read(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
