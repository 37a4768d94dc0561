//! `claviger workspaces …`.

use clap::{Args, Subcommand};
use claviger_domain::{Label, PlanName, WorkspaceId};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger workspaces create --name Acme --plan enterprise
  claviger workspaces suspend wsp_…";

const COLUMNS: &[Column] =
    &[("ID", "/id"), ("NAME", "/name"), ("PLAN", "/plan"), ("STATE", "/state"), ("CREATED", "/created_at")];

/// What to do with workspaces.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspacesCommand {
    /// Make a workspace for a customer or partner.
    Create(CreateWorkspace),
    /// List workspaces, newest first.
    List(ListWorkspaces),
    /// Show a workspace.
    Show(OneWorkspace),
    /// Change a workspace's name or plan.
    Update(UpdateWorkspace),
    /// Stop all its credentials from working.
    Suspend(OneWorkspace),
    /// Let its credentials work again.
    Resume(OneWorkspace),
}

/// A workspace to make.
#[derive(Debug, Args)]
pub(crate) struct CreateWorkspace {
    /// What people call it.
    #[arg(long)]
    name: Label,
    /// The plan whose limits apply, where an API has a plan of this name.
    #[arg(long)]
    plan: Option<PlanName>,
    /// A text of your choice that makes repeating this command harmless.
    #[arg(long)]
    idempotency_key: Option<String>,
}

/// Which workspaces to list.
#[derive(Debug, Args)]
pub(crate) struct ListWorkspaces {
    #[command(flatten)]
    page: PageArguments,
}

/// One workspace.
#[derive(Debug, Args)]
pub(crate) struct OneWorkspace {
    /// The workspace's id, wsp_…
    id: WorkspaceId,
}

/// A change to a workspace. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct UpdateWorkspace {
    /// The workspace's id, wsp_…
    id: WorkspaceId,
    /// A new name.
    #[arg(long)]
    name: Option<Label>,
    /// A new plan.
    #[arg(long, conflicts_with = "default_plan")]
    plan: Option<PlanName>,
    /// Take its plan: each API's default applies.
    #[arg(long)]
    default_plan: bool,
}

impl WorkspacesCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Create(new) => {
                let members = Members::default().with("name", &new.name).with_some("plan", new.plan.as_ref());
                Call::post(&[&"workspaces"]).body(members).once(new.idempotency_key.as_deref())
            }
            Self::List(list) => list.page.on(Call::get(&[&"workspaces"])),
            Self::Show(workspace) => Call::get(&[&"workspaces", &workspace.id]),
            Self::Update(change) => {
                let members = Members::default()
                    .with_some("name", change.name.as_ref())
                    .with_some("plan", change.plan.as_ref())
                    .clearing("plan", change.default_plan);
                Call::patch(&[&"workspaces", &change.id]).body(members)
            }
            Self::Suspend(workspace) => Call::post(&[&"workspaces", &workspace.id, &"suspend"]),
            Self::Resume(workspace) => Call::post(&[&"workspaces", &workspace.id, &"resume"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Create(_) | Self::Show(_) | Self::Update(_) | Self::Suspend(_) | Self::Resume(_) => {
                View::Object
            }
        }
    }
}
