//! `POST /v1/keys/{id}/rotate`, `/revoke`, `/disable`, `/enable`, `/secret`.

use std::time::Duration;

use axum::extract::State;
use claviger_domain::{KeyId, Receipt};
use claviger_engine::Wait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::create::IssuedKey;
use super::{KeyObject, answer};
use crate::body::SentOrDefault;
use crate::path::PathId;
use crate::permit::{KeysWrite, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// How to rotate a key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 86400}))]
pub(crate) struct RotateKey {
    /// How long the old text goes on working, in seconds; 0 unless named.
    #[serde(default)]
    overlap_seconds: u64,
}

/// How to revoke a key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wait": true}))]
pub(crate) struct RevokeKey {
    /// Whether to answer only when every live node refuses the key, or a few seconds have passed.
    #[serde(default)]
    wait: bool,
}

/// A revoked key and, when it was waited for, the proof that no node accepts it any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedKey<'k> {
    #[serde(flatten)]
    object: KeyObject<'k>,
    /// The proof; null when the call did not wait.
    receipt: Option<ReceiptObject>,
}

/// How many nodes have applied a change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptObject {
    /// Nodes that were alive when it was asked for.
    #[schema(example = 3)]
    nodes: u32,
    /// Those that had applied the change when the wait ended.
    #[schema(example = 3)]
    confirmed: u32,
    /// Whether no live node can still act on the old state.
    complete: bool,
}

impl From<Receipt> for ReceiptObject {
    fn from(receipt: Receipt) -> Self {
        Self { nodes: receipt.nodes, confirmed: receipt.confirmed, complete: receipt.is_complete() }
    }
}

/// A key and, this once, its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedSecret<'k> {
    #[serde(flatten)]
    object: KeyObject<'k>,
    /// The secret half. It is shown now and never again.
    secret: &'k str,
}

/// Give a key a new text; the old one may go on for a while.
#[utoipa::path(
    post, path = "/v1/keys/{id}/rotate", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    request_body = Option<RotateKey>,
    responses((status = 200, description = "The key and, this once, its new text.", body = IssuedKey)),
)]
pub(crate) async fn rotate_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
    SentOrDefault(how): SentOrDefault<RotateKey>,
) -> Answer {
    let overlap = Duration::from_secs(how.overlap_seconds);
    let rotated = doors.engine.rotate_key(&permit.actor(), id, overlap).await;
    let issued = rotated.map_err(|error| permit.refuse(error))?;
    let object = KeyObject::of(&doors, &issued.key);
    permit.context().ok(&IssuedKey { object, key: issued.text.expose() })
}

/// Revoke a key, for ever.
#[utoipa::path(
    post, path = "/v1/keys/{id}/revoke", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    request_body = Option<RevokeKey>,
    responses((status = 200, description = "The revoked key and the receipt, if waited for.", body = RevokedKey)),
)]
pub(crate) async fn revoke_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
    SentOrDefault(how): SentOrDefault<RevokeKey>,
) -> Answer {
    let wait = if how.wait { Wait::ForAllNodes } else { Wait::No };
    let revoked = doors.engine.revoke_key(&permit.actor(), id, wait).await;
    let revoked = revoked.map_err(|error| permit.refuse(error))?;
    let object = KeyObject::of(&doors, &revoked.key);
    permit.context().ok(&RevokedKey { object, receipt: revoked.receipt.map(ReceiptObject::from) })
}

/// Disable a key until it is enabled again.
#[utoipa::path(
    post, path = "/v1/keys/{id}/disable", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The disabled key.", body = KeyObject)),
)]
pub(crate) async fn disable_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let disabled = doors.engine.disable_key(&permit.actor(), id).await;
    let key = disabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &key)
}

/// Enable a disabled key.
#[utoipa::path(
    post, path = "/v1/keys/{id}/enable", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The enabled key.", body = KeyObject)),
)]
pub(crate) async fn enable_key(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let enabled = doors.engine.enable_key(&permit.actor(), id).await;
    let key = enabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &key)
}

/// Make or replace the secret of a key; the old secret ends at once, and with it all tokens bought with the key.
#[utoipa::path(
    post, path = "/v1/keys/{id}/secret", tag = "keys",
    security(("operator_token" = ["keys:write"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The key and, this once, its secret.", body = IssuedSecret)),
)]
pub(crate) async fn replace_key_secret(
    State(doors): State<Shared>,
    permit: Permit<KeysWrite>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let replaced = doors.engine.replace_secret(&permit.actor(), id).await;
    let issued = replaced.map_err(|error| permit.refuse(error))?;
    let object = KeyObject::of(&doors, &issued.key);
    permit.context().ok(&IssuedSecret { object, secret: issued.secret.expose() })
}
