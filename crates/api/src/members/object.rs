//! Members and invitations as JSON.

use claviger_domain::{
    AccountId, Invitation, InvitationId, InvitationState, Member, Role, Timestamp, WorkspaceId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::RoleWord;

/// Someone with a role in a workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberObject<'m> {
    /// Their account's id.
    #[schema(value_type = String, example = "acc_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: AccountId,
    /// The workspace.
    #[schema(value_type = String, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: WorkspaceId,
    /// Their address.
    #[schema(example = "ada@example.com")]
    email: &'m str,
    /// What they are called.
    name: Option<&'m str>,
    /// What they may do.
    #[schema(value_type = RoleWord)]
    role: Role,
    /// Since when they are a member.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who invited them.
    created_by: &'m str,
    /// When their role was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed it.
    updated_by: &'m str,
}

impl<'m> From<&'m Member> for MemberObject<'m> {
    fn from(member: &'m Member) -> Self {
        Self {
            id: member.membership.account,
            workspace: member.membership.workspace,
            email: member.email.as_str(),
            name: member.name.as_deref(),
            role: member.membership.role,
            created_at: member.created_at,
            created_by: &member.created_by,
            updated_at: member.updated_at,
            updated_by: &member.updated_by,
        }
    }
}

/// Whether an invitation can be accepted.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InvitationStatus {
    /// Its link works until `expires_at`.
    Open,
    /// Its time is over; send it again.
    Expired,
    /// Somebody became a member by it.
    Accepted,
    /// It was taken back.
    Withdrawn,
}

/// An address that was asked to join a workspace. The link is in the mail and nowhere else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationObject<'i> {
    /// Its id.
    #[schema(value_type = String, example = "inv_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: InvitationId,
    /// The workspace.
    #[schema(value_type = String, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: WorkspaceId,
    /// Whom it was sent to.
    #[schema(example = "ada@example.com")]
    email: &'i str,
    /// As what they would join.
    #[schema(value_type = RoleWord)]
    role: Role,
    /// Whether it can be accepted.
    state: InvitationStatus,
    /// When its letter was last written; null while it waits to be.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// When its link ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it.
    created_by: &'i str,
}

impl<'i> InvitationObject<'i> {
    /// An invitation as it stands at `now`.
    pub(crate) fn at(invitation: &'i Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id,
            workspace: invitation.workspace,
            email: invitation.email.as_str(),
            role: invitation.role,
            state: match invitation.state(now) {
                InvitationState::Open => InvitationStatus::Open,
                InvitationState::Expired => InvitationStatus::Expired,
                InvitationState::Accepted { .. } => InvitationStatus::Accepted,
                InvitationState::Withdrawn { .. } => InvitationStatus::Withdrawn,
            },
            sent_at: invitation.sent_at,
            expires_at: invitation.expires_at,
            created_at: invitation.created_at,
            created_by: &invitation.created_by,
        }
    }
}
