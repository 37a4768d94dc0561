//! When contracts are loaded again: on SIGHUP, and when their directory changes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Contracts;
use crate::hangup::Hangups;
use crate::shutdown::Stop;

/// Editors write a file in several steps; a reload waits until nothing has happened for this long.
const QUIET: Duration = Duration::from_millis(200);

impl Contracts {
    /// Reloads at every SIGHUP and, if `watch` is set, whenever the directory changes; until `stop`. What changed
    /// between the load and the first moment of watching is taken up at once.
    pub async fn follow(self: Arc<Self>, watch: bool, mut hangups: Hangups, stop: Stop) {
        let (sender, mut changes) = mpsc::channel(1);
        // Dropping the watcher ends the watching.
        let _watcher = match watch.then(|| watcher(&self.path, sender.clone())).transpose() {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::warn!(%error, "the contracts' directory cannot be watched; SIGHUP still reloads");
                None
            }
        };
        loop {
            self.reload().await;
            tokio::select! {
                () = stop.requested() => return,
                // The sender lives as long as this function.
                _ = changes.recv() => while timeout(QUIET, changes.recv()).await.is_ok() {},
                () = hangups.next() => {}
            }
        }
    }
}

fn watcher(path: &Path, sender: mpsc::Sender<()>) -> notify::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event too, and the reload itself reads.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            // A full channel holds a change that nobody has looked at yet: one is enough.
            let _ = sender.try_send(());
        }
    })?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
