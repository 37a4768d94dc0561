//! `POST /v1/webhooks`.

use axum::extract::State;
use claviger_domain::{Label, Subscription, WorkspaceId};
use claviger_engine::NewWebhook;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Address, Events, IssuedWebhookObject, WebhookObject};
use crate::creation::Creation;
use crate::permit::{Permit, WebhooksWrite};
use crate::problem::ProblemDocument;
use crate::reply::Answer;
use crate::state::Shared;
use crate::words::EventTypeWord;

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Key inventory", "url": "https://example.com/hooks/claviger", "workspace": "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0", "events": ["key.created", "key.revoked"]}))]
pub(crate) struct CreateWebhook {
    /// What people call it: 1 to 100 printable characters.
    #[schema(value_type = String)]
    name: Label,
    /// Where messages are sent: a public address, by https.
    #[schema(value_type = String)]
    url: Address,
    /// The workspace whose objects it is told of; left out or null for those of the whole instance.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    workspace: Option<WorkspaceId>,
    /// What it is told of; left out or null for everything, what later versions add included.
    #[serde(default)]
    #[schema(value_type = Option<Vec<EventTypeWord>>, min_items = 1)]
    events: Option<Events>,
}

/// Make a webhook. Its secret is in the answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request: 1 to 255 printable ASCII characters.")),
    request_body = CreateWebhook,
    responses(
        (status = 201, description = "The webhook and, this once, its secret.", body = IssuedWebhookObject),
        (status = 422, description = "The Idempotency-Key was used for another request.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    Creation { new, once }: Creation<CreateWebhook>,
) -> Answer {
    let new = NewWebhook {
        workspace: new.workspace,
        name: new.name,
        address: new.url.0,
        events: new.events.map_or(Subscription::All, |events| events.0),
    };
    let made = doors.engine.create_webhook(&permit.actor(), new, once).await;
    let issued = made.map_err(|error| permit.refuse(error))?;
    let location = format!("/v1/webhooks/{}", issued.webhook.id);
    let object = WebhookObject::at(&issued.webhook, doors.engine.clock().now());
    permit.context().created(Some(location), &IssuedWebhookObject { object, secret: issued.secret.expose() })
}
