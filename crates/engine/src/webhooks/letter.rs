//! The letter about a webhook that was disabled, to those who can mend it.

use claviger_domain::{DisabledFor, Email, PageRequest, Pool, Webhook, WebhookId};
use claviger_secrets::Plain;

use crate::engine::Engine;
use crate::error::Error;
use crate::mailer::Mail;

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
        let subject = format!("Claviger: the webhook {} is disabled", webhook.name);
        Ok(Some(Mail { to, subject, text: Plain::new(letter(&webhook, cause, &link)) }))
    }
}

fn letter(webhook: &Webhook, cause: DisabledFor, link: &str) -> String {
    let why = match cause {
        DisabledFor::Hand => "Somebody disabled it.",
        DisabledFor::Failures => "For days it took none of the messages that were sent to it.",
        DisabledFor::Gone => "It answered 410: there is no such endpoint any more.",
    };
    format!(
        "Hello,\n\nthe webhook {} at {} is disabled. {why}\n\
         It is told of nothing more. What it missed until now is kept and can be sent again once it is\n\
         enabled:\n\n{link}\n",
        webhook.name,
        webhook.address.host(),
    )
}
