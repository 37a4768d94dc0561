//! `POST /v1/clients/{id}/secret`, `/disable`, `/enable` and `DELETE /v1/clients/{id}`.

use std::time::Duration;

use axum::extract::State;
use claviger_domain::{ClientId, ClientSecretId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ClientObject, answer};
use crate::body::SentOrDefault;
use crate::path::PathId;
use crate::permit::{ClientsWrite, Permit};
use crate::reply::{self, Answer};
use crate::state::Shared;

/// How to give a client a new secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 86400}))]
pub(crate) struct RotateClientSecret {
    /// How long earlier secrets go on working, in seconds; 0 unless named.
    #[serde(default)]
    overlap_seconds: u64,
}

/// A client and, this once, its new secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedClientSecret<'c> {
    #[serde(flatten)]
    object: ClientObject<'c>,
    /// The new secret. It is shown now and never again.
    #[schema(example = "clv_cs_4fQ0…")]
    client_secret: &'c str,
    /// When the new secret ends, in seconds since 1970: 0, for never (RFC 7591 section 3.2.1).
    #[schema(example = 0)]
    client_secret_expires_at: u64,
    /// The new secret's own id.
    #[schema(value_type = String, example = "cls_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    client_secret_id: ClientSecretId,
    /// When the earlier secrets end.
    #[schema(value_type = String, format = DateTime)]
    earlier_secrets_end_at: Timestamp,
}

/// Give a client a new secret; earlier ones may go on for a while.
#[utoipa::path(
    post, path = "/v1/clients/{id}/secret", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    request_body = Option<RotateClientSecret>,
    responses((status = 200, description = "The client and, this once, its new secret.", body = IssuedClientSecret)),
)]
pub(crate) async fn rotate_client_secret(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
    SentOrDefault(how): SentOrDefault<RotateClientSecret>,
) -> Answer {
    let overlap = Duration::from_secs(how.overlap_seconds);
    let rotated = doors.engine.rotate_client_secret(&permit.actor(), id, overlap).await;
    let issued = rotated.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&IssuedClientSecret {
        object: ClientObject::of(&doors, &issued.client),
        client_secret: issued.secret.expose(),
        client_secret_expires_at: 0,
        client_secret_id: issued.id,
        earlier_secrets_end_at: issued.earlier_end_at,
    })
}

/// Disable a client, and every token of it, until it is enabled again.
#[utoipa::path(
    post, path = "/v1/clients/{id}/disable", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    responses((status = 200, description = "The disabled client.", body = ClientObject)),
)]
pub(crate) async fn disable_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
) -> Answer {
    let disabled = doors.engine.switch_client(&permit.actor(), id, false).await;
    let client = disabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &client)
}

/// Enable a disabled client.
#[utoipa::path(
    post, path = "/v1/clients/{id}/enable", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    responses((status = 200, description = "The enabled client.", body = ClientObject)),
)]
pub(crate) async fn enable_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
) -> Answer {
    let enabled = doors.engine.switch_client(&permit.actor(), id, true).await;
    let client = enabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &client)
}

/// Delete a client with its grants and tokens, for ever.
#[utoipa::path(
    delete, path = "/v1/clients/{id}", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The client's id.")),
    responses((status = 204, description = "The client is gone.")),
)]
pub(crate) async fn delete_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<ClientId>,
) -> Answer {
    let deleted = doors.engine.delete_client(&permit.actor(), id).await;
    deleted.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
