//! `POST /v1/webhooks/{id}/secret`, `/enable`, `/disable`, `/test` and `DELETE /v1/webhooks/{id}`.

use std::time::Duration;

use axum::extract::State;
use claviger_domain::WebhookId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::messages::WebhookMessageObject;
use super::{IssuedWebhookObject, WebhookObject};
use crate::body::SentOrDefault;
use crate::path::PathId;
use crate::permit::{Permit, WebhooksWrite};
use crate::reply::{self, Answer};
use crate::state::Shared;

/// How to give a webhook a new secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 86400}))]
pub(crate) struct RotateWebhookSecret {
    /// How long messages are signed by the secret before as well, in seconds; 0 unless named, 30 days at most.
    #[serde(default)]
    overlap_seconds: u64,
}

/// Give a webhook a new secret. Messages can be signed by both for a while, so that the receiver changes over in its
/// own time.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/secret", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    request_body = Option<RotateWebhookSecret>,
    responses((status = 200, description = "The webhook and, this once, its new secret.", body = IssuedWebhookObject)),
)]
pub(crate) async fn rotate_webhook_secret(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
    SentOrDefault(how): SentOrDefault<RotateWebhookSecret>,
) -> Answer {
    let overlap = Duration::from_secs(how.overlap_seconds);
    let rotated = doors.engine.rotate_webhook_secret(&permit.actor(), id, overlap).await;
    let issued = rotated.map_err(|error| permit.refuse(error))?;
    let object = WebhookObject::at(&issued.webhook, doors.engine.clock().now());
    permit.context().ok(&IssuedWebhookObject { object, secret: issued.secret.expose() })
}

/// Enable a disabled webhook. What it missed can be sent again.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/enable", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The enabled webhook.", body = WebhookObject)),
)]
pub(crate) async fn enable_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let enabled = doors.engine.switch_webhook(&permit.actor(), id, true).await;
    let webhook = enabled.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookObject::at(&webhook, doors.engine.clock().now()))
}

/// Disable a webhook. It is told of nothing more; what waited for it is dead.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/disable", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The disabled webhook.", body = WebhookObject)),
)]
pub(crate) async fn disable_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let disabled = doors.engine.switch_webhook(&permit.actor(), id, false).await;
    let webhook = disabled.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WebhookObject::at(&webhook, doors.engine.clock().now()))
}

/// Send a webhook a message of the type `webhook.test`.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 201, description = "The message, which is sent within moments.", body = WebhookMessageObject)),
)]
pub(crate) async fn test_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let sent = doors.engine.test_webhook(&permit.actor(), id).await;
    let message = sent.map_err(|error| permit.refuse(error))?;
    let location = format!("/v1/webhooks/{id}/messages/{}", message.id);
    permit.context().created(Some(location), &WebhookMessageObject::new(&message, &[]))
}

/// Delete a webhook with its messages.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("operator_token" = ["webhooks:write"])),
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 204, description = "The webhook is gone.")),
)]
pub(crate) async fn delete_webhook(
    State(doors): State<Shared>,
    permit: Permit<WebhooksWrite>,
    PathId(id): PathId<WebhookId>,
) -> Answer {
    let deleted = doors.engine.delete_webhook(&permit.actor(), id).await;
    deleted.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
