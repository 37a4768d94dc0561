//! What comes of an attempt: the message is delivered, waits for the next, or is dead; and an endpoint that took
//! nothing for days is disabled.

use std::time::Duration;

use claviger_domain::{
    Action, Actor, DisabledFor, Event, MessageState, Timestamp, WebhookAttempt, WebhookId, pause_after,
    pause_asked,
};
use claviger_store::{MessageClaim, ReadyMessage, Tx, WebhookRecord};

use crate::chain::Auditor;
use crate::engine::Engine;
use crate::error::Error;
use crate::webhook_counts::Landing;

/// An endpoint says with it that it will never take anything again.
const GONE: u16 = 410;

/// What is to be written of an attempt.
#[derive(Clone)]
struct Outcome {
    message: ReadyMessage,
    claim: MessageClaim,
    attempt: WebhookAttempt,
    /// When it is tried again; none when it was taken or is given up.
    again_at: Option<Timestamp>,
    /// Why the endpoint is disabled from now on.
    disables: Option<DisabledFor>,
    at: Timestamp,
}

impl Engine {
    /// Sends a message that was claimed, and writes what came of it.
    pub(super) async fn carry_webhook_message(
        &self,
        message: ReadyMessage,
        claim: MessageClaim,
    ) -> Result<(), Error> {
        // Deleted meanwhile, with its messages.
        let Some(record) = self.store().read().await?.find_webhook(message.webhook).await? else {
            return Ok(());
        };
        if !record.webhook.is_enabled() {
            let now = self.now();
            let ends = self.store().write(move |tx| {
                Box::pin(async move { tx.end_webhook_message(claim, MessageState::Dead, now).await })
            });
            return Ok(ends.await.map(drop)?);
        }
        let attempted = self.attempt_webhook(&record, &message, claim).await?;
        let outcome = self.judge_attempt(&record, (message, claim), attempted);
        self.settle(outcome).await
    }

    fn judge_attempt(
        &self,
        record: &WebhookRecord,
        (message, claim): (ReadyMessage, MessageClaim),
        (attempt, asked): (WebhookAttempt, Option<Duration>),
    ) -> Outcome {
        let at = self.now();
        let mut random = [0; 2];
        self.entropy().fill(&mut random);
        let pause = pause_after(message.failures.saturating_add(1), u16::from_be_bytes(random));
        let pause = pause.filter(|_| !attempt.is_success());
        let again_at = pause.map(|pause| at.plus(pause_asked(pause, asked)));
        let patience = self.options().webhooks.disable_after;
        let is_hopeless = record.webhook.failing_since.is_some_and(|since| at.since(since) >= patience);
        let disables = match attempt.status {
            Some(GONE) => Some(DisabledFor::Gone),
            _ if !attempt.is_success() && is_hopeless => Some(DisabledFor::Failures),
            _ => None,
        };
        Outcome { message, claim, attempt, again_at, disables, at }
    }

    async fn settle(&self, outcome: Outcome) -> Result<(), Error> {
        let webhook = outcome.message.webhook;
        let (id, number, fault) =
            (outcome.claim.id, outcome.attempt.number, outcome.attempt.fault.clone().unwrap_or_default());
        let audit = self.auditor(&Actor::SYSTEM, outcome.at);
        let landing = outcome.landing();
        let Some(written) = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(write_outcome(tx, &audit, &outcome).await?) })
            })
            .await?
        else {
            return Ok(());
        };
        self.webhook_counts().note(landing);
        if fault.is_empty() {
            tracing::debug!(%webhook, message = %id, attempt = number, "a webhook message was delivered");
        } else {
            tracing::info!(%webhook, message = %id, attempt = number, %fault, "a webhook message was not taken");
        }
        if let Some(cause) = written.disabled {
            tracing::warn!(%webhook, cause = cause.as_str(), "a webhook was disabled");
            self.mail_about_webhook(webhook).await?;
        }
        Ok(())
    }
}

impl Outcome {
    /// What became of the message.
    const fn landing(&self) -> Landing {
        match self.again_at {
            _ if self.attempt.is_success() => Landing::Delivered,
            Some(_) if self.disables.is_none() => Landing::Failed,
            Some(_) | None => Landing::GivenUp,
        }
    }
}

/// That an outcome was written.
struct Written {
    /// Why the endpoint was disabled, if it was.
    disabled: Option<DisabledFor>,
}

/// Answers nothing when the message is somebody else's by now.
async fn write_outcome(
    tx: &mut Tx,
    audit: &Auditor,
    outcome: &Outcome,
) -> Result<Option<Written>, claviger_store::Error> {
    let Outcome { message, claim, attempt, again_at, disables, at } = outcome;
    let is_ours = match again_at {
        Some(due_at) => tx.retry_webhook_message(*claim, *due_at).await?,
        None if attempt.is_success() => tx.end_webhook_message(*claim, MessageState::Delivered, *at).await?,
        None => tx.end_webhook_message(*claim, MessageState::Dead, *at).await?,
    };
    if !is_ours {
        // It took so long that somebody else tried, or it was deleted or given up meanwhile.
        return Ok(None);
    }
    tx.insert_webhook_attempt(claim.id, attempt).await?;
    tx.move_webhook_followers(message, again_at.unwrap_or(*at)).await?;
    if attempt.is_success() {
        tx.note_webhook_success(message.webhook).await?;
    } else {
        tx.note_webhook_failure(message.webhook, *at).await?;
    }
    let disabled = match disables {
        Some(cause) if disable(tx, audit, (message.webhook, *cause), *at).await? => Some(*cause),
        _ => None,
    };
    Ok(Some(Written { disabled }))
}

async fn disable(
    tx: &mut Tx,
    audit: &Auditor,
    (webhook, cause): (WebhookId, DisabledFor),
    at: Timestamp,
) -> Result<bool, claviger_store::Error> {
    let before = tx.find_webhook(webhook).await?;
    if !tx.disable_webhook(webhook, cause, at, &Actor::SYSTEM.to_string()).await? {
        return Ok(false);
    }
    tx.kill_waiting_webhook_messages(webhook, at).await?;
    if let (Some(before), Some(after)) = (before, tx.find_webhook(webhook).await?) {
        audit.record(tx, Event::changed(Action::WebhookDisabled, &before.webhook, &after.webhook)).await?;
    }
    Ok(true)
}
