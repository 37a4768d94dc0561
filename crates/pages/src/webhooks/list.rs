//! The list of webhooks.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{PageRequest, Right, WebhookId};
use http::StatusCode;

use super::row::WebhookRow;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, next_page, workspace_choices};
use crate::keys::names::Names;
use crate::notice::Notice;
use crate::permit::{Permit, WebhooksRead};
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct Webhooks<'p> {
    chrome: Chrome<'p>,
    rows: Vec<WebhookRow>,
    /// The address of the next page.
    next: Option<String>,
    workspaces: Vec<Choice>,
    is_filtered: bool,
    may_write: bool,
}

/// `GET …/webhooks`
pub(crate) async fn list_webhooks(
    State(state): State<PagesState>,
    permit: Permit<WebhooksRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let reader = permit.reader();
    let workspace = query.given("workspace").map(str::parse).transpose();
    let workspace = workspace.map_err(|_| PageError::Parameter("workspace"))?;
    let before = query.given("before").map(str::parse::<WebhookId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(WebhookId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let listed = state.engine.list_webhooks(&reader.actor(), workspace, wanted).await?;
    let names =
        Names::of_workspaces(&state, listed.rows.iter().filter_map(|webhook| webhook.workspace)).await?;
    let workspaces = match reader.visit() {
        None => workspace_choices(&state, workspace).await?,
        Some(_) => Vec::new(),
    };
    let now = state.engine.clock().now();
    let path = format!("{}/webhooks", reader.base());
    let next = |id| next_page((&path, &["workspace"]), &query, &WebhookId::from_uuid(id));
    let webhooks = Webhooks {
        chrome: Chrome::at(reader, Section::Webhooks).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(|webhook| WebhookRow::new(webhook, &names, now, reader)).collect(),
        next: listed.next.map(next),
        workspaces,
        is_filtered: workspace.is_some(),
        may_write: reader.allows(Right::WriteWebhooks),
    };
    page(StatusCode::OK, &webhooks)
}
