//! Options that every command takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use claviger_settings::{LoadError, Loaded, Sources};

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Globals {
    /// The settings file; else ./claviger.toml when it exists
    #[arg(long, global = true, value_name = "FILE", env = "CLAVIGER_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Print results, and errors, as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Globals {
    /// The layers that this command line and this process's environment name.
    pub(crate) fn sources(&self) -> Sources {
        let usual = PathBuf::from("claviger.toml");
        let file = self.config.clone().or_else(|| usual.is_file().then_some(usual));
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let environment = std::env::vars_os().filter_map(text).collect();
        Sources { file, environment, options: Vec::new() }
    }

    pub(crate) fn load(&self) -> Result<Loaded, LoadError> {
        self.sources().load()
    }
}
