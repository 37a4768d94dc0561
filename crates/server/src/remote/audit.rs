//! `claviger audit …`.

use clap::{Args, Subcommand, ValueEnum};
use claviger_domain::{Action, AuditObject, ChainPin, KeyId, Timestamp, Who, WorkspaceId};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::parse;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger audit list --action key.revoked --from 2026-01-01T00:00:00Z
  claviger audit list --object key_… --json
  claviger audit export --format csv > audit.csv
  claviger audit verify --json | jq -r .end > audit.pin      note it where the database's keeper cannot change it
  claviger audit verify --pin \"$(cat audit.pin)\"
  claviger audit key key_… --at 2026-01-31T12:00:00Z         what the key could do then";

const COLUMNS: &[Column] = &[
    ("NO", "/seq"),
    ("AT", "/at"),
    ("BY", "/actor"),
    ("FROM", "/address"),
    ("ACTION", "/action"),
    ("OBJECT", "/object"),
    ("WORKSPACE", "/workspace"),
];

/// What to do with the record of who did what.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List what was done, newest first.
    List(ListAudit),
    /// Write what was done to standard output, oldest first.
    Export(ExportAudit),
    /// Check that the record is whole and as it was written; exits with 1 when it is not.
    Verify(VerifyAudit),
    /// Show what a key could do at an instant.
    Key(KeyAt),
}

/// Which rows to show.
#[derive(Debug, Args)]
pub(crate) struct Filters {
    /// Only what was done to objects of this workspace.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// Only what this actor did: the id of an account, operator token or client, local, visitor or system.
    #[arg(long, value_parser = actor)]
    actor: Option<String>,
    /// Only this action, such as key.revoked.
    #[arg(long)]
    action: Option<Action>,
    /// Only what was done to this object.
    #[arg(long)]
    object: Option<AuditObject>,
    /// Only what was done at this instant (RFC 3339) or later.
    #[arg(long, value_parser = parse::instant)]
    from: Option<Timestamp>,
    /// Only what was done before this instant (RFC 3339).
    #[arg(long, value_parser = parse::instant)]
    until: Option<Timestamp>,
}

impl Filters {
    fn on(&self, call: Call) -> Call {
        call.query("workspace", self.workspace.as_ref().map(|id| id as _))
            .query("actor", self.actor.as_ref().map(|name| name as _))
            .query("action", self.action.as_ref().map(|action| action as _))
            .query("object", self.object.as_ref().map(|object| object as _))
            .query("from", self.from.as_ref().map(|from| from as _))
            .query("until", self.until.as_ref().map(|until| until as _))
    }
}

fn actor(text: &str) -> Result<String, String> {
    if Who::is_name(text) {
        return Ok(text.to_owned());
    }
    Err("expected the id of an account, operator token or client, or local, visitor or system".to_owned())
}

/// Which rows to list.
#[derive(Debug, Args)]
pub(crate) struct ListAudit {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    page: PageArguments,
}

/// Which rows to export, and how.
#[derive(Debug, Args)]
pub(crate) struct ExportAudit {
    #[command(flatten)]
    filters: Filters,
    /// How rows are written.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A JSON object a line.
    Jsonl,
    /// RFC 4180, safe to open in a spreadsheet.
    Csv,
}

/// How to check the record.
#[derive(Debug, Args)]
pub(crate) struct VerifyAudit {
    /// A row that must be there: the `end` of an earlier check.
    #[arg(long)]
    pin: Option<ChainPin>,
}

/// Which key, and when.
#[derive(Debug, Args)]
pub(crate) struct KeyAt {
    /// The key's id, key_…
    id: KeyId,
    /// The instant (RFC 3339).
    #[arg(long, value_parser = parse::instant)]
    at: Timestamp,
}

impl AuditCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(list) => list.page.on(list.filters.on(Call::get(&[&"audit"]))),
            Self::Export(export) => {
                let format = match export.format {
                    Format::Jsonl => "jsonl",
                    Format::Csv => "csv",
                };
                export.filters.on(Call::get(&[&"audit", &"export"]).query("format", Some(&format)))
            }
            Self::Verify(how) => {
                let pin = how.pin.map(|pin| pin.to_string());
                Call::post(&[&"audit", &"verify"]).body(Members::default().with_some("pin", pin))
            }
            Self::Key(key) => Call::get(&[&"keys", &key.id, &"at"]).query("instant", Some(&key.at)),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Export(_) => View::Copy,
            Self::Verify(_) => View::Verdict,
            Self::Key(_) => View::Object,
        }
    }
}
