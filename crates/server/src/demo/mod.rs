//! `claviger demo`: sample APIs with contracts, keys and upstreams, in one directory and one process.

mod credentials;
mod directory;
mod hook;
mod hooks;
mod parties;
mod past;
mod past_grant;
mod sample;
mod seed;
mod seeding;
mod tour;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use claviger_domain::ApiName;
use claviger_settings::{LoadError, Sources};

use crate::compose::{ComposeError, Core};
use crate::contracts::Deployments;
use crate::effects::Effects;
use crate::front::{Front, FrontError};
use crate::globals::Globals;
use crate::hangup::Hangups;
use crate::{output, shutdown, telemetry};

use credentials::{Credentials, CredentialsError};
use directory::{Directory, DirectoryError};
use hook::Hook;
use hooks::HookError;
use sample::{Sample, SampleError};
use seed::{Seed, SeedFileError};
use seeding::SeedingError;

pub(crate) const EXAMPLES: &str = "Examples:
  claviger demo
  claviger demo --port 9000 --dir /tmp/try
  claviger demo --fresh            start over: new keys, empty database

Everything is in the directory; credentials.json has every key for scripts. Without the sample upstreams, the
same runs by: claviger serve --config claviger-demo/claviger.toml";

/// Where the demo listens when its settings do not say.
const PORT: u16 = 8080;

/// Where and how to run the demo.
#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// The port on 127.0.0.1; 0 for any. Else that of the first start, which was 8080 unless said otherwise
    #[arg(long)]
    port: Option<u16>,
    /// The directory for database, keys and contracts; made if it is not there
    #[arg(long, value_name = "DIRECTORY", default_value = "claviger-demo")]
    dir: PathBuf,
    /// Remove what an earlier demo made there, and start over
    #[arg(long)]
    fresh: bool,
}

/// Why the demo cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Settings(#[from] LoadError),
    #[error("the setting log.filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("signals cannot be listened to")]
    Signals(#[from] io::Error),
    #[error("another program listens on {0} already; choose another port with --port")]
    Taken(SocketAddr),
    #[error(transparent)]
    Front(FrontError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    SeedFile(#[from] SeedFileError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Seeding(#[from] SeedingError),
    #[error(transparent)]
    Hooks(#[from] HookError),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

impl DemoError {
    /// The usual port is often taken, and a newcomer must not have to know the way out.
    fn of_front(error: FrontError) -> Self {
        match error {
            FrontError::Bind { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                Self::Taken(address)
            }
            other => Self::Front(other),
        }
    }
}

pub(crate) async fn run(options: DemoOptions, globals: &Globals) -> Result<(), DemoError> {
    let directory = Directory::prepare(&options.dir, options.fresh, options.port.unwrap_or(PORT))?;
    let loaded = sources(&directory, &options, globals).load()?;
    let settings = &loaded.settings;
    telemetry::install(&settings.log)?;
    let stop = shutdown::on_signal()?;
    let hangups = Hangups::listen()?;
    let seed = Seed::built_in()?;
    // Listening first: the port is known, and callers who are early wait instead of being refused.
    let front = Front::bind(&settings.server).await.map_err(DemoError::of_front)?;
    let sample = Sample::start().await?;
    let mut deployments = Deployments::from_settings(settings);
    deployments.reach_on_port(front.address().port());
    propose(&mut deployments, &sample);
    let core = Core::open(settings, Effects::system()).await?;
    let instance = core.furnish(&loaded, deployments).await?;
    let known = instance.contracts.directory().load_full();
    let found = match Credentials::read(&directory.credentials())? {
        Some(credentials) => {
            seeding::check(&instance.engine, &known, &seed, &credentials).await?;
            hooks::renew(&instance.engine, sample.receiver()).await?;
            credentials
        }
        None => {
            let receiver = sample.receiver();
            seeding::seed((&instance.engine, receiver), settings, &known, &seed).await?
        }
    };
    let port = front.address().port();
    let credentials = found.served_at(&seed, port);
    credentials.write(&directory.credentials())?;
    // A demo whose settings keep webhooks from this machine does without.
    let hook = match Hook::start(&instance.engine, sample.stocks()).await {
        Ok(hook) => Some(hook),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the sample data is not reset with the test environments");
            None
        }
    };
    tour::show(&seed, &credentials, &directory, globals);
    // Dropped, and with it its upstreams, only when everything else has stopped.
    instance.serve(front, hangups, stop).await;
    drop((sample, hook));
    output::remark("stopped; `claviger demo` goes on where this left off");
    Ok(())
}

fn propose(deployments: &mut Deployments, sample: &Sample) {
    for upstream in sample.upstreams() {
        if let Ok(api) = upstream.api.parse::<ApiName>() {
            deployments.propose_upstream(&api, upstream.environment, upstream.uri.clone());
        }
    }
}

/// The demo's own settings file; other layers as everywhere.
fn sources(directory: &Directory, options: &DemoOptions, globals: &Globals) -> Sources {
    let mut sources = Sources { file: Some(directory.settings()), ..globals.sources() };
    if let Some(port) = options.port {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        sources.options.push(("server.listen".to_owned(), listen.to_string()));
    }
    sources
}

#[cfg(test)]
#[path = "demo_tests.rs"]
mod tests;
