//! `claviger credits …`.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};
use claviger_domain::{AnchorDay, ChargeId, Label, Timestamp, WorkspaceId};

use super::call::{Call, Members};
use super::parse;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger credits grant wsp_… --amount 1000 --note 'Order 4711' --expires-at 2027-12-31T00:00:00Z
  claviger credits refill wsp_… --amount 500 --day 31
  claviger credits show wsp_…";

/// What to do with the credits of a workspace.
#[derive(Debug, Subcommand)]
pub(crate) enum CreditsCommand {
    /// Show what a workspace can spend, and where it comes from.
    Show(OneWorkspace),
    /// Give a workspace credits.
    Grant(GrantCredits),
    /// Give a workspace credits each month; what is left of them ends with the next.
    Refill(SetRefill),
    /// Give a workspace nothing more each month.
    NoRefill(OneWorkspace),
    /// Take credits for a request: once, however often it is asked.
    Charge(ChargeCredits),
    /// Spend what was reserved.
    Commit(OneCharge),
    /// Give a charge back.
    Refund(OneCharge),
}

/// One workspace.
#[derive(Debug, Args)]
pub(crate) struct OneWorkspace {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
}

/// Credits to give.
#[derive(Debug, Args)]
pub(crate) struct GrantCredits {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
    /// How many.
    #[arg(long)]
    amount: NonZeroU32,
    /// What for.
    #[arg(long)]
    note: Option<Label>,
    /// From then on, what is left cannot be spent; RFC 3339.
    #[arg(long, value_parser = parse::instant)]
    expires_at: Option<Timestamp>,
    /// A text of your choice that makes repeating this command harmless.
    #[arg(long)]
    idempotency_key: Option<String>,
}

/// What to give each month.
#[derive(Debug, Args)]
pub(crate) struct SetRefill {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
    /// How many.
    #[arg(long)]
    amount: NonZeroU32,
    /// On which day of the month, 1 to 31; in shorter months their last.
    #[arg(long, value_parser = anchor_day)]
    day: AnchorDay,
}

/// Credits to take.
#[derive(Debug, Args)]
pub(crate) struct ChargeCredits {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
    /// What the request is known by.
    charge: ChargeId,
    /// How many.
    #[arg(long)]
    amount: NonZeroU32,
    /// After how many seconds they are given back unless they were committed.
    #[arg(long)]
    seconds: Option<NonZeroU32>,
}

/// One charge.
#[derive(Debug, Args)]
pub(crate) struct OneCharge {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
    /// What it is known by.
    charge: ChargeId,
}

fn anchor_day(text: &str) -> Result<AnchorDay, String> {
    let day = text.parse::<u8>().ok().and_then(|day| AnchorDay::try_from(day).ok());
    day.ok_or_else(|| "expected a day of the month, 1 to 31".to_owned())
}

impl CreditsCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Show(of) => Call::get(&[&"workspaces", &of.workspace, &"credits"]),
            Self::Grant(new) => {
                let members = Members::default()
                    .with("amount", new.amount)
                    .with_some("note", new.note.as_ref())
                    .with_some("expires_at", new.expires_at);
                Call::post(&[&"workspaces", &new.workspace, &"credits", &"grants"])
                    .body(members)
                    .once(new.idempotency_key.as_deref())
            }
            Self::Refill(set) => {
                let members = Members::default().with("amount", set.amount).with("anchor_day", set.day);
                Call::put(&[&"workspaces", &set.workspace, &"credits", &"refill"]).body(members)
            }
            Self::NoRefill(of) => Call::delete(&[&"workspaces", &of.workspace, &"credits", &"refill"]),
            Self::Charge(new) => {
                let members = Members::default()
                    .with("id", &new.charge)
                    .with("amount", new.amount)
                    .with_some("seconds", new.seconds);
                Call::post(&[&"workspaces", &new.workspace, &"credits", &"charges"]).body(members)
            }
            Self::Commit(one) => one.settle("commit"),
            Self::Refund(one) => one.settle("refund"),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::NoRefill(_) => View::Nothing,
            Self::Show(_)
            | Self::Grant(_)
            | Self::Refill(_)
            | Self::Charge(_)
            | Self::Commit(_)
            | Self::Refund(_) => View::Object,
        }
    }
}

impl OneCharge {
    fn settle(&self, how: &str) -> Call {
        Call::post(&[&"workspaces", &self.workspace, &"credits", &"charges", &self.charge, &how])
    }
}
