//! One workspace: its plan and its credits.

use std::num::NonZeroU32;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{AnchorDay, CreditGrant, Label, PlanName, Timestamp, WorkspaceId, WorkspaceState};
use claviger_engine::{CreditError, NewCreditGrant, SignedIn, WorkspaceError, WorkspacePatch};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};
use crate::workspaces::{plans, read_id};

struct GrantRow {
    amount: NonZeroU32,
    remaining: u32,
    note: Option<String>,
    given: Moment,
    ends: Option<Moment>,
    is_over: bool,
}

struct Refill {
    amount: NonZeroU32,
    day: u8,
    next: Moment,
}

#[derive(Template)]
#[template(path = "workspace.html")]
struct WorkspacePage<'p> {
    chrome: Chrome<'p>,
    id: String,
    name: String,
    plan: String,
    plans: Vec<String>,
    suspended: Option<Moment>,
    created: Moment,
    available: u64,
    refill: Option<Refill>,
    grants: Vec<GrantRow>,
    /// What was written into the forms.
    fields: &'p Fields,
    /// Makes a form that is sent twice give credits once.
    once: String,
    complaints: Complaints,
}

/// `GET /console/workspaces/{id}`
pub(crate) async fn show_workspace(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let none = Fields::default();
    show(&state, (permit.signed_in(), notice), read_id(&id)?, (&none, Complaints::default())).await
}

/// `POST /console/workspaces/{id}/plan`
pub(crate) async fn set_plan(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<WorkspacesWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let plan = fields.given("plan").map(str::parse::<PlanName>).transpose();
    let complaint = match plan {
        Err(error) => mistake(say("wrong-plan"), &error),
        Ok(plan) => {
            let patch = WorkspacePatch { plan: Some(plan), ..WorkspacePatch::default() };
            match state.engine.update_workspace(&permit.actor(), id, patch).await {
                Ok(_) => return Ok(back(id, Notice::PlanChanged)),
                Err(error @ WorkspaceError::UnknownPlan(_)) => error.explain().to_string(),
                Err(error) => return Err(error.into()),
            }
        }
    };
    show(&state, (permit.signed_in(), None), id, (&fields, Complaints::one("plan", complaint))).await
}

/// `POST /console/workspaces/{id}/credits`
pub(crate) async fn give_credits(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<WorkspacesWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let complaints = match read_grant(&fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.grant_credits(&permit.actor(), id, new, once).await {
                Ok(_) => return Ok(back(id, Notice::CreditsGiven)),
                Err(error @ CreditError::EndsTooEarly) => Complaints::one("until", error.explain()),
                Err(error) => return Err(refused(error)),
            }
        }
    };
    show(&state, (permit.signed_in(), None), id, (&fields, complaints)).await
}

/// `POST /console/workspaces/{id}/refill`
pub(crate) async fn set_refill(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<WorkspacesWrite>,
) -> Answer {
    let id = read_id(&id)?;
    if fields.given("monthly").is_none() {
        let removed = state.engine.remove_credit_refill(&permit.actor(), id).await;
        removed.map_err(refused)?;
        return Ok(back(id, Notice::RefillChanged));
    }
    let complaints = match read_refill(&fields) {
        Err(complaints) => complaints,
        Ok(refill) => {
            let set = state.engine.set_credit_refill(&permit.actor(), id, refill).await;
            set.map_err(refused)?;
            return Ok(back(id, Notice::RefillChanged));
        }
    };
    show(&state, (permit.signed_in(), None), id, (&fields, complaints)).await
}

fn refused(error: CreditError) -> PageError {
    match error {
        CreditError::UnknownWorkspace => PageError::NoPage,
        CreditError::IdempotencyMismatch => PageError::Forged,
        CreditError::Failed(error) => error.into(),
        CreditError::NotAllowed(_) => PageError::NotAllowed,
        // The rest is about charges, which no page makes.
        _ => PageError::NoPage,
    }
}

fn amount(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| say("workspace-write-whole-number-from-1").to_string())
}

fn read_grant(fields: &Fields) -> Result<NewCreditGrant, Complaints> {
    let mut complaints = Complaints::default();
    let amount = complaints.take("amount", amount(fields.get("amount")));
    let note = fields.given("note").map(str::parse::<Label>).transpose();
    let note = complaints.take("note", note.map_err(|error| mistake(say("wrong-note"), &error)));
    // A date ends with its day, wherever it is read.
    let until = fields.given("until").map(|day| Timestamp::parse_rfc3339(&format!("{day}T23:59:59Z")));
    let until = until.transpose().map_err(|_| say("workspace-write-date-like-2027-12").to_string());
    match (amount, note, complaints.take("until", until)) {
        (Some(amount), Some(note), Some(expires_at)) => Ok(NewCreditGrant { amount, note, expires_at }),
        _ => Err(complaints),
    }
}

fn read_refill(fields: &Fields) -> Result<(NonZeroU32, AnchorDay), Complaints> {
    let mut complaints = Complaints::default();
    let amount = complaints.take("monthly", amount(fields.get("monthly")));
    let day = fields.get("day").parse::<u8>().ok().and_then(|day| AnchorDay::try_from(day).ok());
    let day = complaints.take("day", day.ok_or_else(|| say("workspace-write-day-month-1-31").to_string()));
    amount.zip(day).ok_or(complaints)
}

async fn show(
    state: &PagesState,
    (signed_in, notice): (&SignedIn, Option<Phrase>),
    id: WorkspaceId,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let workspace = state.engine.find_workspace(id).await?;
    let credits = state.engine.show_credits(id).await.map_err(refused)?;
    let now = state.engine.clock().now();
    let plan = workspace.plan.as_ref().map(ToString::to_string);
    let shown = WorkspacePage {
        chrome: Chrome::new(signed_in, Section::Workspaces).saying(notice),
        id: id.to_string(),
        name: workspace.name.to_string(),
        plan: plan.unwrap_or_default(),
        plans: plans(state),
        suspended: match workspace.state {
            WorkspaceState::Active => None,
            WorkspaceState::Suspended { since } => Some(Moment::ago(since, now)),
        },
        created: Moment::exact(workspace.created_at),
        available: credits.available,
        refill: credits.refill.map(|refill| Refill {
            amount: refill.amount,
            day: refill.anchor_day.into(),
            next: Moment::exact(refill.next_at),
        }),
        grants: credits.grants.iter().map(|grant| row(grant, now)).collect(),
        fields,
        once: state.engine.random_text().expose().to_owned(),
        complaints,
    };
    page(status, &shown)
}

fn row(grant: &CreditGrant, now: Timestamp) -> GrantRow {
    GrantRow {
        amount: grant.amount,
        remaining: grant.remaining,
        note: grant.note.as_ref().map(ToString::to_string),
        given: Moment::ago(grant.created_at, now),
        ends: grant.expires_at.map(Moment::exact),
        is_over: grant.remaining == 0 || grant.expires_at.is_some_and(|end| end <= now),
    }
}

fn back(id: WorkspaceId, notice: Notice) -> Response {
    Redirect::to(&format!("/console/workspaces/{id}?notice={}", notice.word())).into_response()
}
