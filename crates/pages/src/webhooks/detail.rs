//! One webhook: what it is, what it was sent, and what can be done with it.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{MessageState, PageRequest, Right, Webhook, WebhookMessageId};
use http::StatusCode;

use super::row::{MessageRow, WebhookRow, because, read_id, version_of};
use crate::author::author;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, next_page};
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, WebhooksRead};
use crate::public::duration_text;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// Messages on one page.
const LISTED: u16 = 25;

/// How long the secret before can go on.
const OVERLAPS: [u64; 4] = [0, 3_600, 86_400, 7 * 86_400];

#[derive(Template)]
#[template(path = "webhooks/detail.html")]
struct WebhookPage<'p> {
    chrome: Chrome<'p>,
    row: WebhookRow,
    /// Since when it is sent nothing, and why.
    disabled: Option<(Moment, Phrase)>,
    overlap: Option<Moment>,
    created: (Moment, String),
    updated: (Moment, String),
    messages: Vec<MessageRow>,
    next: Option<String>,
    states: Vec<Choice>,
    is_filtered: bool,
    overlaps: [(u64, String); OVERLAPS.len()],
    may_write: bool,
    /// Tells a form that was made for an earlier state of the webhook.
    version: String,
    complaints: Complaints,
}

/// `GET …/webhooks/{id}`
pub(crate) async fn show_webhook(
    State(state): State<PagesState>,
    permit: Permit<WebhooksRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let webhook = state.engine.find_webhook(&permit.actor(), read_id(&id)?).await?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show(&state, permit.reader(), &webhook, (&query, Complaints::default())).await
}

/// The page of a webhook, with what has happened or what is wrong.
pub(super) async fn show(
    state: &PagesState,
    reader: &Reader,
    webhook: &Webhook,
    (query, complaints): (&Fields, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let wanted = query.given("state").map(str::parse::<MessageState>).transpose();
    let wanted = wanted.map_err(|_| PageError::Parameter("state"))?;
    let before = query.given("before").map(str::parse::<WebhookMessageId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(WebhookMessageId::uuid);
    let page_wanted = PageRequest { before, limit: LISTED };
    let which = (webhook.id, wanted);
    let listed = state.engine.list_webhook_messages(&reader.actor(), which, page_wanted).await?;
    let names = Names::of_workspaces(state, webhook.workspace.into_iter()).await?;
    let now = state.engine.clock().now();
    let row = WebhookRow::new(webhook, &names, now, reader);
    let next = |id| next_page((&row.href, &["state"]), query, &WebhookMessageId::from_uuid(id));
    let shown = WebhookPage {
        chrome: Chrome::at(reader, Section::Webhooks).saying(Notice::read(query)),
        disabled: webhook.disabled.map(|(at, cause)| (Moment::exact(at), because(cause))),
        overlap: webhook.previous_secret_until.filter(|until| now < *until).map(Moment::exact),
        created: (Moment::exact(webhook.created_at), author(&webhook.created_by, reader.signed_in())),
        updated: (Moment::exact(webhook.updated_at), author(&webhook.updated_by, reader.signed_in())),
        messages: listed.rows.iter().map(|message| MessageRow::new(message, &row, now)).collect(),
        next: listed.next.map(next),
        states: MessageState::ALL.map(|state| choice(state, wanted)).into(),
        is_filtered: wanted.is_some(),
        overlaps: OVERLAPS.map(overlap),
        may_write: reader.allows(Right::WriteWebhooks),
        version: version_of(webhook),
        row,
        complaints,
    };
    page(status, &shown)
}

fn choice(state: MessageState, chosen: Option<MessageState>) -> Choice {
    let text = match state {
        MessageState::Waiting => say("webhooks-waiting"),
        MessageState::Delivered => say("webhooks-delivered"),
        MessageState::Dead => say("webhooks-given-up"),
    };
    Choice { value: state.as_str().to_owned(), text: text.to_string(), is_chosen: chosen == Some(state) }
}

/// How long the secret before goes on.
fn overlap(seconds: u64) -> (u64, String) {
    let text = match seconds {
        0 => say("webhooks-end-old-one-once").to_string(),
        seconds => duration_text(Duration::from_secs(seconds)),
    };
    (seconds, text)
}
