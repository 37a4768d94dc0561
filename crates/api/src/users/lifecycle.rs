//! `POST /v1/users/{id}/disable`, `/enable`, `/sign-out` and `DELETE /v1/users/{id}`.

use axum::extract::State;
use claviger_domain::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{UserObject, answer};
use crate::path::PathId;
use crate::permit::{ClientsWrite, Permit};
use crate::reply::{self, Answer};
use crate::state::Shared;

/// What a sign-out ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedSessions {
    /// The user's id.
    #[schema(value_type = String, example = "acc_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: AccountId,
    /// How many sessions ended.
    #[schema(example = 2)]
    ended_sessions: u64,
}

/// Disable a user: their sessions and tokens end, and nobody can sign in as them until they are enabled.
#[utoipa::path(
    post, path = "/v1/users/{id}/disable", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 200, description = "The disabled user.", body = UserObject)),
)]
pub(crate) async fn disable_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let disabled = doors.engine.switch_user(&permit.actor(), id, false).await;
    let user = disabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &user)
}

/// Enable a disabled user.
#[utoipa::path(
    post, path = "/v1/users/{id}/enable", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 200, description = "The enabled user.", body = UserObject)),
)]
pub(crate) async fn enable_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let enabled = doors.engine.switch_user(&permit.actor(), id, true).await;
    let user = enabled.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &user)
}

/// End every session of a user.
#[utoipa::path(
    post, path = "/v1/users/{id}/sign-out", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 200, description = "How many sessions ended.", body = EndedSessions)),
)]
pub(crate) async fn sign_user_out(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let ended = doors.engine.end_user_sessions(&permit.actor(), id).await;
    let ended_sessions = ended.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&EndedSessions { id, ended_sessions })
}

/// Delete a user with sessions, grants and tokens, for ever.
#[utoipa::path(
    delete, path = "/v1/users/{id}", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 204, description = "The user is gone.")),
)]
pub(crate) async fn delete_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let deleted = doors.engine.delete_user(&permit.actor(), id).await;
    deleted.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
