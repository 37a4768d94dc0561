//! `claviger operator create`: someone who can sign in to the console, made in the database itself.

use std::io;
use std::path::PathBuf;

use clap::Subcommand;
use claviger_domain::{Actor, Email};
use claviger_engine::{NewPassword, OperatorError, PasswordError};
use claviger_settings::LoadError;

use crate::compose::{ComposeError, Core};
use crate::effects::Effects;
use crate::globals::Globals;
use crate::output;

const EXAMPLES: &str = "Examples:
  claviger operator create --email ada@example.com
  claviger operator create --email ada@example.com --password-file first-password.txt

It opens the database that the settings name, with their master key. Nothing need be running.";

/// Operators without a running server.
#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Make an operator, who can then sign in to the console
    #[command(after_help = EXAMPLES)]
    Create {
        /// The address to sign in with
        #[arg(long)]
        email: Email,
        /// Read the password from the first line of a file instead of asking for it
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

/// Why there is no new operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum CreateError {
    #[error(transparent)]
    Settings(#[from] LoadError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("the password cannot be read")]
    Read(#[source] io::Error),
    #[error("the two passwords differ")]
    Differ,
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Operator(#[from] OperatorError),
}

pub(super) async fn run(command: OperatorCommand, globals: &Globals) -> Result<(), CreateError> {
    let OperatorCommand::Create { email, password_file } = command;
    let password = NewPassword::choose(read(password_file)?)?;
    let core = Core::open(&globals.load()?.settings, Effects::system()).await?;
    let account = core.engine.create_operator(&Actor::LOCAL, email, password).await?;
    core.store.close().await;
    match globals.json {
        true => output::json(&serde_json::json!({ "id": account.id, "email": account.email.to_string() })),
        false => output::line(format_args!("{} can sign in as {}", account.id, account.email)),
    }
    Ok(())
}

/// From the file, or typed twice without being shown. Never from an argument, which others could see.
fn read(file: Option<PathBuf>) -> Result<String, CreateError> {
    if let Some(path) = file {
        let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(CreateError::Read)?);
        return Ok(text.lines().next().unwrap_or_default().to_owned());
    }
    let once = rpassword::prompt_password("Password: ").map_err(CreateError::Read)?;
    let again = zeroize::Zeroizing::new(rpassword::prompt_password("Again: ").map_err(CreateError::Read)?);
    if once == *again { Ok(once) } else { Err(CreateError::Differ) }
}
