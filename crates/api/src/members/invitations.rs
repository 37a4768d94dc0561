//! Invitations: sent by mail, listed, sent again, taken back.

use axum::extract::State;
use claviger_domain::{Role, WorkspaceId};
use claviger_engine::NewInvitation;
use serde::Deserialize;
use utoipa::ToSchema;

use super::InvitationObject;
use crate::body::Sent;
use crate::list::List;
use crate::path::{PathId, PathInvitation};
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::reply::{self, Answer};
use crate::state::Shared;
use crate::users::fields::Email;
use crate::words::RoleWord;

/// Somebody to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com", "role": "developer"}))]
pub(crate) struct CreateInvitation {
    /// Where the letter goes; only an account with this address can accept it.
    #[schema(value_type = String)]
    email: Email,
    /// As what they would join.
    #[schema(value_type = RoleWord)]
    role: Role,
}

/// Invite somebody to a workspace by mail. The link in the letter works once, for seven days.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/invitations", tag = "members",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    request_body = CreateInvitation,
    responses((status = 201, description = "The invitation.", body = InvitationObject)),
)]
pub(crate) async fn create_invitation(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Sent(new): Sent<CreateInvitation>,
) -> Answer {
    let new = NewInvitation { workspace: id, email: new.email.0, role: new.role };
    let made = doors.engine.invite_member(&permit.actor(), new).await;
    let invitation = made.map_err(|error| permit.refuse(error))?;
    permit.context().created(None, &InvitationObject::at(&invitation, doors.engine.clock().now()))
}

/// List the invitations of a workspace that were neither accepted nor withdrawn, newest first.
#[utoipa::path(
    get, path = "/v1/workspaces/{id}/invitations", tag = "members",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "Every such invitation, in one page.", body = List<InvitationObject>)),
)]
pub(crate) async fn list_invitations(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let listed = doors.engine.list_invitations(&permit.actor(), id).await;
    let listed = listed.map_err(|error| permit.refuse(error))?;
    let now = doors.engine.clock().now();
    permit.context().ok(&List::whole(listed.iter().map(|one| InvitationObject::at(one, now)).collect()))
}

/// Send an invitation's letter again. The link of the one before ends.
#[utoipa::path(
    post, path = "/v1/workspaces/{id}/invitations/{invitation}/send", tag = "members",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("invitation" = String, Path, description = "The invitation's id."),
    ),
    responses((status = 200, description = "The invitation, whose letter is on its way.", body = InvitationObject)),
)]
pub(crate) async fn resend_invitation(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathInvitation(invitation)): (PathId<WorkspaceId>, PathInvitation),
) -> Answer {
    let sent = doors.engine.resend_invitation(&permit.actor(), id, invitation).await;
    let invitation = sent.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&InvitationObject::at(&invitation, doors.engine.clock().now()))
}

/// Take an invitation back. Its link ends.
#[utoipa::path(
    delete, path = "/v1/workspaces/{id}/invitations/{invitation}", tag = "members",
    security(("operator_token" = ["workspaces:write"])),
    params(
        ("id" = String, Path, description = "The workspace's id."),
        ("invitation" = String, Path, description = "The invitation's id."),
    ),
    responses((status = 204, description = "The invitation is withdrawn.")),
)]
pub(crate) async fn withdraw_invitation(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    (PathId(id), PathInvitation(invitation)): (PathId<WorkspaceId>, PathInvitation),
) -> Answer {
    let withdrawn = doors.engine.withdraw_invitation(&permit.actor(), id, invitation).await;
    withdrawn.map_err(|error| permit.refuse(error))?;
    Ok(reply::nothing())
}
