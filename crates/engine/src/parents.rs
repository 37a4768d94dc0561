//! Which keys changed, so that tokens in memory that were bought with one ask for it again.
//!
//! A key can have any number of tokens in memory and does not know their names. So each remembers the moment it was
//! read, and each key, together with all that share its place in a fixed table, the moment it last changed.

use std::sync::atomic::{AtomicU64, Ordering};

use claviger_domain::{Generation, KeyId, TokenFamily};

/// Places of the table. Keys that share one make each other's tokens be read once more than needed.
const PLACES: usize = 4_096;

/// A moment, as the number of changes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// What a token in memory depends on.
pub(crate) struct Purchase {
    /// The key it was bought with.
    pub(crate) key: KeyId,
    /// When it was read.
    pub(crate) read_at: Moment,
    /// Its family and generation, while its first use has yet to spend an older one.
    pub(crate) fresh: Option<Box<(TokenFamily, Generation)>>,
}

/// When keys last changed.
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

    /// Notes that a key changed.
    pub(crate) fn note(&self, key: KeyId) {
        let moment = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        if let Some(place) = self.place(key) {
            place.fetch_max(moment, Ordering::AcqRel);
        }
    }

    /// Whether what was read at `moment` is still what the key says.
    pub(crate) fn is_current(&self, key: KeyId, moment: Moment) -> bool {
        self.place(key).is_some_and(|place| place.load(Ordering::Acquire) <= moment.0)
    }

    fn place(&self, key: KeyId) -> Option<&AtomicU64> {
        // The low bits of a UUIDv7 are random.
        let [.., high, low] = *key.uuid().as_bytes();
        self.changed.get(usize::from(u16::from_be_bytes([high, low])) % PLACES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key(low: u16) -> KeyId {
        KeyId::from_uuid(Uuid::from_u128(low.into()))
    }

    #[test]
    fn what_was_read_before_a_change_is_not_current_after_it() {
        let parents = Parents::new();
        let before = parents.moment();
        assert!(parents.is_current(key(1), before));
        parents.note(key(1));
        assert!(!parents.is_current(key(1), before));
        assert!(parents.is_current(key(2), before), "another key");
        assert!(parents.is_current(key(1), parents.moment()));
    }
}
