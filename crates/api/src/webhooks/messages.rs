//! `/v1/webhooks/{id}/messages`: what a webhook was sent, and sending it again.

use axum::extract::State;
use claviger_domain::{
    EventType, MessageState, Timestamp, WebhookAttempt, WebhookId, WebhookMessage, WebhookMessageId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::{PathId, PathMessage};
use crate::permit::{Permit, WebhooksRead, WebhooksWrite};
use crate::reply::Answer;
use crate::state::Shared;
use crate::words::{EventTypeWord, MessageStateWord};

/// What a webhook was or is to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookMessage)]
pub(crate) struct WebhookMessageObject<'m> {
    /// Its id, which is sent as `webhook-id` with every attempt.
    #[schema(value_type = String, example = "msg_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: WebhookMessageId,
    /// The webhook.
    #[schema(value_type = String, example = "whk_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    webhook: WebhookId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = EventTypeWord)]
    event: EventType,
    /// The id of what it happened to. Messages about one thing are sent one after the other.
    #[schema(example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    subject: &'m str,
    /// Where it stands.
    #[schema(value_type = MessageStateWord)]
    state: &'static str,
    /// When it is to be tried, as long as it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was delivered or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// How often it was tried.
    attempt_count: u32,
    /// The body as it is sent; in lists it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    payload: Option<Value>,
    /// The last hundred attempts, newest first; in lists they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    attempts: Option<Vec<WebhookAttemptObject<'m>>>,
}

/// One attempt to send a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct WebhookAttemptObject<'a> {
    /// 1 for the first.
    number: u32,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// The status of the answer; null when there was none.
    status: Option<u16>,
    /// What went wrong; null when the endpoint took it.
    fault: Option<&'a str>,
    /// The beginning of the answer's body, at most 1024 bytes.
    answer: &'a str,
}

impl<'m> WebhookMessageObject<'m> {
    /// A message with its body and attempts.
    pub(crate) fn new(message: &'m WebhookMessage, attempts: &'m [WebhookAttempt]) -> Self {
        let attempts = attempts.iter().map(|attempt| WebhookAttemptObject {
            number: attempt.number,
            started_at: attempt.started_at,
            took_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            status: attempt.status,
            fault: attempt.fault.as_deref(),
            answer: &attempt.answer,
        });
        Self {
            // What we wrote as JSON reads back as JSON.
            payload: serde_json::from_str(&message.payload).ok(),
            attempts: Some(attempts.collect()),
            ..Self::in_list(message)
        }
    }

    fn in_list(message: &'m WebhookMessage) -> Self {
        Self {
            id: message.id,
            webhook: message.webhook,
            event: message.event,
            subject: &message.subject,
            state: message.state.as_str(),
            due_at: (message.state == MessageState::Waiting).then_some(message.due_at),
            created_at: message.created_at,
            ended_at: message.ended_at,
            attempt_count: message.attempts,
            payload: None,
            attempts: None,
        }
    }
}

/// Which messages are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageQuery {
    #[serde(default)]
    state: Option<StateWord>,
    #[serde(default)]
    cursor: Option<Cursor<WebhookMessageId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// A state as the query names it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateWord {
    Waiting,
    Delivered,
    Dead,
}

impl From<StateWord> for MessageState {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Waiting => Self::Waiting,
            StateWord::Delivered => Self::Delivered,
            StateWord::Dead => Self::Dead,
        }
    }
}

/// List the messages to a webhook, newest first, without their bodies.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/messages", tag = "webhooks",
    security(("operator_token" = ["webhooks:read"])),
    params(
        ("id" = String, Path, description = "The webhook's id."),
        ("state" = Option<MessageStateWord>, Query, description = "Only those in this state."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of messages.", body = List<WebhookMessageObject>)),
)]
pub(crate) async fn list_webhook_messages(
    State(doors): State<Shared>,
    permit: Permit<WebhooksRead>,
    PathId(id): PathId<WebhookId>,
    Params(query): Params<MessageQuery>,
) -> Answer {
    let wanted = page(query.cursor, query.limit);
    let which = (id, query.state.map(MessageState::from));
    let listed = doors.engine.list_webhook_messages(&permit.actor(), which, wanted).await;
    let listed = listed.map_err(|error| permit.refuse(error))?;
    let objects = listed.rows.iter().map(WebhookMessageObject::in_list).collect();
    permit.context().ok(&List::of::<WebhookMessageId>(objects, listed.next))
}

/// Read a message with its body and the attempts to send it.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/messages/{message}", tag = "webhooks",
    security(("operator_token" = ["webhooks:read"])),
    params(
        ("id" = String, Path, description = "The webhook's id."),
        ("message" = String, Path, description = "The message's id."),
    ),
    responses((status = 200, description = "The message.", body = WebhookMessageObject)),
)]
pub(crate) async fn get_webhook_message(
    State(doors): State<Shared>,
    permit: Permit<WebhooksRead>,
    (PathId(id), PathMessage(message)): (PathId<WebhookId>, PathMessage),
) -> Answer {
    let found = doors.engine.find_webhook_message(&permit.actor(), id, message).await;
    let (message, attempts) = found.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookMessageObject::new(&message, &attempts))
}

/// Send a message that was delivered or given up once more, under the same id.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/messages/{message}/replay", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(
        ("id" = String, Path, description = "The webhook's id."),
        ("message" = String, Path, description = "The message's id."),
    ),
    responses((status = 200, description = "The message, which waits again.", body = WebhookMessageObject)),
)]
pub(crate) async fn replay_webhook_message(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    (PathId(id), PathMessage(message)): (PathId<WebhookId>, PathMessage),
) -> Answer {
    let replayed = doors.engine.replay_webhook_message(&permit.actor(), id, message).await;
    let message = replayed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookMessageObject::in_list(&message))
}

/// How many messages are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplayedMessages {
    /// How many.
    replayed: u64,
}

/// Send every dead message to a webhook once more, in the order in which they were made.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/replay", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "How many messages wait again.", body = ReplayedMessages)),
)]
pub(crate) async fn replay_dead_webhook_messages(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let replayed = doors.engine.replay_dead_webhook_messages(&permit.actor(), id).await;
    let replayed = replayed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&ReplayedMessages { replayed })
}
