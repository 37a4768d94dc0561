//! Commands that talk to a running server through its management API.

use std::process::ExitCode;

use clap::Subcommand;

use crate::command::Globals;

/// A command for a running server.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {}

impl RemoteCommand {
    /// Runs it.
    pub(crate) async fn run(self, _globals: &Globals) -> ExitCode {
        match self {}
    }
}
