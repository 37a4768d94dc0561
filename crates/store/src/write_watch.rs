//! Telling whoever watches a piece of work of the writes that it waits for.

use std::sync::Arc;

tokio::task_local! {
    // Passed on by itself, because it is of nobody's business on the way from a door to a transaction. Where nobody
    // watches, a write pays one look at it.
    static WATCHER: Arc<dyn WriteWatcher>;
}

/// Hears of the writes that a piece of work waits for.
pub trait WriteWatcher: Send + Sync + 'static {
    /// A write begins, on the system of this name (`sqlite`, `postgresql`). What is answered is told its end.
    fn begin_write(&self, system: &'static str) -> Box<dyn WatchedWrite>;
}

/// A write that somebody watches. It is dropped without an end when nobody waits for it any more.
pub trait WatchedWrite: Send {
    /// It ended: with its commit, or by being rolled back.
    fn end(self: Box<Self>, is_committed: bool);
}

/// Does this work and tells the watcher of each write that it waits for, but not of those of tasks that it spawns.
pub async fn watch_writes<F: Future>(watcher: Arc<dyn WriteWatcher>, work: F) -> F::Output {
    WATCHER.scope(watcher, work).await
}

/// Begins to be watched, where anybody watches.
pub(crate) fn begin(system: &'static str) -> Option<Box<dyn WatchedWrite>> {
    WATCHER.try_with(|watcher| watcher.begin_write(system)).ok()
}
