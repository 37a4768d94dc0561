//! `PATCH /v1/webhooks/{id}`.

use axum::extract::State;
use claviger_domain::{Label, Subscription, WebhookId};
use claviger_engine::WebhookPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Address, Events, WebhookObject};
use crate::body::Sent;
use crate::json::{nullable, present};
use crate::path::PathId;
use crate::permit::{Permit, WebhooksWrite};
use crate::reply::Answer;
use crate::state::Shared;
use crate::words::EventTypeWord;

/// A change to a webhook. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://example.com/hooks/v2", "events": null}))]
pub(crate) struct UpdateWebhook {
    /// A new name: 1 to 100 printable characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    name: Option<Label>,
    /// A new address. Messages that wait go there.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    url: Option<Address>,
    /// What it is told of from now on; null for everything.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<EventTypeWord>>, min_items = 1, required = false)]
    events: Option<Option<Events>>,
}

/// Change a webhook.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    request_body = UpdateWebhook,
    responses((status = 200, description = "The webhook as it is now.", body = WebhookObject)),
)]
pub(crate) async fn update_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    Sent(patch): Sent<UpdateWebhook>,
) -> Answer {
    let patch = WebhookPatch {
        name: patch.name,
        address: patch.url.map(|url| url.0),
        events: patch.events.map(|events| events.map_or(Subscription::All, |events| events.0)),
    };
    let changed = doors.engine.update_webhook(&permit.actor(), id, patch).await;
    let webhook = changed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookObject::at(&webhook, doors.engine.clock().now()))
}
