//! `claviger usage`.

use clap::{Args, ValueEnum};
use claviger_domain::{ApiName, WorkspaceId};

use super::call::Call;
use super::table::Column;
use super::target::TargetArguments;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger usage --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --grain day
  claviger usage --from 2026-01-31T12:00:00Z --to 2026-01-31T13:00:00Z --grain minute --by reason --api example
  claviger usage --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --by network --credential key_…";

const COLUMNS: &[Column] = &[("AT", "/at"), ("REQUESTS", "/requests"), ("P95 MS", "/latency/p95_ms")];
const PARTS: &[Column] =
    &[("AT", "/at"), ("OF", "/part"), ("REQUESTS", "/requests"), ("P95 MS", "/latency/p95_ms")];

/// Which usage to show.
#[derive(Debug, Args)]
pub(crate) struct UsageCommand {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// From the minute, hour or day in which this lies, like 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Up to but not including this time.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// How finely.
    #[arg(long, value_enum, default_value_t = GrainArgument::Day)]
    grain: GrainArgument,
    /// Only of this API.
    #[arg(long)]
    api: Option<ApiName>,
    /// Only of this workspace, wsp_…
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// Only of this credential, by its id, like key_…
    #[arg(long, value_name = "ID")]
    credential: Option<String>,
    /// Told apart by this.
    #[arg(long, value_enum)]
    by: Option<PartArgument>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GrainArgument {
    Minute,
    Hour,
    Day,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PartArgument {
    Credential,
    Route,
    Status,
    Reason,
    /// The network it came from: of one credential, by hour or day.
    Network,
}

impl GrainArgument {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl PartArgument {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Route => "route",
            Self::Status => "status",
            Self::Reason => "reason",
            Self::Network => "network",
        }
    }
}

impl UsageCommand {
    pub(super) fn call(&self) -> Call {
        let by = self.by.map(PartArgument::as_str);
        Call::get(&[&"usage"])
            .query("from", Some(&self.from))
            .query("to", Some(&self.to))
            .query("grain", Some(&self.grain.as_str()))
            .query("api", self.api.as_ref().map(|api| api as _))
            .query("workspace", self.workspace.as_ref().map(|workspace| workspace as _))
            .query("credential", self.credential.as_ref().map(|credential| credential as _))
            .query("by", by.as_ref().map(|by| by as _))
    }

    pub(super) const fn view(&self) -> View {
        View::Page(if self.by.is_some() { PARTS } else { COLUMNS })
    }
}
