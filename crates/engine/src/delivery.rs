//! Emptying the queue of mails in the background.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::letter::Order;
use crate::mailer::MailError;

/// How often a mail is tried.
const ATTEMPTS: u32 = 3;
/// The pause after the first failure; it doubles.
const PAUSE: Duration = Duration::from_secs(2);

impl Engine {
    /// Sends mail, one at a time, until `end` is dropped; then what still waits.
    pub(crate) async fn deliver_until(&self, mut end: oneshot::Receiver<()>) {
        let mut receiver = self.post().waiting().await;
        loop {
            tokio::select! {
                _ = &mut end => break,
                Some(order) = receiver.recv() => self.deliver(&order).await,
            }
        }
        while let Ok(order) = receiver.try_recv() {
            self.deliver(&order).await;
        }
    }

    /// Sends what waits now. [`Engine::run`] sends it by itself; this is for when that does not run.
    pub async fn deliver_pending_mail(&self) {
        let mut receiver = self.post().waiting().await;
        while let Ok(order) = receiver.try_recv() {
            self.deliver(&order).await;
        }
    }

    async fn deliver(&self, order: &Order) {
        let mail = match self.write_letter(order).await {
            Ok(Some(mail)) => mail,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a mail could not be written");
                return;
            }
        };
        let mut pause = PAUSE;
        for attempt in 1..=ATTEMPTS {
            match self.post().send(mail.clone()).await {
                Ok(()) => return,
                Err(error @ MailError::Unavailable(_)) if attempt < ATTEMPTS => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        attempt,
                        "a mail could not be sent and will be tried again"
                    );
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a mail could not be sent");
                    return;
                }
            }
        }
    }
}
