//! One attempt: a message signed, sent and answered.

use std::time::Duration;

use claviger_domain::WebhookAttempt;
use claviger_store::{MessageClaim, ReadyMessage, WebhookRecord};

use crate::engine::Engine;
use crate::error::Error;
use crate::fetch::{Answered, FetchLimits, Outgoing};

/// What is read of an answer, and kept of it for those who look for their fault.
const ANSWER_BYTES: usize = 1_024;

impl Engine {
    /// Sends a message once. Answers how that went, and how long the endpoint asks to be left alone; one that takes the
    /// message answers with a status from 200 to 299.
    pub(super) async fn attempt_webhook(
        &self,
        record: &WebhookRecord,
        message: &ReadyMessage,
        claim: MessageClaim,
    ) -> Result<(WebhookAttempt, Option<Duration>), Error> {
        let started_at = self.now();
        let secrets = self.webhook_secrets(record, started_at)?;
        let signatures: Vec<_> =
            secrets.iter().map(|secret| secret.sign(message.id, started_at, &message.payload)).collect();
        let outgoing = Outgoing {
            headers: vec![
                ("webhook-id", message.id.to_string()),
                ("webhook-timestamp", started_at.seconds().to_string()),
                ("webhook-signature", signatures.join(" ")),
            ],
            body: message.payload.clone(),
        };
        let limits = FetchLimits { timeout: self.options().webhooks.timeout, bytes: ANSWER_BYTES };
        let sent = self.fetch().post_message(record.webhook.address.as_str(), &outgoing, limits).await;
        let took = self.now().since(started_at);
        let attempt = WebhookAttempt {
            number: claim.attempt,
            started_at,
            took,
            status: None,
            fault: None,
            answer: String::new(),
        };
        Ok(match sent {
            Ok(Answered { status, retry_after, body }) => {
                let fault = (!(200..300).contains(&status)).then(|| format!("it answered {status}"));
                let (status, answer) = (Some(status), readable(&body));
                (WebhookAttempt { status, fault, answer, ..attempt }, retry_after)
            }
            Err(error) => (WebhookAttempt { fault: Some(error.to_string()), ..attempt }, None),
        })
    }
}

/// As text that a database takes: PostgreSQL has no place for NUL.
fn readable(body: &[u8]) -> String {
    String::from_utf8_lossy(body).replace('\0', "\u{fffd}")
}
