//! `claviger explain`.

use clap::Args;

use super::call::Call;
use super::target::TargetArguments;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger explain req_06f0z7q4s9v8n3c2k1m5t7x9d0";

/// Show why a request was refused: each check, what it looked at and what came of it.
#[derive(Debug, Args)]
pub(crate) struct ExplainCommand {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// The request's id, which its answer named in X-Request-Id.
    request_id: String,
}

impl ExplainCommand {
    pub(super) fn call(&self) -> Call {
        Call::get(&[&"refusals", &self.request_id])
    }
}
