//! `GET /v1/webhooks` and `GET /v1/webhooks/{id}`.

use axum::extract::State;
use claviger_domain::{WebhookId, WorkspaceId};
use serde::Deserialize;

use super::WebhookObject;
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{Permit, WebhooksRead};
use crate::reply::Answer;
use crate::state::Shared;

/// Which webhooks are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookQuery {
    #[serde(default)]
    workspace: Option<WorkspaceId>,
    #[serde(default)]
    cursor: Option<Cursor<WebhookId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// List webhooks, newest first; never their secrets.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "webhooks",
    security(("operator_token" = ["webhooks:read"])),
    params(
        ("workspace" = Option<String>, Query, description = "Only those of this workspace."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of webhooks.", body = List<WebhookObject>)),
)]
pub(crate) async fn list_webhooks(
    State(doors): State<Shared>,
    permit: Permit<WebhooksRead>,
    Params(query): Params<WebhookQuery>,
) -> Answer {
    let wanted = page(query.cursor, query.limit);
    let listed = doors.engine.list_webhooks(&permit.actor(), query.workspace, wanted).await;
    let listed = listed.map_err(|error| permit.refuse(error))?;
    let now = doors.engine.clock().now();
    let objects = listed.rows.iter().map(|webhook| WebhookObject::at(webhook, now)).collect();
    permit.context().ok(&List::of::<WebhookId>(objects, listed.next))
}

/// Read a webhook; never its secret.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("operator_token" = ["webhooks:read"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = WebhookObject)),
)]
pub(crate) async fn get_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksRead>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let found = doors.engine.find_webhook(&permit.actor(), id).await;
    let webhook = found.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookObject::at(&webhook, doors.engine.clock().now()))
}
