//! The sections, one file each.

mod accounts;
mod apis;
mod database;
mod fetch;
mod limits;
mod mail;
mod master_key;
mod provider;
mod rest;
mod server;
mod telemetry;
mod unusual_activity;
mod usage;
mod webhooks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claviger_domain::ApiName;
use serde::{Deserialize, Serialize};

pub use accounts::AccountSettings;
pub use apis::{ApiSettings, Upstreams};
pub use database::{DatabaseSettings, DatabaseUrl};
pub use fetch::FetchSettings;
pub use limits::LimitSettings;
pub use mail::{MailSettings, MailTransport};
pub use master_key::{KeySource, MasterKeySettings};
pub use provider::ProviderSettings;
pub use rest::{ContractSettings, GatewaySettings, LogFormat, LogSettings, TokenSettings, VerifySettings};
pub use server::{ServerLimits, ServerSettings, ServerTimeouts, TlsSettings};
pub use telemetry::TelemetrySettings;
pub use unusual_activity::UnusualActivitySettings;
pub use usage::UsageSettings;
pub use webhooks::WebhookSettings;

/// Everything an operator can set. `default.toml` describes each key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How connections are accepted.
    pub server: ServerSettings,
    /// Where the database is.
    pub database: DatabaseSettings,
    /// Where the master key is.
    #[serde(default)]
    pub master_key: Option<MasterKeySettings>,
    /// Where contracts are.
    pub contracts: ContractSettings,
    /// What this deployment changes of contracts.
    #[serde(default)]
    pub apis: BTreeMap<ApiName, ApiSettings>,
    /// How the gateway treats upstreams.
    pub gateway: GatewaySettings,
    /// What verification keeps in memory.
    pub verify: VerifySettings,
    /// What counts for all nodes.
    pub limits: LimitSettings,
    /// Sign-ins and sessions.
    pub accounts: AccountSettings,
    /// Documents of others.
    pub fetch: FetchSettings,
    /// How tokens are sold.
    pub tokens: TokenSettings,
    /// How mail is sent.
    pub mail: MailSettings,
    /// How requests are counted.
    pub usage: UsageSettings,
    /// What is done about unusual activity.
    pub unusual_activity: UnusualActivitySettings,
    /// How webhooks are sent.
    pub webhooks: WebhookSettings,
    /// Where spans and numbers are sent.
    pub telemetry: TelemetrySettings,
    /// What is logged, and how.
    pub log: LogSettings,
}

/// A rule that spans several keys is broken: the key to mend and what is wrong.
pub(crate) struct Breach {
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl Breach {
    pub(crate) fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.split('.').map(str::to_owned).collect(), message: message.into() }
    }
}

impl Settings {
    /// The rules that no single type can hold.
    pub(crate) fn breaches(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        self.server.check(&mut breaches);
        self.database.check(&mut breaches);
        self.verify.check(&mut breaches);
        self.limits.check(&mut breaches);
        self.accounts.check(&mut breaches);
        self.mail.check(&mut breaches);
        self.unusual_activity.check(&mut breaches);
        self.webhooks.check(&mut breaches);
        self.telemetry.check(&mut breaches);
        if self.master_key.is_none() {
            breaches.push(Breach::new(
                "master_key",
                "name where the master key is: `file`, `environment` or `command`; `claviger init` makes one",
            ));
        }
        for (name, api) in &self.apis {
            api.check(name, &self.server, &mut breaches);
        }
        breaches
    }

    /// Makes every relative path start at `base`.
    pub(crate) fn anchor(&mut self, base: &Path) {
        self.database.anchor(base);
        anchor(&mut self.contracts.directory, base);
        self.mail.anchor(base);
        self.unusual_activity.anchor(base);
        self.apis.values_mut().for_each(|api| api.anchor(base));
        if let Some(tls) = &mut self.server.tls {
            anchor(&mut tls.certificate, base);
            anchor(&mut tls.key, base);
        }
        if let Some(master_key) = &mut self.master_key {
            master_key.anchor(base);
        }
    }
}

pub(crate) fn anchor(path: &mut PathBuf, base: &Path) {
    // `join` with an absolute path answers that path.
    *path = base.join(&*path);
}
