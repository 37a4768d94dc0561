//! `claviger operator-token create --local`: a token made in the database itself, for when no other is left.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use claviger_domain::{Actor, Label, OperatorScopes, UnknownOperatorScope};
use claviger_engine::{NewOperatorToken, OperatorTokenError};
use claviger_settings::LoadError;

use crate::compose::{ComposeError, Core};
use crate::effects::Effects;
use crate::globals::Globals;
use crate::{output, private_file};

const EXAMPLES: &str = "Examples:
  claviger operator-token create --local --file operator.token
  claviger operator-token create --local --scopes \"verify\" --days 90 --file verifier.token

It opens the database that the settings name, with their master key. Nothing need be running.";

/// Operator tokens without a running server.
#[derive(Debug, Subcommand)]
pub(super) enum OperatorTokenCommand {
    /// Make a token in the database itself
    #[command(after_help = EXAMPLES)]
    Create {
        /// Open the database directly; `operator-tokens create` asks a running server
        #[arg(long, required = true)]
        local: bool,
        /// What people call it
        #[arg(long, default_value = "made locally")]
        name: Label,
        /// What it may do, space-separated; else everything
        #[arg(long, value_name = "SCOPES")]
        scopes: Option<String>,
        /// Days until it ends by itself; else never
        #[arg(long)]
        days: Option<u32>,
        /// Write it to a new file, mode 0600, instead of showing it
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error(transparent)]
    Settings(#[from] LoadError),
    #[error(transparent)]
    Scope(#[from] UnknownOperatorScope),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Token(#[from] OperatorTokenError),
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

pub(super) async fn run(command: OperatorTokenCommand, globals: &Globals) -> Result<(), TokenError> {
    let OperatorTokenCommand::Create { local: _, name, scopes, days, file } = command;
    let scopes = scopes.as_deref().map(OperatorScopes::parse_spaced).transpose()?;
    let effects = Effects::system();
    let now = effects.clock.now();
    let expires_at = days.map(|days| now.plus(Duration::from_secs(u64::from(days) * 86_400)));
    let core = Core::open(&globals.load()?.settings, effects).await?;
    let new = NewOperatorToken { name, scopes: scopes.unwrap_or_else(OperatorScopes::all), expires_at };
    let issued = core.engine.issue_operator_token(&Actor::LOCAL, None, new).await?;
    core.store.close().await;
    if let Some(path) = &file {
        let write = private_file::create(path, issued.text.expose());
        write.map_err(|source| TokenError::Write { path: path.clone(), source })?;
    }
    let shown = file.is_none().then(|| issued.text.expose());
    match globals.json {
        true => output::json(&serde_json::json!({
            "id": issued.token.id, "name": issued.token.name, "scopes": issued.token.scopes,
            "expires_at": issued.token.expires_at, "token": shown, "file": file,
        })),
        false => match (shown, &file) {
            (Some(token), _) => {
                output::remark("This token is shown once and kept nowhere:");
                output::line(token);
            }
            (None, path) => {
                let path = path.as_deref().map(std::path::Path::display);
                output::line(format_args!(
                    "{} is in {}",
                    issued.token.id,
                    path.map(|p| p.to_string()).unwrap_or_default()
                ));
            }
        },
    }
    Ok(())
}
