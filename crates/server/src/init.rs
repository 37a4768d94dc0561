//! `claviger init`: settings, a master key, a first contract and an operator token, where there were none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use claviger_domain::{Actor, Label, OperatorScopes};
use claviger_engine::{NewOperatorToken, OperatorTokenError};
use claviger_secrets::MasterKey;
use claviger_settings::{LoadError, Sources};

use crate::compose::{ComposeError, Core};
use crate::effects::Effects;
use crate::globals::Globals;
use crate::{output, private_file};

pub(crate) const EXAMPLES: &str = "Examples:
  claviger init
  claviger init --dir /etc/claviger

Nothing is ever overwritten.";

const SETTINGS: &str = include_str!("init/claviger.toml");
const CONTRACT: &str = include_str!("init/my-api.toml");

/// Where to write.
#[derive(Debug, Args)]
pub(crate) struct InitOptions {
    /// The directory to write to; made if it is not there
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    dir: PathBuf,
}

/// Why nothing could be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    #[error("{} is there already, and init overwrites nothing", path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Settings(#[from] LoadError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("the first operator token could not be made")]
    Token(#[from] OperatorTokenError),
    #[error("the first operator token's name was refused")]
    Name(#[from] claviger_domain::TextError),
}

pub(crate) async fn run(options: &InitOptions, globals: &Globals) -> Result<(), InitError> {
    let place = |name: &str| options.dir.join(name);
    let (settings, master, token) = (place("claviger.toml"), place("master.key"), place("operator.token"));
    let (contracts, contract) = (place("contracts"), place("contracts/my-api.toml"));
    let all = [&settings, &master, &token, &contract];
    if let Some(path) = all.into_iter().find(|path| path.exists()) {
        return Err(InitError::Exists { path: path.clone() });
    }
    let effects = Effects::system();
    at(&options.dir, private_file::create_directory)?;
    at(&contracts, |path| fs::create_dir_all(path))?;
    at(&master, |path| private_file::create(path, &MasterKey::generate(&*effects.entropy).to_text()))?;
    at(&contract, |path| fs::write(path, CONTRACT))?;
    at(&settings, |path| fs::write(path, SETTINGS))?;
    let text = first_token(&settings, effects).await?;
    at(&token, |path| private_file::create(path, text.expose()))?;
    report(&options.dir, globals);
    Ok(())
}

async fn first_token(settings: &Path, effects: Effects) -> Result<claviger_secrets::Plain, InitError> {
    let sources = Sources { file: Some(settings.to_path_buf()), ..Sources::default() };
    let core = Core::open(&sources.load()?.settings, effects).await?;
    let name: Label = "made by init".parse()?;
    let new = NewOperatorToken { name, scopes: OperatorScopes::all(), expires_at: None };
    let issued = core.engine.issue_operator_token(&Actor::LOCAL, None, new).await?;
    core.store.close().await;
    Ok(issued.text)
}

fn at<T>(path: &Path, write: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, InitError> {
    write(path).map_err(|source| InitError::Write { path: path.to_path_buf(), source })
}

fn report(directory: &Path, globals: &Globals) {
    let file = |name: &str| directory.join(name).display().to_string();
    if globals.json {
        return output::json(&serde_json::json!({
            "settings": file("claviger.toml"), "master_key": file("master.key"),
            "contract": file("contracts/my-api.toml"), "operator_token": file("operator.token"),
        }));
    }
    output::line(format_args!(
        "Written:
  {settings}   settings
  {master}      32 random bytes; without them the database is worth nothing, so keep a copy apart from it
  {contract}   a first contract, to be made your API's
  {token}  drives the management API

Next:
  1. Put your API's hosts, routes and upstreams into the contract, then: claviger contract check {contract}
  2. claviger doctor --config {settings}
  3. claviger serve --config {settings}
  4. claviger workspaces create --config {settings} --token-file {token} --name \"First customer\"",
        settings = file("claviger.toml"),
        master = file("master.key"),
        contract = file("contracts/my-api.toml"),
        token = file("operator.token"),
    ));
}
