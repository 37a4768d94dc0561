//! Emptying the queue of mails in the background.

use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::mailer::{Errand, MailError};

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
                Some(errand) = receiver.recv() => self.deliver(&errand).await,
            }
        }
        while let Ok(errand) = receiver.try_recv() {
            self.deliver(&errand).await;
        }
    }

    /// Sends what waits now. [`Engine::run`] sends it by itself; this is for when that does not run.
    pub async fn deliver_pending_mail(&self) {
        let mut receiver = self.post().waiting().await;
        while let Ok(errand) = receiver.try_recv() {
            self.deliver(&errand).await;
        }
    }

    async fn deliver(&self, errand: &Errand) {
        let written = match errand {
            Errand::Letter(order) => self.write_letter(order).await,
            Errand::Invitation(id, sender) => self.write_invitation(*id, sender).await,
            Errand::Access(id, letter, sender) => self.write_access_letter(*id, *letter, sender).await,
            Errand::Finding(letter) => self.write_finding(letter).await,
            Errand::Ready(mail) => Ok(Some(mail.clone())),
            Errand::WebhookDisabled(id, to) => self.write_webhook_letter(*id, to.clone()).await,
        };
        let mail = match written {
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
