//! The members of a workspace: listed, invited, given roles, removed.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{
    AccountId, Actor, Email, Invitation, InvitationState, Member, Right, Role, Timestamp, WorkspaceId,
};
use claviger_engine::{MemberError, NewInvitation};
use http::StatusCode;

use crate::chrome::{Chrome, Tab, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{MembersRead, MembersWrite, Permit, Recent};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// A role that can be given, and whether it is.
struct RoleChoice {
    role: Role,
    name: Phrase,
    about: Phrase,
    is_chosen: bool,
}

struct MemberRow {
    id: String,
    email: String,
    name: Option<String>,
    role: Phrase,
    since: Moment,
    is_reader: bool,
    /// The roles that the reader may give; empty when theirs is not enough.
    choices: Vec<RoleChoice>,
    can_remove: bool,
}

struct InvitationRow {
    id: String,
    email: String,
    role: Phrase,
    sent: Option<Moment>,
    is_expired: bool,
    can_change: bool,
}

#[derive(Template)]
#[template(path = "portal/members.html")]
struct MembersPage<'p> {
    chrome: Chrome<'p>,
    members: Vec<MemberRow>,
    invitations: Vec<InvitationRow>,
    /// The roles that the reader may invite to; empty for one who may not invite.
    roles: Vec<RoleChoice>,
    email: &'p str,
    complaints: Complaints,
}

/// `GET /portal/{workspace}/members`
pub(crate) async fn show_members(
    State(state): State<PagesState>,
    permit: Permit<MembersRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    show(&state, permit.reader(), notice, (&Fields::default(), Complaints::default())).await
}

/// `POST /portal/{workspace}/members`
pub(crate) async fn invite_member(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<Recent<MembersWrite>>,
) -> Answer {
    let workspace = workspace_of(permit.reader())?;
    let complaints = match read_invitation(workspace, &fields) {
        Err(complaints) => complaints,
        Ok(new) => match state.engine.invite_member(&permit.actor(), new).await {
            Ok(_) => return Ok(back(permit.reader(), Notice::MemberInvited)),
            Err(
                error @ (MemberError::AlreadyMember
                | MemberError::AlreadyInvited
                | MemberError::TooMany { .. }),
            ) => Complaints::one("email", error.explain()),
            Err(error) => return Err(error.into()),
        },
    };
    show(&state, permit.reader(), None, (&fields, complaints)).await
}

/// `POST /portal/{workspace}/members/{id}/role`
pub(crate) async fn change_member_role(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<MembersWrite>>,
) -> Answer {
    let at = (workspace_of(permit.reader())?, read_account(&id)?);
    let role: Role = fields.get("role").parse().map_err(|_| PageError::BadForm)?;
    match state.engine.change_role(&permit.actor(), at, role).await {
        Ok(_) => Ok(back(permit.reader(), Notice::RoleChanged)),
        Err(error) => refuse(&state, permit.reader(), error).await,
    }
}

/// `POST /portal/{workspace}/members/{id}/remove`. Who removes themselves leaves.
pub(crate) async fn remove_member(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    // Reading is enough to leave; the core asks for more where it takes more.
    Sent { permit, .. }: Sent<Recent<MembersRead>>,
) -> Answer {
    let at = (workspace_of(permit.reader())?, read_account(&id)?);
    match state.engine.remove_member(&permit.actor(), at).await {
        Ok(()) if at.1 == permit.signed_in().account().id => Ok(Redirect::to("/portal").into_response()),
        Ok(()) => Ok(back(permit.reader(), Notice::MemberRemoved)),
        Err(error) => refuse(&state, permit.reader(), error).await,
    }
}

/// `POST /portal/{workspace}/invitations/{id}/send`
pub(crate) async fn resend_invitation(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<MembersWrite>,
) -> Answer {
    let workspace = workspace_of(permit.reader())?;
    let invitation = id.parse().map_err(|_| PageError::NoPage)?;
    match state.engine.resend_invitation(&permit.actor(), workspace, invitation).await {
        Ok(_) => Ok(back(permit.reader(), Notice::InvitationSent)),
        Err(error) => refuse(&state, permit.reader(), error).await,
    }
}

/// `POST /portal/{workspace}/invitations/{id}/withdraw`
pub(crate) async fn withdraw_invitation(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<MembersWrite>,
) -> Answer {
    let workspace = workspace_of(permit.reader())?;
    let invitation = id.parse().map_err(|_| PageError::NoPage)?;
    state.engine.withdraw_invitation(&permit.actor(), workspace, invitation).await?;
    Ok(back(permit.reader(), Notice::InvitationWithdrawn))
}

fn workspace_of(reader: &Reader) -> Result<WorkspaceId, PageError> {
    reader.visit().map(|visit| visit.workspace().id).ok_or(PageError::NoPage)
}

fn read_account(text: &str) -> Result<AccountId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}

fn back(reader: &Reader, notice: Notice) -> Response {
    Redirect::to(&format!("{}/members?notice={}", reader.base(), notice.word())).into_response()
}

/// What can be helped on the page itself; any other refusal is a page of its own.
async fn refuse(state: &PagesState, reader: &Reader, error: MemberError) -> Answer {
    match error {
        MemberError::LastOwner | MemberError::TooMany { .. } => {
            let complaints = Complaints::one("page", error.explain());
            show(state, reader, None, (&Fields::default(), complaints)).await
        }
        error => Err(error.into()),
    }
}

fn read_invitation(workspace: WorkspaceId, fields: &Fields) -> Result<NewInvitation, Complaints> {
    let mut wrong = Complaints::default();
    let email = fields.get("email").parse::<Email>();
    let email = wrong.take("email", email.map_err(|error| mistake(say("wrong-email-address"), &error)));
    let role = wrong
        .take("role", fields.get("role").parse().map_err(|_| say("portal-members-choose-role").to_string()));
    match (email, role) {
        (Some(email), Some(role)) => Ok(NewInvitation { workspace, email, role }),
        _ => Err(wrong),
    }
}

async fn show(
    state: &PagesState,
    reader: &Reader,
    notice: Option<Phrase>,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let (actor, workspace) = (reader.actor(), workspace_of(reader)?);
    let members = state.engine.list_members(&actor, workspace).await?;
    let invitations = state.engine.list_invitations(&actor, workspace).await?;
    let now = state.engine.clock().now();
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chosen = fields.get("role").parse().unwrap_or(Role::Developer);
    let shown = MembersPage {
        chrome: Chrome::in_portal(reader, Tab::Members).saying(notice),
        members: members.iter().map(|member| member_row(member, reader, now)).collect(),
        invitations: invitations.iter().map(|one| invitation_row(one, &actor, now)).collect(),
        roles: choices(&actor, chosen),
        email: fields.get("email"),
        complaints,
    };
    page(status, &shown)
}

/// The roles that this actor may give.
fn choices(actor: &Actor, chosen: Role) -> Vec<RoleChoice> {
    let may_give = |role: &Role| actor.require(role.guarded_by()).is_ok();
    let offered = Role::ALL.into_iter().filter(may_give);
    offered
        .map(|role| RoleChoice { role, name: role_name(role), about: about(role), is_chosen: role == chosen })
        .collect()
}

/// What people call a role.
pub(crate) const fn role_name(role: Role) -> Phrase {
    match role {
        Role::Owner => say("role-owner"),
        Role::Admin => say("role-admin"),
        Role::Developer => say("role-developer"),
        Role::Viewer => say("role-viewer"),
    }
}

const fn about(role: Role) -> Phrase {
    match role {
        Role::Owner => say("portal-members-everything-owners-included"),
        Role::Admin => say("portal-members-keys-members-but-no-owners"),
        Role::Developer => say("portal-members-makes-changes-revokes-keys"),
        Role::Viewer => say("portal-members-looks-everything-changes-nothing"),
    }
}

fn member_row(member: &Member, reader: &Reader, now: Timestamp) -> MemberRow {
    let (role, account) = (member.membership.role, member.membership.account);
    let is_reader = account == reader.signed_in().account().id;
    let may_change = reader.allows(role.guarded_by());
    MemberRow {
        id: account.to_string(),
        email: member.email.to_string(),
        name: member.name.clone(),
        role: role_name(role),
        since: Moment::ago(member.created_at, now),
        is_reader,
        choices: if may_change { choices(&reader.actor(), role) } else { Vec::new() },
        can_remove: may_change || is_reader,
    }
}

fn invitation_row(invitation: &Invitation, actor: &Actor, now: Timestamp) -> InvitationRow {
    let may_change = actor.require(Right::WriteMembers).and(actor.require(invitation.role.guarded_by()));
    InvitationRow {
        id: invitation.id.to_string(),
        email: invitation.email.to_string(),
        role: role_name(invitation.role),
        sent: invitation.sent_at.map(|at| Moment::ago(at, now)),
        is_expired: invitation.state(now) == InvitationState::Expired,
        can_change: may_change.is_ok(),
    }
}
