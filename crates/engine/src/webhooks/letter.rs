//! The letter about a webhook that was disabled, to those who can mend it.

use claviger_domain::{Email, PageRequest, Pool, Webhook, WebhookId};

use crate::engine::Engine;
use crate::error::Error;
use crate::mailer::Mail;
use crate::message::Message;

/// The most operators that are written to about one webhook.
const MOST_READERS: u16 = 50;

impl Engine {
    /// Has a letter sent to the owners and admins of the webhook's workspace, or to the operators.
    pub(super) async fn mail_about_webhook(&self, id: WebhookId) -> Result<(), Error> {
        let Some(webhook) = self.store().read().await?.find_webhook(id).await? else { return Ok(()) };
        for reader in self.webhook_readers(&webhook.webhook).await? {
            match self.post().reserve() {
                Ok(place) => place.webhook_disabled(id, reader),
                Err(_) => {
                    tracing::warn!(webhook = %id, "too much mail waits to write about a disabled webhook");
                }
            }
        }
        Ok(())
    }

    async fn webhook_readers(&self, webhook: &Webhook) -> Result<Vec<Email>, Error> {
        if let Some(workspace) = webhook.workspace {
            return self.list_caretakers(workspace).await;
        }
        let first = PageRequest { before: None, limit: MOST_READERS };
        let operators = self.store().read().await?.list_accounts(Pool::Instance, first).await?.rows;
        let enabled = operators.into_iter().filter(|account| account.disabled_at.is_none());
        Ok(enabled.map(|account| account.email).collect())
    }

    /// Writes the letter, if the webhook is still disabled. Runs in the background.
    pub(crate) async fn write_webhook_letter(&self, id: WebhookId, to: Email) -> Result<Option<Mail>, Error> {
        let found = self.store().read().await?.find_webhook(id).await?;
        let Some(webhook) = found.map(|record| record.webhook) else { return Ok(None) };
        let Some((_, cause)) = webhook.disabled else { return Ok(None) };
        let origin = self.options().control_origin.trim_end_matches('/');
        let link = match webhook.workspace {
            Some(workspace) => format!("{origin}/portal/{workspace}/webhooks/{id}"),
            None => format!("{origin}/console/webhooks/{id}"),
        };
        let (name, host) = (webhook.name.to_string(), webhook.address.host().to_owned());
        Ok(Some(Mail { to, language: None, message: Message::WebhookDisabled { name, host, cause, link } }))
    }
}
