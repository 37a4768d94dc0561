//! Which keys, clients, grants and accounts changed, so that tokens in memory that stand on one ask for it again.
//!
//! A parent can have any number of tokens in memory and does not know their names. So each remembers the moment it was
//! read, and each parent, together with all that share its place in a fixed table, the moment it last changed.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Places of the table. Parents that share one make each other's tokens be read once more than needed.
const PLACES: usize = 4_096;

/// A moment, as the number of changes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// When parents last changed.
pub(crate) struct Parents {
    now: AtomicU64,
    changed: Box<[AtomicU64]>,
}

impl Parents {
    pub(crate) fn new() -> Self {
        Self { now: AtomicU64::new(0), changed: (0..PLACES).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The present moment, to be taken before a token is read.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.now.load(Ordering::Acquire))
    }

    /// Notes that a parent changed.
    pub(crate) fn note(&self, parent: Uuid) {
        let moment = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        if let Some(place) = self.place(parent) {
            place.fetch_max(moment, Ordering::AcqRel);
        }
    }

    /// Whether what was read at `moment` is still what all of these say.
    pub(crate) fn is_current(&self, parents: &[Uuid], moment: Moment) -> bool {
        let is_before = |parent: &Uuid| {
            self.place(*parent).is_some_and(|place| place.load(Ordering::Acquire) <= moment.0)
        };
        parents.iter().all(is_before)
    }

    fn place(&self, parent: Uuid) -> Option<&AtomicU64> {
        // The low bits of a UUIDv7 are random.
        let [.., high, low] = *parent.as_bytes();
        self.changed.get(usize::from(u16::from_be_bytes([high, low])) % PLACES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_current_after_it() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let parents = Parents::new();
        let before = parents.moment();
        assert!(parents.is_current(&[one, other], before));
        parents.note(one);
        assert!(!parents.is_current(&[one], before));
        assert!(!parents.is_current(&[other, one], before), "one of two is enough");
        assert!(parents.is_current(&[other], before), "another parent");
        assert!(parents.is_current(&[one, other], parents.moment()));
    }
}
