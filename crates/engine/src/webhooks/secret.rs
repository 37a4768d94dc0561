//! Secrets of webhooks: sealed, since they have to be read again to sign.

use std::time::Duration;

use claviger_domain::{Action, Actor, Event, Right, Timestamp, WebhookId};
use claviger_secrets::{SealContext, WebhookSecret};
use claviger_store::WebhookRecord;

use super::{IssuedWebhook, WebhookError};
use crate::engine::Engine;
use crate::error::Error;

/// The longest time for which the secret before goes on.
const MAX_OVERLAP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

const fn place(row: &str) -> SealContext<'_> {
    SealContext { place: "webhook.secret", row }
}

impl Engine {
    /// Gives a webhook a new secret. For as long as `overlap` says, messages are signed by both, so that the endpoint
    /// can change over in its own time; the one before that ends at once.
    ///
    /// # Errors
    /// When there is no such webhook for the actor, the role does not allow it, the overlap is too long, somebody else
    /// changed it at the same time, or the database fails.
    pub async fn rotate_webhook_secret(
        &self,
        actor: &Actor,
        id: WebhookId,
        overlap: Duration,
    ) -> Result<IssuedWebhook, WebhookError> {
        actor.require(Right::WriteWebhooks)?;
        if overlap > MAX_OVERLAP {
            return Err(WebhookError::OverlapTooLong { max_seconds: MAX_OVERLAP.as_secs() });
        }
        let before = self.webhook_record(actor, id).await?.webhook;
        let secret = WebhookSecret::generate(self.entropy());
        let sealed = self.seal_webhook_secret(id, &secret)?;
        // Strictly later than what was read, so that of two at once one is told.
        let now = self.now().max(before.updated_at.plus(Duration::from_micros(1)));
        let (until, by, seen_at) = (now.plus(overlap), actor.to_string(), before.updated_at);
        let audit = self.auditor(actor, now);
        let record = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.replace_webhook_secret((id, seen_at), (&sealed, until), now, &by).await? {
                        return Err(WebhookError::ChangedMeanwhile);
                    }
                    audit.record(tx, Event::touched(Action::WebhookSecretRotated, &before)).await?;
                    tx.find_webhook(id).await?.ok_or(WebhookError::UnknownWebhook)
                })
            })
            .await?;
        tracing::info!(webhook = %id, by = %actor, "a webhook's secret was rotated");
        Ok(IssuedWebhook { webhook: record.webhook, secret: secret.to_text(), is_repeat: false })
    }

    pub(super) fn seal_webhook_secret(
        &self,
        id: WebhookId,
        secret: &WebhookSecret,
    ) -> Result<Vec<u8>, Error> {
        Ok(self.sealer().seal(place(&id.to_string()), secret.expose(), self.entropy())?)
    }

    /// What signs a message at this instant: the secret, and the one before while it goes on.
    pub(super) fn webhook_secrets(
        &self,
        record: &WebhookRecord,
        at: Timestamp,
    ) -> Result<Vec<WebhookSecret>, Error> {
        let row = record.webhook.id.to_string();
        let goes_on = record.webhook.previous_secret_until.is_some_and(|until| at < until);
        let previous = record.previous_secret.as_ref().filter(|_| goes_on);
        let mut secrets = Vec::new();
        for sealed in [Some(&record.secret), previous].into_iter().flatten() {
            secrets.push(WebhookSecret::from_bytes(&self.sealer().open(place(&row), sealed)?)?);
        }
        Ok(secrets)
    }
}
