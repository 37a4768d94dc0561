//! Turns for those on one node who are about to do the same thing at once, so that one does it and the others find it
//! done, instead of all waiting in the database with a connection each.

use claviger_secrets::Lookup;
use tokio::sync::{Mutex, MutexGuard};

/// Things that can be done side by side. Different ones share a turn now and then, which only costs them a moment.
const PLACES: usize = 64;

/// Bounded, however many things there are.
pub(crate) struct Turns([Mutex<()>; PLACES]);

/// The turn of whoever holds it.
pub(crate) type Turn<'t> = MutexGuard<'t, ()>;

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    /// The turn, if it is free.
    pub(crate) fn take_free(&self, thing: Lookup) -> Option<Turn<'_>> {
        self.place(thing).try_lock().ok()
    }

    /// The turn, when all before have had theirs.
    pub(crate) async fn take(&self, thing: Lookup) -> Turn<'_> {
        self.place(thing).lock().await
    }

    fn place(&self, thing: Lookup) -> &Mutex<()> {
        let [first, ..] = thing.bytes();
        self.0.get(usize::from(first) % PLACES).unwrap_or(&self.0[0])
    }
}
