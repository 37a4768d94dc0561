//! One message: what it says, and each attempt to send it.

use askama::Template;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{MessageState, Right, WebhookAttempt, WebhookMessageId};
use http::StatusCode;
use http::request::Parts;

use super::row::{MessageRow, WebhookRow, read_id};
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::{self, Path};
use crate::permit::{Permit, WebhooksRead, WebhooksWrite};
use crate::sent::Sent;
use crate::state::PagesState;

/// The `{message}` of an address.
pub(crate) struct Message(String);

impl Message {
    fn id(&self) -> Result<WebhookMessageId, PageError> {
        self.0.parse().map_err(|_| PageError::NoPage)
    }
}

impl FromRequestParts<PagesState> for Message {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, PageError> {
        path::find(parts, state, "message").await?.map(Self).ok_or(PageError::NoPage)
    }
}

/// One attempt.
struct AttemptRow {
    number: u32,
    started: Moment,
    took_ms: u128,
    status: Option<u16>,
    fault: Option<String>,
    answer: String,
}

#[derive(Template)]
#[template(path = "webhooks/message.html")]
struct MessagePage<'p> {
    chrome: Chrome<'p>,
    webhook: WebhookRow,
    row: MessageRow,
    id: String,
    /// The body as it is sent, in lines.
    payload: String,
    attempts: Vec<AttemptRow>,
    can_replay: bool,
}

/// `GET …/webhooks/{id}/messages/{message}`
pub(crate) async fn show_message(
    State(state): State<PagesState>,
    permit: Permit<WebhooksRead>,
    (Path(id), message): (Path<String>, Message),
    RawQuery(query): RawQuery,
) -> Answer {
    let (id, message) = (read_id(&id)?, message.id()?);
    let (actor, reader) = (permit.actor(), permit.reader());
    let webhook = state.engine.find_webhook(&actor, id).await?;
    let (message, attempts) = state.engine.find_webhook_message(&actor, id, message).await?;
    let names = Names::of_workspaces(&state, webhook.workspace.into_iter()).await?;
    let now = state.engine.clock().now();
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let row = WebhookRow::new(&webhook, &names, now, reader);
    let has_ended = message.state != MessageState::Waiting;
    let shown = MessagePage {
        chrome: Chrome::at(reader, Section::Webhooks).saying(notice),
        row: MessageRow::new(&message, &row, now),
        webhook: row,
        id: message.id.to_string(),
        payload: in_lines(&message.payload),
        attempts: attempts.iter().map(attempt_row).collect(),
        can_replay: has_ended && webhook.is_enabled() && reader.allows(Right::WriteWebhooks),
    };
    page(StatusCode::OK, &shown)
}

/// `POST …/webhooks/{id}/messages/{message}/replay`
pub(crate) async fn replay_message(
    State(state): State<PagesState>,
    (Path(id), message): (Path<String>, Message),
    Sent { permit, .. }: Sent<WebhooksWrite>,
) -> Answer {
    let (id, message) = (read_id(&id)?, message.id()?);
    state.engine.replay_webhook_message(&permit.actor(), id, message).await?;
    let (base, notice) = (permit.reader().base(), Notice::MessageReplayed.word());
    Ok(Redirect::to(&format!("{base}/webhooks/{id}/messages/{message}?notice={notice}")).into_response())
}

/// The same JSON, easier to read.
fn in_lines(payload: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(payload);
    parsed.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| payload.to_owned())
}

fn attempt_row(attempt: &WebhookAttempt) -> AttemptRow {
    AttemptRow {
        number: attempt.number,
        started: Moment::exact(attempt.started_at),
        took_ms: attempt.took.as_millis(),
        status: attempt.status,
        fault: attempt.fault.clone(),
        answer: attempt.answer.clone(),
    }
}
