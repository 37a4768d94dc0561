//! `claviger config check|show|default`.

use clap::Subcommand;
use claviger_settings::{LoadError, MANUAL};

use crate::globals::Globals;
use crate::output;

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Read all layers and name every mistake
    Check,
    /// Print the settings in force, secrets hidden, and where each came from
    Show,
    /// Print the built-in settings with a comment on every key: the reference manual
    Default,
}

/// Why settings cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the settings cannot be written as TOML")]
    Write(#[from] toml::ser::Error),
}

pub(super) fn run(command: &ConfigCommand, globals: &Globals) -> Result<(), ConfigError> {
    match command {
        ConfigCommand::Default => {
            output::line(MANUAL.trim_end());
            Ok(())
        }
        ConfigCommand::Check => check(globals),
        ConfigCommand::Show => show(globals),
    }
}

fn check(globals: &Globals) -> Result<(), ConfigError> {
    match globals.load() {
        Ok(_) if globals.json => output::json(&serde_json::json!({ "valid": true, "problems": [] })),
        Ok(_) => output::line("the settings are valid"),
        Err(LoadError::Invalid(problems)) if globals.json => {
            output::json(&serde_json::json!({ "valid": false, "problems": problems.0 }));
            return Err(LoadError::Invalid(problems).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn show(globals: &Globals) -> Result<(), ConfigError> {
    let loaded = globals.load()?;
    if globals.json {
        output::json(&serde_json::json!({ "settings": loaded.settings, "origins": loaded.origins }));
        return Ok(());
    }
    for (key, source) in &loaded.origins {
        output::line(format_args!("# {key}: set in {source}"));
    }
    output::line(toml::to_string(&loaded.settings)?.trim_end());
    Ok(())
}
