//! `claviger sandbox …`.

use clap::{Args, Subcommand};
use claviger_domain::WorkspaceId;

use super::call::{Call, Members};
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger sandbox show propertybase       when it is reset the next time, and when it was the last time
  claviger sandbox reset propertybase      now; tokens, sessions and grants of the test environment end
  claviger sandbox clock wsp_… --ahead-seconds 7200   what the workspace has there now is seen as two hours older
  claviger sandbox clock wsp_… --ahead-seconds 0      the real time again";

/// What to do with the test environment of an API.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Show an API with its test environment: when that is reset the next time, and when it was the last time.
    Show(OneSandbox),
    /// Reset it now. Its tokens, sessions and grants end; keys only where the contract says so; live is not touched.
    Reset(OneSandbox),
    /// Show the clock of a workspace's test environment, or put it ahead to try what happens when things end.
    Clock(TestClock),
}

/// The test environment of one API.
#[derive(Debug, Args)]
pub(crate) struct OneSandbox {
    /// The API's name or id.
    api: String,
}

/// The clock of a workspace's test environment.
#[derive(Debug, Args)]
pub(crate) struct TestClock {
    /// The workspace's id, wsp_…
    workspace: WorkspaceId,
    /// Put it ahead by so many seconds, 400 days at most; 0 returns it to the real time.
    #[arg(long)]
    ahead_seconds: Option<u64>,
}

impl SandboxCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Show(of) => Call::get(&[&"apis", &of.api]),
            Self::Reset(of) => Call::post(&[&"apis", &of.api, &"sandbox", &"reset"]),
            Self::Clock(TestClock { workspace, ahead_seconds: None }) => {
                Call::get(&[&"workspaces", workspace, &"test-clock"])
            }
            Self::Clock(TestClock { workspace, ahead_seconds: Some(seconds) }) => {
                Call::put(&[&"workspaces", workspace, &"test-clock"])
                    .body(Members::default().with("ahead_seconds", seconds))
            }
        }
    }

    pub(super) const fn view(&self) -> View {
        View::Object
    }
}
