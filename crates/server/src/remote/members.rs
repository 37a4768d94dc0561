//! `claviger members …`.

use clap::{Args, Subcommand};
use claviger_domain::{AccountId, InvitationId, Role, WorkspaceId};

use super::call::{Call, Members};
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger members invite --workspace wsp_… --email ada@example.com --role developer
  claviger members change acc_… --workspace wsp_… --role admin";

const COLUMNS: &[Column] =
    &[("ID", "/id"), ("EMAIL", "/email"), ("NAME", "/name"), ("ROLE", "/role"), ("SINCE", "/created_at")];

const INVITATIONS: &[Column] = &[
    ("ID", "/id"),
    ("EMAIL", "/email"),
    ("ROLE", "/role"),
    ("STATE", "/state"),
    ("SENT", "/sent_at"),
    ("EXPIRES", "/expires_at"),
];

/// What to do with the people of a workspace.
#[derive(Debug, Subcommand)]
pub(crate) enum MembersCommand {
    /// List the members of a workspace.
    List(OneWorkspace),
    /// Invite somebody by mail. The link in the letter works once, for seven days.
    Invite(Invite),
    /// List the invitations that wait for an answer.
    Invitations(OneWorkspace),
    /// Send an invitation again; the link before ends.
    Resend(OneInvitation),
    /// Take an invitation back.
    Withdraw(OneInvitation),
    /// Give a member another role.
    Change(Change),
    /// Make somebody no member any more.
    Remove(OneMember),
}

/// One workspace.
#[derive(Debug, Args)]
pub(crate) struct OneWorkspace {
    /// The workspace's id, wsp_…
    #[arg(long)]
    workspace: WorkspaceId,
}

/// Somebody to be invited.
#[derive(Debug, Args)]
pub(crate) struct Invite {
    #[command(flatten)]
    at: OneWorkspace,
    /// Where the letter goes.
    #[arg(long)]
    email: String,
    /// What they may do: owner, admin, developer or viewer.
    #[arg(long)]
    role: Role,
}

/// One invitation.
#[derive(Debug, Args)]
pub(crate) struct OneInvitation {
    /// The invitation's id, inv_…
    id: InvitationId,
    #[command(flatten)]
    at: OneWorkspace,
}

/// One member.
#[derive(Debug, Args)]
pub(crate) struct OneMember {
    /// The member's account id, acc_…
    id: AccountId,
    #[command(flatten)]
    at: OneWorkspace,
}

/// Another role for a member.
#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    member: OneMember,
    /// What they may do: owner, admin, developer or viewer.
    #[arg(long)]
    role: Role,
}

impl MembersCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(at) => Call::get(&[&"workspaces", &at.workspace, &"members"]),
            Self::Invite(new) => {
                let members = Members::default().with("email", &new.email).with("role", new.role);
                Call::post(&[&"workspaces", &new.at.workspace, &"invitations"]).body(members)
            }
            Self::Invitations(at) => Call::get(&[&"workspaces", &at.workspace, &"invitations"]),
            Self::Resend(one) => {
                Call::post(&[&"workspaces", &one.at.workspace, &"invitations", &one.id, &"send"])
            }
            Self::Withdraw(one) => Call::delete(&[&"workspaces", &one.at.workspace, &"invitations", &one.id]),
            Self::Change(Change { member, role }) => {
                let members = Members::default().with("role", role);
                Call::patch(&[&"workspaces", &member.at.workspace, &"members", &member.id]).body(members)
            }
            Self::Remove(member) => {
                Call::delete(&[&"workspaces", &member.at.workspace, &"members", &member.id])
            }
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Invitations(_) => View::Page(INVITATIONS),
            Self::Invite(_) | Self::Resend(_) | Self::Withdraw(_) | Self::Change(_) | Self::Remove(_) => {
                View::Object
            }
        }
    }
}
