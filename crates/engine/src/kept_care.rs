//! What was counted of keys that need care, where counting them all takes long.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{ApiId, Care, Timestamp, WorkspaceId};

/// After that, what is kept is counted again.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Of so many workspaces counts are kept; with one more, all are forgotten.
const MOST_KEPT: usize = 1_000;

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

/// Whose keys are counted: a workspace's, or everyone's.
pub(crate) type Scope = Option<WorkspaceId>;

/// The last counts of those whose keys are many.
#[derive(Debug, Default)]
pub(crate) struct KeptCare(Mutex<HashMap<Scope, Entry>>);

#[derive(Debug, Default)]
struct Entry {
    /// The last counts, and when they were made.
    counts: Option<(Vec<KeyCare>, Timestamp)>,
    is_counting: bool,
}

/// Counts that are kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// There are none, and nobody counts.
    Nothing,
    /// There are none yet: somebody counts for the first time.
    Counting,
    /// They are good enough.
    Fresh(Vec<KeyCare>),
    /// They are good enough for now, and whoever got them has to count anew in the background.
    Stale(Vec<KeyCare>),
}

impl KeptCare {
    /// What is kept.
    pub(crate) fn find(&self, scope: Scope, now: Timestamp) -> Kept {
        let mut kept = self.lock();
        match kept.get_mut(&scope) {
            None => Kept::Nothing,
            Some(Entry { counts: None, is_counting: true }) => Kept::Counting,
            Some(Entry { counts: None, is_counting: false }) => Kept::Nothing,
            Some(Entry { counts: Some((counts, at)), is_counting }) => {
                if *is_counting || now.since(*at) < FRESH {
                    return Kept::Fresh(counts.clone());
                }
                *is_counting = true;
                Kept::Stale(counts.clone())
            }
        }
    }

    /// Notes that somebody counts in the background. Answers whether nobody did already.
    pub(crate) fn begin(&self, scope: Scope) -> bool {
        let mut kept = self.lock();
        if kept.len() >= MOST_KEPT && !kept.contains_key(&scope) {
            kept.clear();
        }
        !std::mem::replace(&mut kept.entry(scope).or_default().is_counting, true)
    }

    /// Notes what was counted in the background; nothing where that failed, so that the next one tries.
    pub(crate) fn note(&self, scope: Scope, counts: Option<Vec<KeyCare>>, now: Timestamp) {
        let mut kept = self.lock();
        let entry = kept.entry(scope).or_default();
        entry.is_counting = false;
        if let Some(counts) = counts {
            entry.counts = Some((counts, now));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Entry>> {
        // What is kept is whole whenever the lock is free.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn while_somebody_counts_for_the_first_time_nobody_else_does() {
        let kept = KeptCare::default();
        assert_eq!(kept.find(None, START), Kept::Nothing);
        assert!(kept.begin(None));
        assert!(!kept.begin(None), "somebody counts already");
        assert_eq!(kept.find(None, START), Kept::Counting);
        kept.note(None, None, START);
        assert_eq!(kept.find(None, START), Kept::Nothing, "it failed, so that the next one tries");
    }

    #[test]
    fn counts_are_kept_and_counted_anew_by_one() {
        let kept = KeptCare::default();
        assert!(kept.begin(None));
        kept.note(None, Some(counts()), START);
        assert_eq!(kept.find(None, START), Kept::Fresh(counts()));
        let later = START.plus(FRESH);
        assert_eq!(kept.find(None, later), Kept::Stale(counts()));
        assert_eq!(kept.find(None, later), Kept::Fresh(counts()), "somebody counts already");
        kept.note(None, None, later);
        assert_eq!(kept.find(None, later), Kept::Stale(counts()), "it failed, so that the next one tries");
        kept.note(None, Some(Vec::new()), later);
        assert_eq!(kept.find(None, later), Kept::Fresh(Vec::new()));
    }

    #[test]
    fn counts_of_a_workspace_are_its_own_and_no_more_are_kept_than_have_room() {
        let kept = KeptCare::default();
        let entropy = SeededEntropy::new(2);
        let mut scopes = (0..MOST_KEPT).map(|_| Some(WorkspaceId::generate_at(START, &entropy)));
        let first = scopes.next().unwrap();
        assert!(kept.begin(first));
        kept.note(first, Some(counts()), START);
        assert_eq!(kept.find(first, START), Kept::Fresh(counts()));
        assert_eq!(kept.find(None, START), Kept::Nothing);
        for scope in scopes {
            assert!(kept.begin(scope));
        }
        assert_eq!(kept.find(first, START), Kept::Fresh(counts()));
        assert!(kept.begin(None));
        assert_eq!(kept.find(first, START), Kept::Nothing);
    }
}
