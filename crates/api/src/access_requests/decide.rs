//! What is done with requests for access: a step checked, approved, declined.

use axum::extract::State;
use claviger_domain::{AccessRequestId, Prose, ReviewStep, ScopeSet};
use claviger_engine::{AccessError, Review};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::AccessRequestObject;
use crate::body::Sent;
use crate::path::PathId;
use crate::permit::{Permit, WorkspacesWrite};
use crate::reply::Answer;
use crate::state::Shared;
use crate::words::ReviewStepWord;

/// A step that was looked at and found good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "identity", "note": "Called the number in the register."}))]
pub(crate) struct CheckStep {
    /// Which.
    #[serde(deserialize_with = "step")]
    #[schema(value_type = ReviewStepWord)]
    step: ReviewStep,
    /// What was found: 1 to 2,000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    note: Option<Prose>,
}

/// What the first keys of an approved request may do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scopes": ["read"]}))]
pub(crate) struct ApproveAccess {
    /// Scopes that the API's contract defines.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
}

/// Why a request is declined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The API is for lenders only."}))]
pub(crate) struct DeclineAccess {
    /// The contact is told word for word: 1 to 2,000 characters.
    #[schema(value_type = String)]
    reason: Prose,
}

fn step<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ReviewStep, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

fn answer(permit: &Permit<WorkspacesWrite>, done: Result<Review, AccessError>) -> Answer {
    let review = done.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&AccessRequestObject::from(&review))
}

/// Note that a step of the review was looked at and found good. It stays so.
#[utoipa::path(
    post, path = "/v1/access-requests/{id}/checks", tag = "access requests",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = CheckStep,
    responses((status = 200, description = "The request.", body = AccessRequestObject)),
)]
pub(crate) async fn check_access_request(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<AccessRequestId>,
    Sent(checked): Sent<CheckStep>,
) -> Answer {
    let checked = (checked.step, checked.note);
    answer(&permit, doors.engine.check_access_request(&permit.actor(), id, checked).await)
}

/// Approve a request whose review is complete: its workspace is made and its contact invited as the owner.
#[utoipa::path(
    post, path = "/v1/access-requests/{id}/approve", tag = "access requests",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = ApproveAccess,
    responses((status = 200, description = "The request.", body = AccessRequestObject)),
)]
pub(crate) async fn approve_access_request(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<AccessRequestId>,
    Sent(approval): Sent<ApproveAccess>,
) -> Answer {
    answer(&permit, doors.engine.approve_access_request(&permit.actor(), id, approval.scopes).await)
}

/// Decline a request; its contact is told why by mail.
#[utoipa::path(
    post, path = "/v1/access-requests/{id}/decline", tag = "access requests",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The request's id.")),
    request_body = DeclineAccess,
    responses((status = 200, description = "The request.", body = AccessRequestObject)),
)]
pub(crate) async fn decline_access_request(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<AccessRequestId>,
    Sent(refusal): Sent<DeclineAccess>,
) -> Answer {
    answer(&permit, doors.engine.decline_access_request(&permit.actor(), id, refusal.reason).await)
}
