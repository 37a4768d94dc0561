//! `/v1/workspaces/{id}/credits`.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::State;
use claviger_domain::{
    AnchorDay, ChargeId, ChargeState, CreditCharge, CreditGrant, CreditGrantId, CreditRefill, Label,
    Timestamp, WorkspaceId,
};
use claviger_engine::NewCreditGrant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::creation::Creation;
use crate::path::{PathCharge, PathId};
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::problem::ProblemDocument;
use crate::reply::{self, Answer};
use crate::state::Shared;
use crate::words::ChargeStateWord;

/// The longest time a charge may be reserved: a day.
const LONGEST: u32 = 86_400;
/// How long it is unless that is said: a quarter of an hour.
const USUAL: u32 = 900;

/// What a workspace can spend, and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Credits)]
pub(crate) struct CreditsObject<'c> {
    /// What can be spent now.
    #[schema(example = 1200)]
    available: u64,
    /// What is given each month.
    refill: Option<RefillObject>,
    /// What was given, newest first, as far as it is kept: until a year after its end.
    grants: Vec<CreditGrantObject<'c>>,
}

/// Credits that are given each month. What is left of them ends with the next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditRefill)]
pub(crate) struct RefillObject {
    /// How many.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// On which day; in shorter months their last. From midnight UTC on.
    #[schema(value_type = u8, minimum = 1, maximum = 31)]
    anchor_day: AnchorDay,
    /// When the next are given.
    #[schema(value_type = String, format = DateTime)]
    next_at: Timestamp,
}

impl From<CreditRefill> for RefillObject {
    fn from(refill: CreditRefill) -> Self {
        let CreditRefill { amount, anchor_day, next_at } = refill;
        Self { amount, anchor_day, next_at }
    }
}

/// Credits that were given at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditGrant)]
pub(crate) struct CreditGrantObject<'c> {
    /// Their id.
    #[schema(value_type = String, example = "cgr_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: CreditGrantId,
    /// How many were given.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// How many are left.
    remaining: u32,
    /// What they were given for.
    #[schema(value_type = Option<String>)]
    note: Option<&'c Label>,
    /// From then on, what is left cannot be spent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When they were given.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who gave them: an operator token's id, `local`, or `system` for those of each month.
    created_by: &'c str,
}

impl<'c> From<&'c CreditGrant> for CreditGrantObject<'c> {
    fn from(grant: &'c CreditGrant) -> Self {
        Self {
            id: grant.id,
            amount: grant.amount,
            remaining: grant.remaining,
            note: grant.note.as_ref(),
            expires_at: grant.expires_at,
            created_at: grant.created_at,
            created_by: &grant.created_by,
        }
    }
}

/// Credits taken for one request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreditCharge)]
pub(crate) struct CreditChargeObject<'c> {
    /// What it is known by.
    #[schema(value_type = String)]
    id: &'c ChargeId,
    /// How many.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// How far it has come.
    #[schema(value_type = ChargeStateWord)]
    state: ChargeState,
    /// When it is given back, unless it is committed before.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'c> From<&'c CreditCharge> for CreditChargeObject<'c> {
    fn from(charge: &'c CreditCharge) -> Self {
        let CreditCharge { id, amount, state, ends_at, created_at, .. } = charge;
        Self { id, amount: *amount, state: *state, ends_at: *ends_at, created_at: *created_at }
    }
}

/// Credits to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 1000, "note": "Order 4711", "expires_at": "2027-12-31T00:00:00Z"}))]
pub(crate) struct CreateCreditGrant {
    /// How many.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// What for: 1 to 100 printable characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    note: Option<Label>,
    /// From then on, what is left cannot be spent; left out for never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// What to give each month.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 1000, "anchor_day": 31}))]
pub(crate) struct SetCreditRefill {
    /// How many.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// On which day; in shorter months their last. From midnight UTC on.
    #[schema(value_type = u8, minimum = 1, maximum = 31)]
    anchor_day: AnchorDay,
}

/// Credits to take for a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "req_06f0z7q4s9v8n3c2k1m5t7x9d0", "amount": 5}))]
pub(crate) struct CreateCreditCharge {
    /// What the request is known by: 1 to 100 printable ASCII characters. A second charge of the same id and amount is
    /// the first.
    #[schema(value_type = String)]
    id: ChargeId,
    /// How many.
    #[schema(value_type = u32, minimum = 1)]
    amount: NonZeroU32,
    /// After how many seconds it is given back unless it was committed; 900 unless named, 86400 at most.
    #[serde(default)]
    #[schema(value_type = u32, minimum = 1, maximum = 86400, required = false)]
    seconds: Option<NonZeroU32>,
}

/// Show the credits of a workspace.
#[utoipa::path(
    get, path = "/v1/workspaces/{id}/credits", tag = "credits",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "Its credits.", body = CreditsObject)),
)]
pub(crate) async fn get_credits(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let credits = doors.engine.show_credits(id).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&CreditsObject {
        available: credits.available,
        refill: credits.refill.map(RefillObject::from),
        grants: credits.grants.iter().map(CreditGrantObject::from).collect(),
    })
}

/// Give a workspace credits.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/credits/grants", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request: 1 to 255 printable ASCII characters."),
    ),
    request_body = CreateCreditGrant,
    responses(
        (status = 201, description = "The credits.", body = CreditGrantObject),
        (status = 422, description = "The Idempotency-Key was used for another request.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn grant_credits(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Creation { new, once }: Creation<CreateCreditGrant>,
) -> Answer {
    let new = NewCreditGrant { amount: new.amount, note: new.note, expires_at: new.expires_at };
    let made = doors.engine.grant_credits(&permit.actor(), id, new, once).await;
    let grant = made.map_err(|error| permit.refuse(error))?;
    permit.context().created(None, &CreditGrantObject::from(&grant))
}

/// Give a workspace credits each month.
#[utoipa::path(
    put, path = "/v1/workspaces/{id}/credits/refill", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    request_body = SetCreditRefill,
    responses((status = 200, description = "What it is given each month.", body = RefillObject)),
)]
pub(crate) async fn set_credit_refill(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Sent(new): Sent<SetCreditRefill>,
) -> Answer {
    let wanted = (new.amount, new.anchor_day);
    let set = doors.engine.set_credit_refill(&permit.actor(), id, wanted).await;
    let refill = set.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&RefillObject::from(refill))
}

/// Give a workspace nothing more each month.
#[utoipa::path(
    delete, path = "/v1/workspaces/{id}/credits/refill", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 204, description = "It is given nothing more each month.")),
)]
pub(crate) async fn remove_credit_refill(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let removed = doors.engine.remove_credit_refill(&permit.actor(), id).await;
    removed.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}

/// Take credits for a request: once, however often it is asked. What is not committed in time is given back.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/credits/charges", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    request_body = CreateCreditCharge,
    responses(
        (status = 201, description = "The charge.", body = CreditChargeObject),
        (status = 409, description = "A charge of this id took another amount.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The workspace has too few credits.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn reserve_credits(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Sent(new): Sent<CreateCreditCharge>,
) -> Answer {
    let seconds = new.seconds.map_or(USUAL, NonZeroU32::get).min(LONGEST);
    let wanted = (new.amount, Duration::from_secs(seconds.into()));
    let made = doors.engine.reserve_credits(id, new.id, wanted).await;
    let charge = made.map_err(|error| permit.refuse(error))?;
    permit.context().created(None, &CreditChargeObject::from(&charge))
}

/// Spend what was reserved. Twice is fine.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/credits/charges/{charge}/commit", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("charge" = String, Path, description = "The charge's id."),
    ),
    responses(
        (status = 200, description = "The charge.", body = CreditChargeObject),
        (status = 409, description = "It was given back.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn commit_charge(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathCharge(charge)): (PathId<WorkspaceId>, PathCharge),
) -> Answer {
    let settled = doors.engine.commit_charge(id, &charge).await;
    let charge = settled.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&CreditChargeObject::from(&charge))
}

/// Give a charge back, committed or not. Twice is fine.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/credits/charges/{charge}/refund", tag = "credits",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("charge" = String, Path, description = "The charge's id."),
    ),
    responses((status = 200, description = "The charge.", body = CreditChargeObject)),
)]
pub(crate) async fn refund_charge(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathCharge(charge)): (PathId<WorkspaceId>, PathCharge),
) -> Answer {
    let settled = doors.engine.refund_charge(id, &charge).await;
    let charge = settled.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&CreditChargeObject::from(&charge))
}
