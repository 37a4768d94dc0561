//! From settings to a running server: the one place that knows all parts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use claviger_api::{ApiState, OAuthEndpoints, TokenEndpoints};
use claviger_domain::SigningSchedule;
use claviger_engine::{
    AccountOptions, Countries, Engine, Options, Parts, Plain, ReportKeys, SharedCounter, UnusualOptions,
    UpstreamProvider, UpstreamRegistration, UsageKeeps, WebhookOptions,
};
use claviger_gateway::Gateway;
use claviger_pages::{ContractFiles, PagesState, PublicPages};
use claviger_settings::{
    DatabaseSettings, DatabaseUrl, Loaded, Origin, Pairs, ProviderSettings, Settings, UnusualActivitySettings,
};
use claviger_store::{DatabaseUrlError, MigrationError, Store, StoreOptions};
use claviger_telemetry::{About, Exporter, Sampling, Telemetry, families};
use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use crate::collector::{Collector, CollectorError};
use crate::contracts::{Contracts, ContractsError, Deployments};
use crate::control;
use crate::counter::{CounterUrlError, RedisCounter};
use crate::countries::{CountryFile, CountryFileError};
use crate::effects::Effects;
use crate::fetch::GuardedFetch;
use crate::front::{Doors, Front};
use crate::hangup::Hangups;
use crate::mail::{self, MailerError};
use crate::master_key::{self, MasterKeyError};
use crate::routes;
use crate::shown_settings::shown_settings;
use crate::shutdown::{self, Stop};
use crate::trials::GatewayTrials;

/// Why the parts cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// There is no usable master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The file with the database's URL cannot be read.
    #[error("cannot read the database's URL from {}", path.display())]
    UrlFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file with our secret at another provider cannot be read.
    #[error("cannot read the client's secret from {}", path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file with the keys by which GitHub signs cannot be read.
    #[error("cannot read the keys of GitHub from {}", path.display())]
    GithubKeys {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of countries cannot be used.
    #[error(transparent)]
    Countries(#[from] CountryFileError),
    /// The database's URL is none.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// The database cannot be opened or migrated.
    #[error("cannot open the database {url}")]
    Database {
        /// Where it is, without password.
        url: String,
        /// Why.
        source: MigrationError,
    },
    /// The engine cannot be made, or the database is another master key's.
    #[error(transparent)]
    Engine(#[from] claviger_engine::Error),
    /// The TLS library cannot be set up for upstreams.
    #[error("TLS to upstreams cannot be set up")]
    Tls(#[from] rustls::Error),
    /// Mail cannot be sent as the settings say.
    #[error(transparent)]
    Mail(#[from] MailerError),
    /// Limits cannot be counted together.
    #[error(transparent)]
    Counter(#[from] CounterUrlError),
    /// What is observed cannot be sent anywhere.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// The settings cannot be shown.
    #[error("the settings cannot be written as TOML")]
    Show(#[from] toml::ser::Error),
    /// A contract cannot be served.
    #[error(transparent)]
    Contracts(#[from] ContractsError),
}

/// An engine over an open database: all that commands need which serve nothing.
pub struct Core {
    /// Every use case.
    pub engine: Engine,
    /// The database.
    pub store: Store,
    effects: Effects,
    countries: Option<Arc<CountryFile>>,
}

/// Everything put together, not serving yet.
pub struct Instance {
    /// Every use case.
    pub engine: Engine,
    /// The contracts in force.
    pub contracts: Arc<Contracts>,
    store: Store,
    doors: Arc<Doors>,
    exporter: Option<Exporter>,
    countries: Option<Arc<CountryFile>>,
    watch: bool,
}

/// Opens the database that the settings name, migrated to this program's schema.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn open_store(settings: &DatabaseSettings) -> Result<Store, ComposeError> {
    let text = match &settings.url {
        DatabaseUrl::Text(url) => zeroize::Zeroizing::new(url.expose().to_owned()),
        DatabaseUrl::File(path) => fs::read_to_string(path)
            .map(zeroize::Zeroizing::new)
            .map_err(|source| ComposeError::UrlFile { path: path.clone(), source })?,
    };
    let mut options = StoreOptions::new(text.trim().parse()?);
    options.deadline = settings.deadline;
    options.lock_wait = settings.lock_wait;
    if let Some(connections) = settings.connections {
        options.connections = connections.get();
    }
    let failed = |source| ComposeError::Database { url: options.url.to_string(), source };
    Store::open(&options).await.map_err(failed)
}

impl Core {
    /// Opens the database and makes sure that the master key is its own.
    ///
    /// # Errors
    /// When there is no master key, another one, or no database.
    pub async fn open(settings: &Settings, effects: Effects) -> Result<Self, ComposeError> {
        let keys = master_key::load(settings.master_key.as_ref())?;
        let countries = settings.unusual_activity.countries.as_deref();
        let countries = countries.map(CountryFile::open).transpose()?.map(Arc::new);
        let store = open_store(&settings.database).await?;
        let mut options = engine_options(settings)?;
        options.unusual.countries = countries.clone().map(|file| file as Arc<dyn Countries>);
        let engine = Engine::new(Parts {
            store: store.clone(),
            master: keys.current,
            previous_masters: keys.previous,
            clock: Arc::clone(&effects.clock),
            entropy: Arc::clone(&effects.entropy),
            fetch: Arc::new(GuardedFetch::new(settings.fetch.allow_loopback)?),
            mailer: mail::mailer(&settings.mail)?,
            options,
        })?;
        engine.check_master_key().await?;
        Ok(Self { engine, store, effects, countries })
    }

    /// Loads the contracts and builds every door.
    ///
    /// # Errors
    /// When a contract cannot be served.
    pub async fn furnish(self, loaded: &Loaded, deployments: Deployments) -> Result<Instance, ComposeError> {
        let Self { engine, store, effects, countries } = self;
        let settings = &loaded.settings;
        let control_hosts: Vec<String> =
            settings.server.control_origins.iter().map(|origin| origin.host().to_string()).collect();
        let contracts = Contracts::load(
            settings.contracts.directory.clone(),
            deployments,
            control_hosts.clone(),
            engine.clone(),
        )
        .await?;
        let contracts = Arc::new(contracts);
        let directory = Arc::clone(contracts.directory());
        let (telemetry, exporter) = observe(settings, &engine, &effects)?;
        let api = claviger_api::router(ApiState {
            engine: engine.clone(),
            directory: Arc::clone(&directory),
            telemetry: telemetry.clone(),
        });
        let is_secure = settings.server.control_origins.iter().all(Origin::is_secure);
        let gateway = Gateway::new(engine.clone(), gateway_options(settings))?;
        let pages = PagesState {
            engine: engine.clone(),
            directory: Arc::clone(&directory),
            // Behind a proxy that ends TLS, the control origins say so.
            is_secure,
            trials: Arc::new(GatewayTrials::new(gateway.clone(), &effects)),
            contracts: Arc::clone(&contracts) as Arc<dyn ContractFiles>,
            settings: shown_settings(loaded)?,
        };
        let control = control::router(engine.clone(), claviger_pages::router(pages), api.clone());
        let doors = Doors {
            control_hosts,
            control: routes::noted(control, &telemetry),
            api: routes::noted(api, &telemetry),
            telemetry,
            gateway,
            pages: PublicPages::new(engine.clone()),
            token_endpoints: TokenEndpoints::new(engine.clone()),
            oauth_endpoints: OAuthEndpoints::new(engine.clone()),
            directory,
            trusted_proxies: settings.server.trusted_proxies.clone(),
            engine: engine.clone(),
            effects,
        };
        let (doors, watch) = (Arc::new(doors), settings.contracts.watch);
        Ok(Instance { engine, contracts, store, doors, exporter, countries, watch })
    }
}

/// Puts everything together.
///
/// # Errors
/// When a part cannot be made.
pub async fn compose(loaded: &Loaded, effects: Effects) -> Result<Instance, ComposeError> {
    let core = Core::open(&loaded.settings, effects).await?;
    core.furnish(loaded, Deployments::from_settings(&loaded.settings)).await
}

impl Instance {
    /// Serves until `stop`, drains, writes what is pending, closes the database.
    pub async fn serve(self, front: Front, hangups: Hangups, stop: Stop) {
        let Self { engine, contracts, store, doors, exporter, countries, watch } = self;
        let (last_source, last) = shutdown::stop();
        let exporting = exporter.map(|exporter| {
            let (engine, telemetry) = (engine.clone(), doors.telemetry.clone());
            let numbers = move || {
                let (engine, telemetry) = (engine.clone(), telemetry.clone());
                async move { families(&engine, &telemetry).await }.boxed()
            };
            tokio::spawn(async move { exporter.run(numbers, async move { last.requested().await }).await })
        });
        // Requests that drain still need the engine's background work, so it stops after them.
        let (engine_source, engine_stop) = shutdown::stop();
        let background: JoinHandle<()> =
            tokio::spawn(async move { engine.run(async move { engine_stop.requested().await }).await });
        let following = tokio::spawn(contracts.follow(watch, hangups.clone(), stop.clone()));
        let located = countries.map(|file| tokio::spawn(file.follow(hangups.clone(), stop.clone())));
        front.serve(doors, hangups, stop).await;
        engine_source.request();
        ended("engine", Some(background)).await;
        ended("contracts", Some(following)).await;
        ended("countries", located).await;
        // Last, so that the last numbers are sent too.
        last_source.request();
        ended("exporter", exporting).await;
        store.close().await;
        tracing::info!("stopped");
    }
}

/// What is observed of requests, and what sends it where the settings name a collector.
fn observe(
    settings: &Settings,
    engine: &Engine,
    effects: &Effects,
) -> Result<(Telemetry, Option<Exporter>), CollectorError> {
    let settings = &settings.telemetry;
    let Some(collector) = Collector::new(settings)? else { return Ok((Telemetry::off(), None)) };
    let said = settings.resource.iter().flat_map(Pairs::iter);
    let about = About {
        service: settings.service_name().to_owned(),
        instance: engine.node().to_string(),
        attributes: said.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    };
    let sampling = Sampling { ratio: settings.sample_ratio, follows_callers: settings.follow_callers };
    let effects = (Arc::clone(&effects.clock), Arc::clone(&effects.entropy));
    let (telemetry, exporter) =
        Exporter::new(Arc::new(collector), about, (sampling, settings.interval), effects);
    Ok((telemetry, Some(exporter)))
}

async fn ended(part: &str, task: Option<JoinHandle<()>>) {
    let Some(task) = task else { return };
    if let Err(error) = task.await {
        tracing::error!(part, %error, "a background task ended badly");
    }
}

fn engine_options(settings: &Settings) -> Result<Options, ComposeError> {
    let Settings { verify, accounts, tokens, usage, unusual_activity, webhooks, .. } = settings;
    let mut upstreams = BTreeMap::new();
    for (name, api) in &settings.apis {
        let registrations: Result<Vec<_>, _> = api.sign_in.iter().map(registration).collect();
        upstreams.insert(name.clone(), registrations?);
    }
    let counter = settings.limits.shared.as_ref();
    let counter = counter.map(|url| RedisCounter::new(url.expose(), settings.limits.patience)).transpose()?;
    let control_origin = settings.server.control_origins.first().map(ToString::to_string);
    Ok(Options {
        upstreams,
        // Settings without one are refused when they are loaded.
        control_origin: control_origin.unwrap_or_default(),
        cached_credentials: verify.cached_credentials.get(),
        cached_unknown: verify.cached_unknown.get(),
        lease: verify.lease,
        poll: verify.poll,
        counts_usage: usage.enabled,
        usage: UsageKeeps { minutes: usage.keep_minutes, hours: usage.keep_hours, days: usage.keep_days },
        webhooks: WebhookOptions {
            timeout: webhooks.timeout,
            disable_after: webhooks.disable_after,
            keep: webhooks.keep,
        },
        failed_logins_per_minute: tokens.failed_logins_per_minute,
        failed_client_proofs_per_minute: tokens.failed_client_proofs_per_minute,
        registrations_per_minute: tokens.registrations_per_minute,
        unusual: UnusualOptions {
            is_on: unusual_activity.enabled,
            responses: unusual_activity.chosen(),
            mail_to: unusual_activity.readers(),
            keep: unusual_activity.keep,
            github_keys: github_keys(unusual_activity)?,
            countries: None,
        },
        requests_per_minute: settings.limits.requests_per_minute,
        shared_counter: counter.map(|counter| Arc::new(counter) as Arc<dyn SharedCounter>),
        signing: SigningSchedule {
            rotation: tokens.signing_key_rotation,
            announcement: tokens.signing_key_announcement,
        },
        accounts: AccountOptions {
            failed_sign_ins_per_minute: accounts.failed_sign_ins_per_minute,
            session_lifetime: accounts.session_lifetime,
            session_idle: accounts.session_idle,
            hashers: accounts.hashers,
            hash_queue: accounts.hash_queue,
        },
    })
}

/// The keys by which GitHub signs its reports; none where the settings name no file.
fn github_keys(settings: &UnusualActivitySettings) -> Result<ReportKeys, ComposeError> {
    let Some(path) = &settings.github_keys else { return Ok(ReportKeys::default()) };
    let failed = |source: io::Error| ComposeError::GithubKeys { path: path.clone(), source };
    let text = fs::read_to_string(path).map_err(failed)?;
    ReportKeys::parse(&text).map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// Who we are at another OpenID provider.
fn registration(
    (name, settings): (&String, &ProviderSettings),
) -> Result<UpstreamRegistration, ComposeError> {
    let secret = match (&settings.client_secret, &settings.client_secret_file) {
        (Some(secret), _) => secret.expose().to_owned(),
        (None, Some(path)) => fs::read_to_string(path)
            .map_err(|source| ComposeError::SecretFile { path: path.clone(), source })?
            .trim()
            .to_owned(),
        // Settings without either are refused when they are loaded.
        (None, None) => String::new(),
    };
    Ok(UpstreamRegistration {
        provider: UpstreamProvider { name: name.clone(), title: settings.title.clone() },
        issuer: settings.issuer.clone(),
        client_id: settings.client_id.clone(),
        client_secret: Plain::new(secret),
    })
}

fn gateway_options(settings: &Settings) -> claviger_gateway::Options {
    let Settings { gateway: settings, server, .. } = settings;
    claviger_gateway::Options {
        request_header_bytes: server.limits.header_bytes,
        request_header_fields: server.limits.headers.get(),
        request_body_bytes: settings.request_body_bytes,
        connect_timeout: settings.connect_timeout,
        response_header_timeout: settings.answer_timeout,
        idle_body_timeout: settings.idle_timeout,
        pool_idle_connections: settings.idle_connections,
        pool_idle_timeout: settings.idle_connection_timeout,
        keep_host: settings.keep_host,
        ..claviger_gateway::Options::default()
    }
}
