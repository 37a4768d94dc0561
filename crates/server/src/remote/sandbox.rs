//! `claviger sandbox …`.

use clap::{Args, Subcommand};

use super::call::Call;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger sandbox show propertybase       when it is reset the next time, and when it was the last time
  claviger sandbox reset propertybase      now; tokens, sessions and grants of the test environment end";

/// What to do with the test environment of an API.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Show an API with its test environment: when that is reset the next time, and when it was the last time.
    Show(OneSandbox),
    /// Reset it now. Its tokens, sessions and grants end; keys only where the contract says so; live is not touched.
    Reset(OneSandbox),
}

/// The test environment of one API.
#[derive(Debug, Args)]
pub(crate) struct OneSandbox {
    /// The API's name or id.
    api: String,
}

impl SandboxCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Show(of) => Call::get(&[&"apis", &of.api]),
            Self::Reset(of) => Call::post(&[&"apis", &of.api, &"sandbox", &"reset"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        View::Object
    }
}
