//! `/v1/workspaces`.

use axum::extract::State;
use claviger_domain::{Label, PlanName, Timestamp, Workspace, WorkspaceId, WorkspaceState};
use claviger_engine::{NewWorkspace, WorkspacePatch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::creation::Creation;
use crate::json::{nullable, present};
use crate::list::{List, Paging, Params};
use crate::path::PathId;
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::problem::ProblemDocument;
use crate::reply::Answer;
use crate::state::Shared;

/// A customer or partner: what keys belong to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceObject<'w> {
    /// Its id.
    #[schema(value_type = String, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: WorkspaceId,
    /// What people call it.
    #[schema(value_type = String, example = "Acme Ltd")]
    name: &'w Label,
    /// The plan whose limits apply where an API has a plan of this name; null for each API's default.
    #[schema(value_type = Option<String>, example = "starter")]
    plan: Option<&'w PlanName>,
    /// Whether its credentials work.
    state: WorkspaceStatus,
    /// Since when it is suspended.
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it: an operator token's id, `local` or `system`.
    created_by: &'w str,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: &'w str,
}

/// Whether a workspace's credentials work.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WorkspaceStatus {
    /// They do.
    Active,
    /// None does, until it is resumed.
    Suspended,
}

impl<'w> From<&'w Workspace> for WorkspaceObject<'w> {
    fn from(workspace: &'w Workspace) -> Self {
        let (state, suspended_at) = match workspace.state {
            WorkspaceState::Active => (WorkspaceStatus::Active, None),
            WorkspaceState::Suspended { since } => (WorkspaceStatus::Suspended, Some(since)),
        };
        Self {
            id: workspace.id,
            name: &workspace.name,
            plan: workspace.plan.as_ref(),
            state,
            suspended_at,
            created_at: workspace.created_at,
            created_by: &workspace.created_by,
            updated_at: workspace.updated_at,
            updated_by: &workspace.updated_by,
        }
    }
}

/// A workspace to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Acme Ltd", "plan": "starter"}))]
pub(crate) struct CreateWorkspace {
    /// What people call it: 1 to 100 printable characters.
    #[schema(value_type = String)]
    name: Label,
    /// The plan whose limits apply; left out for each API's default.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    plan: Option<PlanName>,
}

/// A change to a workspace. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": "enterprise"}))]
pub(crate) struct UpdateWorkspace {
    /// A new name: 1 to 100 printable characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    name: Option<Label>,
    /// A new plan; null for each API's default.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    plan: Option<Option<PlanName>>,
}

/// Make a workspace.
#[utoipa::path(
    post, path = "/v1/workspaces", tag = "workspaces",
    security(("operator_token" = ["workspaces:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request: 1 to 255 printable ASCII characters.")),
    request_body = CreateWorkspace,
    responses(
        (status = 201, description = "The workspace.", body = WorkspaceObject),
        (status = 422, description = "The Idempotency-Key was used for another request.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_workspace(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    Creation { new, once }: Creation<CreateWorkspace>,
) -> Answer {
    let new = NewWorkspace { name: new.name, plan: new.plan };
    let made = doors.engine.create_workspace(&permit.actor(), new, once).await;
    let workspace = made.map_err(|error| permit.refuse(error))?;
    let location = format!("/v1/workspaces/{}", workspace.id);
    permit.context().created(Some(location), &WorkspaceObject::from(&workspace))
}

/// List workspaces, newest first.
#[utoipa::path(
    get, path = "/v1/workspaces", tag = "workspaces",
    security(("operator_token" = ["workspaces:read"])),
    params(
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of workspaces.", body = List<WorkspaceObject>)),
)]
pub(crate) async fn list_workspaces(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    Params(paging): Params<Paging<WorkspaceId>>,
) -> Answer {
    let page = doors.engine.list_workspaces(paging.request()).await.map_err(|error| permit.refuse(error))?;
    let objects = page.rows.iter().map(WorkspaceObject::from).collect();
    permit.context().ok(&List::of::<WorkspaceId>(objects, page.next))
}

/// Read a workspace.
#[utoipa::path(
    get, path = "/v1/workspaces/{id}", tag = "workspaces",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "The workspace.", body = WorkspaceObject)),
)]
pub(crate) async fn get_workspace(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let workspace = doors.engine.find_workspace(id).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WorkspaceObject::from(&workspace))
}

/// Change a workspace.
#[utoipa::path(
    patch, path = "/v1/workspaces/{id}", tag = "workspaces",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    request_body = UpdateWorkspace,
    responses((status = 200, description = "The workspace as it is now.", body = WorkspaceObject)),
)]
pub(crate) async fn update_workspace(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Sent(patch): Sent<UpdateWorkspace>,
) -> Answer {
    let patch = WorkspacePatch { name: patch.name, plan: patch.plan };
    let changed = doors.engine.update_workspace(&permit.actor(), id, patch).await;
    let workspace = changed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WorkspaceObject::from(&workspace))
}

/// Suspend a workspace: none of its credentials works until it is resumed.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/suspend", tag = "workspaces",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "The suspended workspace.", body = WorkspaceObject)),
)]
pub(crate) async fn suspend_workspace(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let suspended = doors.engine.suspend_workspace(&permit.actor(), id).await;
    let workspace = suspended.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WorkspaceObject::from(&workspace))
}

/// Resume a suspended workspace.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/resume", tag = "workspaces",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "The active workspace.", body = WorkspaceObject)),
)]
pub(crate) async fn resume_workspace(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let resumed = doors.engine.resume_workspace(&permit.actor(), id).await;
    let workspace = resumed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&WorkspaceObject::from(&workspace))
}
