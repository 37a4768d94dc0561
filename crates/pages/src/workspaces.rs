//! Workspaces: listed, made, suspended, resumed.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Label, Page, PageRequest, Workspace, WorkspaceId, WorkspaceState};
use claviger_engine::{NewWorkspace, WorkspaceError};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{Permit, Recent, WorkspacesRead, WorkspacesWrite};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

struct WorkspaceRow {
    id: String,
    name: String,
    plan: Option<String>,
    suspended: Option<Moment>,
    created: Moment,
}

#[derive(Template)]
#[template(path = "workspaces.html")]
struct Workspaces<'p> {
    chrome: Chrome<'p>,
    rows: Vec<WorkspaceRow>,
    next: Option<String>,
    plans: Vec<String>,
    name: &'p str,
    plan: &'p str,
    /// Makes a form that is sent twice make one workspace.
    once: String,
    complaints: Complaints,
}

/// `GET /console/workspaces`
pub(crate) async fn list_workspaces(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let before = query.given("before").map(str::parse::<WorkspaceId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(WorkspaceId::uuid);
    let listed =
        state.engine.list_workspaces(PageRequest { before, limit: PageRequest::DEFAULT_LIMIT }).await?;
    let chrome = Chrome::new(permit.signed_in(), Section::Workspaces).saying(Notice::read(&query));
    let none = Fields::default();
    page(StatusCode::OK, &workspaces_page(&state, chrome, &listed, (&none, Complaints::default())))
}

/// `POST /console/workspaces`
pub(crate) async fn create_workspace(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<WorkspacesWrite>,
) -> Answer {
    let complaints = match read_workspace(&fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.create_workspace(&permit.actor(), new, once).await {
                Ok(_) => return Ok(back(Notice::WorkspaceCreated)),
                Err(error @ WorkspaceError::UnknownPlan(_)) => Complaints::one("plan", error.explain()),
                Err(error @ WorkspaceError::IdempotencyMismatch) => {
                    drop(error);
                    return Err(PageError::Forged);
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    let first = PageRequest { before: None, limit: PageRequest::DEFAULT_LIMIT };
    let listed = state.engine.list_workspaces(first).await?;
    let chrome = Chrome::new(permit.signed_in(), Section::Workspaces);
    let shown = workspaces_page(&state, chrome, &listed, (&fields, complaints));
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

/// `POST /console/workspaces/{id}/suspend`
pub(crate) async fn suspend_workspace(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<WorkspacesWrite>>,
) -> Answer {
    state.engine.suspend_workspace(&permit.actor(), read_id(&id)?).await?;
    Ok(back(Notice::WorkspaceSuspended))
}

/// `POST /console/workspaces/{id}/resume`
pub(crate) async fn resume_workspace(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<WorkspacesWrite>,
) -> Answer {
    state.engine.resume_workspace(&permit.actor(), read_id(&id)?).await?;
    Ok(back(Notice::WorkspaceResumed))
}

/// The id in a path.
pub(crate) fn read_id(text: &str) -> Result<WorkspaceId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}

fn read_workspace(fields: &Fields) -> Result<NewWorkspace, Complaints> {
    let mut complaints = Complaints::default();
    let name = complaints
        .take("name", fields.get("name").parse::<Label>().map_err(|e| mistake(say("wrong-name"), &e)));
    let plan = fields.given("plan").map(str::parse).transpose().map_err(|e| mistake(say("wrong-plan"), &e));
    match (name, complaints.take("plan", plan)) {
        (Some(name), Some(plan)) => Ok(NewWorkspace { name, plan }),
        _ => Err(complaints),
    }
}

fn back(notice: Notice) -> axum::response::Response {
    Redirect::to(&format!("/console/workspaces?notice={}", notice.word())).into_response()
}

/// The plans that some API has.
pub(crate) fn plans(state: &PagesState) -> Vec<String> {
    let apis = state.engine.list_apis();
    let names = apis.iter().flat_map(|entry| entry.policy.plans.keys().map(ToString::to_string));
    let mut plans: Vec<String> = names.collect();
    plans.sort_unstable();
    plans.dedup();
    plans
}

fn workspaces_page<'p>(
    state: &PagesState,
    chrome: Chrome<'p>,
    listed: &Page<Workspace>,
    (fields, complaints): (&'p Fields, Complaints),
) -> Workspaces<'p> {
    let now = state.engine.clock().now();
    Workspaces {
        chrome,
        next: listed.next.map(|id| WorkspaceId::from_uuid(id).to_string()),
        rows: listed.rows.iter().map(|workspace| row(workspace, now)).collect(),
        plans: plans(state),
        name: fields.get("name"),
        plan: fields.get("plan"),
        once: state.engine.random_text().expose().to_owned(),
        complaints,
    }
}

fn row(workspace: &Workspace, now: claviger_domain::Timestamp) -> WorkspaceRow {
    WorkspaceRow {
        id: workspace.id.to_string(),
        name: workspace.name.to_string(),
        plan: workspace.plan.as_ref().map(ToString::to_string),
        suspended: match workspace.state {
            WorkspaceState::Active => None,
            WorkspaceState::Suspended { since } => Some(Moment::ago(since, now)),
        },
        created: Moment::ago(workspace.created_at, now),
    }
}
