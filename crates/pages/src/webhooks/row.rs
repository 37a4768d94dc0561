//! What lists and pages say of a webhook and of a message, in words.

use claviger_domain::{
    DisabledFor, EventType, MessageState, Subscription, Timestamp, Webhook, WebhookId, WebhookMessage,
};

use crate::error::PageError;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::words::{Phrase, say};

/// How something stands: a word, and the class of its badge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    word: Phrase,
    tone: &'static str,
}

impl Standing {
    /// How a webhook stands.
    pub(super) fn of(webhook: &Webhook) -> Self {
        match (webhook.disabled, webhook.failing_since) {
            (Some(_), _) => Self { word: say("word-disabled"), tone: "rest" },
            (None, Some(_)) => Self { word: say("webhooks-failing"), tone: "over" },
            (None, None) => Self { word: say("webhooks-enabled"), tone: "good" },
        }
    }

    /// How a message stands.
    pub(super) fn of_message(message: &WebhookMessage) -> Self {
        match (message.state, message.attempts) {
            (MessageState::Delivered, _) => Self { word: say("webhooks-delivered"), tone: "good" },
            (MessageState::Waiting, 0) => Self { word: say("webhooks-waiting"), tone: "idle" },
            (MessageState::Waiting, _) => Self { word: say("webhooks-retrying"), tone: "rest" },
            (MessageState::Dead, _) => Self { word: say("webhooks-given-up"), tone: "over" },
        }
    }

    /// For people.
    pub(super) fn word(&self) -> Phrase {
        self.word.clone()
    }

    /// The class of the badge; the word says the same to whoever sees no colour.
    pub(super) const fn tone(&self) -> &'static str {
        self.tone
    }
}

/// A webhook in a list, and on top of its page.
pub(super) struct WebhookRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) standing: Standing,
    /// Whose objects it is told of; none where that goes without saying.
    pub(super) workspace: Option<String>,
    pub(super) events: Vec<&'static str>,
    pub(super) failing: Option<Moment>,
    pub(super) created: Moment,
}

impl WebhookRow {
    pub(super) fn new(webhook: &Webhook, names: &Names, now: Timestamp, reader: &Reader) -> Self {
        let workspace = match (reader.visit(), webhook.workspace) {
            (Some(_), _) => None,
            (None, Some(id)) => Some(names.workspace(id)),
            (None, None) => Some(say("webhooks-whole-instance").to_string()),
        };
        Self {
            id: webhook.id.to_string(),
            href: format!("{}/webhooks/{}", reader.base(), webhook.id),
            name: webhook.name.to_string(),
            url: webhook.address.to_string(),
            standing: Standing::of(webhook),
            workspace,
            events: match &webhook.events {
                Subscription::All => Vec::new(),
                Subscription::Only(types) => types.iter().map(|event| event.as_str()).collect(),
            },
            failing: webhook.failing_since.map(|at| Moment::ago(at, now)),
            created: Moment::ago(webhook.created_at, now),
        }
    }
}

/// A message in a list.
pub(super) struct MessageRow {
    pub(super) href: String,
    pub(super) event: &'static str,
    pub(super) subject: String,
    pub(super) standing: Standing,
    pub(super) attempts: u32,
    pub(super) created: Moment,
    /// When it is tried next.
    pub(super) due: Option<Moment>,
}

impl MessageRow {
    pub(super) fn new(message: &WebhookMessage, webhook: &WebhookRow, now: Timestamp) -> Self {
        let waits = message.state == MessageState::Waiting && message.attempts > 0;
        Self {
            href: format!("{}/messages/{}", webhook.href, message.id),
            event: message.event.as_str(),
            subject: message.subject.clone(),
            standing: Standing::of_message(message),
            attempts: message.attempts,
            created: Moment::ago(message.created_at, now),
            due: waits.then(|| Moment::exact(message.due_at)),
        }
    }
}

/// What an event tells, as a sentence.
pub(super) const fn about(event: EventType) -> Phrase {
    match event {
        EventType::KeyCreated => say("event-key-created"),
        EventType::KeyChanged => say("event-key-changed"),
        EventType::KeyRotated => say("event-key-rotated"),
        EventType::KeyDisabled => say("event-key-disabled"),
        EventType::KeyEnabled => say("event-key-enabled"),
        EventType::KeyRevoked => say("event-key-revoked"),
        EventType::ClientCreated => say("event-client-created"),
        EventType::ClientChanged => say("event-client-changed"),
        EventType::ClientSecretRotated => say("event-client-secret-rotated"),
        EventType::ClientDeleted => say("event-client-deleted"),
        EventType::GrantCreated => say("event-grant-created"),
        EventType::GrantChanged => say("event-grant-changed"),
        EventType::GrantRevoked => say("event-grant-revoked"),
        EventType::SessionEnded => say("event-session-ended"),
        EventType::KeyExpiring => say("event-key-expiring"),
        EventType::KeyExpired => say("event-key-expired"),
        EventType::KeyExposed => say("event-key-exposed"),
        EventType::LimitReached => say("event-limit-reached"),
        EventType::UnusualActivityFound => say("event-unusual-activity-found"),
        EventType::AccessRequestMade => say("event-access-request-made"),
        EventType::AccessRequestDecided => say("event-access-request-decided"),
        EventType::SandboxResetBegun => say("event-sandbox-reset-begun"),
        EventType::SandboxReset => say("event-sandbox-reset"),
        EventType::WebhookTest => say("event-webhook-test"),
    }
}

/// Why a webhook is sent nothing, as a sentence.
pub(super) const fn because(cause: DisabledFor) -> Phrase {
    match cause {
        DisabledFor::Hand => say("webhooks-somebody-disabled"),
        DisabledFor::Failures => say("webhooks-days-took-none-messages-sent"),
        DisabledFor::Gone => say("webhooks-answered-410-there-no-such"),
    }
}

/// The id in a path.
pub(super) fn read_id(text: &str) -> Result<WebhookId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}

/// Changes with every change of the webhook.
pub(super) fn version_of(webhook: &Webhook) -> String {
    webhook.updated_at.micros().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_say_in_english_what_events_say_of_themselves() {
        for event in EventType::ALL {
            assert_eq!(about(*event).to_string(), event.about());
        }
    }
}
