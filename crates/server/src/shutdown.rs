//! When to stop: Ctrl-C, SIGTERM, or whoever started us in-process.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Asks everything that holds the other end to stop. Dropping it asks too.
#[derive(Debug)]
pub struct StopSource(watch::Sender<bool>);

/// Tells when to stop. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// A pair of the two.
pub fn stop() -> (StopSource, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSource(sender), Stop(receiver))
}

impl StopSource {
    /// Asks to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Resolves when stopping was asked for, now or earlier.
    pub async fn requested(&self) {
        // An error means that the source is gone, which asks too.
        let _ = self.0.clone().wait_for(|requested| *requested).await;
    }
}

/// Stops on Ctrl-C and SIGTERM. A second one, while running requests drain, ends the process at once.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn on_signal() -> io::Result<Stop> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (source, stop) = stop();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => tracing::info!("interrupted: stopping"),
            _ = terminate.recv() => tracing::info!("asked to terminate: stopping"),
        }
        source.request();
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(stop)
}
