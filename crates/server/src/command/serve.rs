//! `claviger serve` and `claviger migrate`.

use std::io;

use claviger_engine::SetupError;
use claviger_settings::{LoadError, Settings};

use crate::compose::{self, ComposeError, Instance};
use crate::effects::Effects;
use crate::front::{Front, FrontError};
use crate::globals::Globals;
use crate::hangup::Hangups;
use crate::{output, shutdown, telemetry};

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    #[error(transparent)]
    Settings(#[from] LoadError),
    #[error("the setting log.filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("signals cannot be listened to")]
    Signals(#[from] io::Error),
    #[error(transparent)]
    Front(#[from] FrontError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("nobody can tell whether there is an operator")]
    Setup(#[from] SetupError),
    /// Contracts were refused, which has been shown already.
    #[error("contracts cannot be served")]
    Shown,
}

pub(super) async fn run(globals: &Globals) -> Result<(), ServeError> {
    let loaded = globals.load()?;
    let settings = &loaded.settings;
    telemetry::install(&settings.log)?;
    let stop = shutdown::on_signal()?;
    let hangups = Hangups::listen()?;
    let front = Front::bind(&settings.server).await?;
    let composed = compose::compose(&loaded, Effects::system()).await;
    let instance = composed.map_err(|error| show(error, globals))?;
    let address = front.address();
    let apis = instance.contracts.directory().load().iter().count();
    tracing::info!(%address, apis, tls = settings.server.tls.is_some(), "serving");
    greet(&instance, settings, globals).await?;
    instance.serve(front, hangups, stop).await;
    Ok(())
}

/// Where nobody can sign in yet, the terminal shows how the first operator is made. The log never does: whoever reads
/// it later must not learn the code.
async fn greet(instance: &Instance, settings: &Settings, globals: &Globals) -> Result<(), ServeError> {
    let Some(code) = instance.engine.setup_code().await? else { return Ok(()) };
    let Some(origin) = settings.server.control_origins.first() else { return Ok(()) };
    let address = format!("{origin}/console/setup");
    match globals.json {
        true => output::json(&serde_json::json!({ "setup": address, "code": code.expose() })),
        false => output::line(format_args!(
            "Nobody can sign in to the console yet. Make the first operator at {address}\nwith the code {}",
            code.expose()
        )),
    }
    Ok(())
}

pub(super) async fn migrate(globals: &Globals) -> Result<(), ServeError> {
    let settings = globals.load()?.settings;
    let store = compose::open_store(&settings.database).await?;
    let migrated = store.migrated();
    store.close().await;
    match globals.json {
        true => output::json(&serde_json::json!({ "from": migrated.from, "to": migrated.to })),
        false if migrated.from == migrated.to => {
            output::line(format_args!("the schema is version {} already", migrated.to));
        }
        false => {
            output::line(format_args!("the schema went from version {} to {}", migrated.from, migrated.to));
        }
    }
    Ok(())
}

/// Diagnostics with the lines they are about say more than a list of messages.
fn show(error: ComposeError, globals: &Globals) -> ServeError {
    match error {
        ComposeError::Contracts(crate::contracts::ContractsError::Rejected(rejected)) if !globals.json => {
            for one in rejected {
                output::remark(one.render(output::is_colorful()));
            }
            ServeError::Shown
        }
        other => other.into(),
    }
}
