//! SIGHUP: contracts, certificate and countries are read again.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells each SIGHUP. A clone hears all that its original has not heard yet, so that those who begin late miss none.
#[derive(Clone, Debug)]
pub struct Hangups(watch::Receiver<()>);

impl Hangups {
    /// Listens from now on: before what is to be read again is read. From now on, too, SIGHUP does not end the process.
    ///
    /// # Errors
    /// When the signal cannot be listened to.
    pub fn listen() -> io::Result<Self> {
        let mut signals = signal(SignalKind::hangup())?;
        let (sender, hangups) = Self::pair();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                sender.send_replace(());
            }
        });
        Ok(hangups)
    }

    /// Resolves when one came that was not heard yet; several count as one.
    pub(crate) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // Whoever would tell is gone, and so will the runtime be.
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn pair() -> (watch::Sender<()>, Self) {
        let (sender, receiver) = watch::channel(());
        (sender, Self(receiver))
    }
}
