//! `claviger findings …`.

use clap::{Args, Subcommand, ValueEnum};
use claviger_domain::{FindingId, Rule, WorkspaceId};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger findings list --state open
  claviger findings list --subject key_… --json
  claviger findings show fnd_…             with what the rule sees and what else it may be
  claviger findings acknowledge fnd_… --note 'our new data centre'
  claviger findings lift fnd_…             the key is no longer slowed down or read-only";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("RULE", "/rule"),
    ("SUBJECT", "/subject"),
    ("STATE", "/state"),
    ("COUNT", "/count"),
    ("RESPONSE", "/response"),
    ("LAST SEEN", "/last_seen_at"),
    ("EXPLANATION", "/explanation"),
];

/// What to do with findings of unusual activity.
#[derive(Debug, Subcommand)]
pub(crate) enum FindingsCommand {
    /// List findings; those that were first found latest come first.
    List(ListFindings),
    /// Show a finding, with what its rule sees and what innocent thing looks the same.
    Show(OneFinding),
    /// Say that you have seen it. Found again after an hour of quiet, it is open again.
    Acknowledge(AcknowledgeFinding),
    /// Lift what was done to the key that it is about. What was revoked stays revoked.
    Lift(OneFinding),
}

/// Which findings to list.
#[derive(Debug, Args)]
pub(crate) struct ListFindings {
    /// Only those about this API, by name or id.
    #[arg(long)]
    api: Option<String>,
    /// Only those about credentials of this workspace.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// Only what this rule found.
    #[arg(long)]
    rule: Option<Rule>,
    /// Only those about this: a credential's id, a network or *.
    #[arg(long)]
    subject: Option<String>,
    /// Only open or only acknowledged ones.
    #[arg(long)]
    state: Option<FindingState>,
    #[command(flatten)]
    page: PageArguments,
}

/// Whether somebody has seen a finding.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FindingState {
    /// Nobody has.
    Open,
    /// Somebody has.
    Acknowledged,
}

/// One finding.
#[derive(Debug, Args)]
pub(crate) struct OneFinding {
    /// The finding's id, fnd_…
    id: FindingId,
}

/// A finding that was seen.
#[derive(Debug, Args)]
pub(crate) struct AcknowledgeFinding {
    /// The finding's id, fnd_…
    id: FindingId,
    /// What to note, at most 500 characters.
    #[arg(long)]
    note: Option<String>,
}

impl FindingsCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(list) => list.call(),
            Self::Show(finding) => Call::get(&[&"findings", &finding.id]),
            Self::Acknowledge(seen) => Call::post(&[&"findings", &seen.id, &"acknowledge"])
                .body(Members::default().with_some("note", seen.note.as_ref())),
            Self::Lift(finding) => Call::post(&[&"findings", &finding.id, &"lift"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Show(_) | Self::Acknowledge(_) | Self::Lift(_) => View::Object,
        }
    }
}

impl ListFindings {
    fn call(&self) -> Call {
        let state = self.state.map(|state| match state {
            FindingState::Open => "open",
            FindingState::Acknowledged => "acknowledged",
        });
        let call = Call::get(&[&"findings"])
            .query("api", self.api.as_ref().map(|name| name as _))
            .query("workspace", self.workspace.as_ref().map(|id| id as _))
            .query("rule", self.rule.as_ref().map(|rule| rule as _))
            .query("subject", self.subject.as_ref().map(|subject| subject as _))
            .query("state", state.as_ref().map(|word| word as _));
        self.page.on(call)
    }
}
