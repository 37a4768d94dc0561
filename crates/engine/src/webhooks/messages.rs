//! What was sent to a webhook: looked at, tried, sent again.

use claviger_domain::{
    Action, Actor, Event, EventType, MessageState, Occasion, Page, PageRequest, Right, Snapshot,
    WebhookAttempt, WebhookId, WebhookMessage, WebhookMessageId,
};

use super::WebhookError;
use crate::engine::Engine;
use crate::outbox;

/// The most attempts that are shown of one message.
const MOST_ATTEMPTS: u16 = 100;
/// Messages that are sent again in one transaction.
const BATCH: u32 = 200;

impl Engine {
    /// The messages to a webhook, newest first; only those in one state, if one is named.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, or the database fails.
    pub async fn list_webhook_messages(
        &self,
        actor: &Actor,
        (webhook, state): (WebhookId, Option<MessageState>),
        page: PageRequest,
    ) -> Result<Page<WebhookMessage>, WebhookError> {
        self.webhook_record(actor, webhook).await?;
        Ok(self.store().read().await?.list_webhook_messages(webhook, state, page).await?)
    }

    /// A message to a webhook with the attempts to send it, the newest first.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, or no such message, or the database fails.
    pub async fn find_webhook_message(
        &self,
        actor: &Actor,
        webhook: WebhookId,
        id: WebhookMessageId,
    ) -> Result<(WebhookMessage, Vec<WebhookAttempt>), WebhookError> {
        self.webhook_record(actor, webhook).await?;
        let mut read = self.store().read().await?;
        let message = read.find_webhook_message(webhook, id).await?.ok_or(WebhookError::UnknownMessage)?;
        let attempts = read.list_webhook_attempts(id, MOST_ATTEMPTS).await?;
        Ok((message, attempts))
    }

    /// Sends a webhook a message to try it, whatever it wants to be told of.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, the role does not allow it, it is disabled, or the database fails.
    pub async fn test_webhook(&self, actor: &Actor, id: WebhookId) -> Result<WebhookMessage, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        let webhook = self.webhook_record(actor, id).await?.webhook;
        let occasion = Occasion {
            event: EventType::WebhookTest,
            subject: id.to_string(),
            workspace: webhook.workspace,
            by: actor.to_string(),
            object: Some(serde_json::json!({ "name": webhook.name })),
        };
        let (now, entropy) = (self.now(), self.shared_entropy());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let webhook = tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)?.webhook;
                    if !webhook.is_enabled() {
                        return Err(WebhookError::Disabled);
                    }
                    Ok(outbox::tell_one(tx, id, &occasion, now, &*entropy).await?)
                })
            })
            .await
    }

    /// Sends a message that was delivered or given up once more, under the same id, after all that waits about the same
    /// thing.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, or no such message, it waits already, the webhook is disabled, the
    /// role does not allow it, or the database fails.
    pub async fn replay_webhook_message(
        &self,
        actor: &Actor,
        webhook: WebhookId,
        id: WebhookMessageId,
    ) -> Result<WebhookMessage, WebhookError> {
        let about = self.admit_replay(actor, webhook).await?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let is_again = tx.replay_webhook_message(webhook, id, now).await?;
                    let message = tx.find_webhook_message(webhook, id).await?;
                    let message = message.ok_or(WebhookError::UnknownMessage)?;
                    if !is_again {
                        return Err(WebhookError::Waits);
                    }
                    audit.record(tx, about.with(Snapshot::default().with("message", id))).await?;
                    Ok(message)
                })
            })
            .await
    }

    /// Sends every dead message to a webhook once more, in the order in which they were made. Answers how many.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, it is disabled, the role does not allow it, or the database fails.
    pub async fn replay_dead_webhook_messages(
        &self,
        actor: &Actor,
        webhook: WebhookId,
    ) -> Result<u64, WebhookError> {
        let about = self.admit_replay(actor, webhook).await?;
        let now = self.now();
        let mut all = 0;
        loop {
            let replayed = self
                .store()
                .write::<_, WebhookError, _>(move |tx| {
                    Box::pin(async move {
                        let mut replayed = 0;
                        for id in tx.list_dead_webhook_messages(webhook, BATCH).await? {
                            replayed += u64::from(tx.replay_webhook_message(webhook, id, now).await?);
                        }
                        Ok(replayed)
                    })
                })
                .await?;
            all += replayed;
            if replayed == 0 {
                if all > 0 {
                    self.record_alone(actor, about.with(Snapshot::default().with("messages", all))).await?;
                }
                tracing::info!(%webhook, messages = all, by = %actor, "dead messages are sent again");
                return Ok(all);
            }
        }
    }

    /// What is to be recorded of it.
    async fn admit_replay(&self, actor: &Actor, webhook: WebhookId) -> Result<Event, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        let webhook = self.webhook_record(actor, webhook).await?.webhook;
        if !webhook.is_enabled() {
            return Err(WebhookError::Disabled);
        }
        Ok(Event::touched(Action::WebhookReplayed, &webhook))
    }
}
