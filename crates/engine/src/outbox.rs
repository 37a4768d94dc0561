//! Telling endpoints of what happens: a message for each is written in the transaction that makes it happen, so that
//! neither is there without the other. Sending is somebody else's work.

use claviger_domain::{
    Entropy, MessageState, Occasion, Timestamp, WebhookId, WebhookMessage, WebhookMessageId,
};
use claviger_store::{Error, Tx};

/// Writes a message to each endpoint that wants to be told of it. Call it after the statement that changes the object:
/// that one holds the object's row, so that messages about one object get their order from it.
pub(crate) async fn tell(
    tx: &mut Tx,
    occasion: &Occasion,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    let targets = tx.list_webhook_targets(occasion.workspace, occasion.event).await?;
    if targets.is_empty() {
        return Ok(());
    }
    let payload = occasion.payload(at);
    for webhook in targets {
        tx.insert_webhook_message(&message(webhook, occasion, &payload, at, entropy)).await?;
    }
    Ok(())
}

/// Writes a message to one endpoint, whatever it wants to be told of, that waits for no other. Answers it.
pub(crate) async fn tell_one(
    tx: &mut Tx,
    webhook: WebhookId,
    occasion: &Occasion,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> Result<WebhookMessage, Error> {
    let mut message = message(webhook, occasion, &occasion.payload(at), at, entropy);
    message.subject = message.id.to_string();
    tx.insert_webhook_message(&message).await?;
    Ok(message)
}

fn message(
    webhook: WebhookId,
    occasion: &Occasion,
    payload: &str,
    at: Timestamp,
    entropy: &dyn Entropy,
) -> WebhookMessage {
    WebhookMessage {
        id: WebhookMessageId::generate_at(at, entropy),
        webhook,
        event: occasion.event,
        subject: occasion.subject.clone(),
        payload: payload.to_owned(),
        state: MessageState::Waiting,
        attempts: 0,
        failures: 0,
        due_at: at,
        created_at: at,
        ended_at: None,
    }
}
