//! `claviger nodes`.

use clap::Args;

use super::call::Call;
use super::table::Column;
use super::target::TargetArguments;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger nodes
  claviger nodes --json            with the database, its schema and the shared counter";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("STATE", "/state"),
    ("VERSION", "/version"),
    ("STARTED", "/started_at"),
    ("SEEN", "/seen_at"),
    ("BEHIND", "/changes_behind"),
    ("JOBS", "/jobs"),
];

/// Which server to ask.
#[derive(Debug, Args)]
pub(crate) struct NodesCommand {
    #[command(flatten)]
    pub(super) target: TargetArguments,
}

impl NodesCommand {
    pub(super) fn call() -> Call {
        Call::get(&[&"nodes"])
    }

    pub(super) const fn view() -> View {
        View::Page(COLUMNS)
    }
}
