//! Sign-ins that were counted and are not written yet.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use claviger_domain::{Pool, SignInOutcome};

/// What became of attempts since the last write. There are as many names as pools and outcomes.
#[derive(Default)]
pub(crate) struct SignIns(Mutex<Counts>);

pub(crate) type Counts = HashMap<(Pool, SignInOutcome), u64>;

impl SignIns {
    /// Adds to what waits to be written.
    pub(crate) fn add(&self, counts: impl IntoIterator<Item = ((Pool, SignInOutcome), u64)>) {
        // Counts are whole whatever happened to whoever held them.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, times) in counts {
            *all.entry(name).or_default() += times;
        }
    }

    /// What was counted since the last call.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
