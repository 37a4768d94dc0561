//! Members: listed, given a role, removed.

use axum::extract::State;
use claviger_domain::{Role, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::MemberObject;
use crate::body::Sent;
use crate::list::List;
use crate::path::{PathId, PathMember};
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::reply::{self, Answer};
use crate::state::Shared;
use crate::words::RoleWord;

/// A change to a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "developer"}))]
pub(crate) struct UpdateMember {
    /// What they may do from now on.
    #[schema(value_type = RoleWord)]
    role: Role,
}

/// List the members of a workspace.
#[utoipa::path(
    get, path = "/v1/workspaces/{id}/members", tag = "members",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "Every member, in one page.", body = List<MemberObject>)),
)]
pub(crate) async fn list_members(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let members = doors.engine.list_members(&permit.actor(), id).await;
    let members = members.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&List::whole(members.iter().map(MemberObject::from).collect()))
}

/// Give a member another role. The last owner keeps theirs.
#[utoipa::path(
    patch, path = "/v1/workspaces/{id}/members/{member}", tag = "members",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("member" = String, Path, description = "The member's account id."),
    ),
    request_body = UpdateMember,
    responses((status = 200, description = "The member as it is now.", body = MemberObject)),
)]
pub(crate) async fn update_member(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathMember(member)): (PathId<WorkspaceId>, PathMember),
    Sent(change): Sent<UpdateMember>,
) -> Answer {
    let changed = doors.engine.change_role(&permit.actor(), (id, member), change.role).await;
    let member = changed.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&MemberObject::from(&member))
}

/// Remove a member from a workspace. Their account stays; the last owner cannot be removed.
#[utoipa::path(
    delete, path = "/v1/workspaces/{id}/members/{member}", tag = "members",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("member" = String, Path, description = "The member's account id."),
    ),
    responses((status = 204, description = "They are no member any more.")),
)]
pub(crate) async fn remove_member(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathMember(member)): (PathId<WorkspaceId>, PathMember),
) -> Answer {
    let removed = doors.engine.remove_member(&permit.actor(), (id, member)).await;
    removed.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
