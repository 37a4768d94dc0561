//! What was counted of keys that need care, where counting them all takes long.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claviger_domain::{ApiId, Care, Timestamp};

/// Counting that takes as long as this is not done for every page.
const LONG: Duration = Duration::from_millis(20);
/// After that, what is kept is counted again.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// How many keys of an API need some care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCare {
    /// The API.
    pub api: ApiId,
    /// What they need.
    pub care: Care,
    /// How many, counted no further than a thousand.
    pub count: u16,
}

/// The last counts, if they took long.
#[derive(Debug, Default)]
pub(crate) struct KeptCare {
    last: Mutex<Option<(Vec<KeyCare>, Timestamp)>>,
    is_counting: AtomicBool,
}

/// Counts that are kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// There are none: they have to be counted.
    Nothing,
    /// They are good enough.
    Fresh(Vec<KeyCare>),
    /// They are good enough for now, and whoever got them has to count anew in the background.
    Stale(Vec<KeyCare>),
}

impl KeptCare {
    /// What is kept.
    pub(crate) fn find(&self, now: Timestamp) -> Kept {
        let last = self.last.lock().ok().and_then(|last| last.clone());
        match last {
            None => Kept::Nothing,
            Some((counts, at)) if now.since(at) < FRESH => Kept::Fresh(counts),
            Some((counts, _)) if self.is_counting.swap(true, Ordering::AcqRel) => Kept::Fresh(counts),
            Some((counts, _)) => Kept::Stale(counts),
        }
    }

    /// What was counted from one instant to another; nothing where that failed.
    pub(crate) fn note(&self, counts: Option<&[KeyCare]>, (from, to): (Timestamp, Timestamp)) {
        if let (Some(counts), Ok(mut last)) = (counts, self.last.lock()) {
            *last = (to.since(from) >= LONG).then(|| (counts.to_vec(), to));
        }
        self.is_counting.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use claviger_testkit::SeededEntropy;

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000);

    fn counts() -> Vec<KeyCare> {
        let api = ApiId::generate_at(START, &SeededEntropy::new(1));
        vec![KeyCare { api, care: Care::Overdue, count: 7 }]
    }

    #[test]
    fn what_is_counted_quickly_is_counted_every_time() {
        let kept = KeptCare::default();
        kept.note(Some(&counts()), (START, START.plus(LONG / 2)));
        assert_eq!(kept.find(START), Kept::Nothing);
    }

    #[test]
    fn what_took_long_is_kept_and_counted_anew_by_one() {
        let kept = KeptCare::default();
        let end = START.plus(LONG);
        kept.note(Some(&counts()), (START, end));
        assert_eq!(kept.find(end), Kept::Fresh(counts()));
        let later = end.plus(FRESH);
        assert_eq!(kept.find(later), Kept::Stale(counts()));
        assert_eq!(kept.find(later), Kept::Fresh(counts()), "somebody counts already");
        kept.note(None, (later, later));
        assert_eq!(kept.find(later), Kept::Stale(counts()), "it failed, so that the next one tries");
        kept.note(Some(&[]), (later, later.plus(LONG)));
        assert_eq!(kept.find(later), Kept::Fresh(Vec::new()));
    }
}
