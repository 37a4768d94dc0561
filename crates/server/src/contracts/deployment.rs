//! What an installation changes of contracts.

use std::collections::BTreeMap;

use claviger_contract::{Contract, Deployment, DeploymentError, Host};
use claviger_domain::{ApiName, Environment};
use claviger_settings::{ApiSettings, Origin, Settings};
use http::Uri;

/// What is changed of one contract.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Where its requests go, in place of what the file says.
    pub upstreams: BTreeMap<Environment, Uri>,
    /// From a host the file names to the host it has here.
    pub hosts: BTreeMap<String, String>,
    /// The issuer, where it is not the host with token endpoints, reached as the control origin is.
    pub issuer: Option<String>,
}

/// What is changed of each contract.
#[derive(Clone, Debug, Default)]
pub struct Deployments {
    by_name: BTreeMap<ApiName, Overrides>,
    /// Scheme and port by which this server is reached.
    control: Option<Origin>,
}

/// Why a contract cannot be deployed so.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    /// The contract has no such host.
    #[error("the settings replace the host `{host}`, which the contract does not have; it has {known}")]
    UnknownHost {
        /// The host.
        host: String,
        /// Those it has.
        known: String,
    },
    /// The hosts together make no sense.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
}

impl Deployments {
    /// Those of the settings.
    pub fn from_settings(settings: &Settings) -> Self {
        let overrides = |api: &ApiSettings| {
            let named = [(Environment::Live, &api.upstreams.live), (Environment::Test, &api.upstreams.test)];
            let upstreams =
                named.into_iter().filter_map(|(e, upstream)| Some((e, upstream.as_ref()?.uri().clone())));
            let hosts = api.hosts.iter().map(|(from, to)| (from.to_string(), to.to_string()));
            let issuer = api.issuer.as_ref().map(Origin::to_string);
            Overrides { upstreams: upstreams.collect(), hosts: hosts.collect(), issuer }
        };
        let by_name = settings.apis.iter().map(|(name, api)| (name.clone(), overrides(api))).collect();
        Self { by_name, control: settings.server.control_origins.first().cloned() }
    }

    /// This server is reached on another port than its settings say.
    pub fn reach_on_port(&mut self, port: u16) {
        self.control = self.control.take().map(|origin| origin.on_port(port));
    }

    /// Sends an API's requests of one environment to `upstream`, unless that is settled already.
    pub fn propose_upstream(&mut self, api: &ApiName, environment: Environment, upstream: Uri) {
        self.by_name.entry(api.clone()).or_default().upstreams.entry(environment).or_insert(upstream);
    }

    /// The APIs that are changed.
    pub fn names(&self) -> impl Iterator<Item = &ApiName> {
        self.by_name.keys()
    }

    /// The contract as it is deployed here.
    ///
    /// # Errors
    /// When it has no host that is to be replaced, or its hosts then make no sense.
    pub fn apply(&self, contract: &Contract) -> Result<Contract, OverrideError> {
        let unchanged = Overrides::default();
        let overrides = self.by_name.get(contract.name()).unwrap_or(&unchanged);
        let has = |name: &str| contract.hosts().iter().any(|host| host.name == name);
        if let Some(host) = overrides.hosts.keys().find(|host| !has(host)) {
            let known: Vec<&str> = contract.hosts().iter().map(|host| host.name.as_str()).collect();
            return Err(OverrideError::UnknownHost { host: host.clone(), known: known.join(", ") });
        }
        let renamed = |host: &Host| match overrides.hosts.get(&host.name) {
            Some(name) => Host { name: name.clone(), ..host.clone() },
            None => host.clone(),
        };
        let hosts = contract.hosts().iter().map(renamed).collect();
        let upstreams = overrides.upstreams.clone();
        let deployed = contract.deployed(&Deployment { hosts, issuer: None, upstreams })?;
        let issuer = overrides.issuer.clone().or_else(|| self.reached(deployed.issuer()));
        Ok(deployed.deployed(&Deployment { issuer, ..Deployment::default() })?)
    }

    /// The origin of an issuer's host, reached as the first control origin is.
    fn reached(&self, issuer: &str) -> Option<String> {
        let control = self.control.as_ref()?;
        let (_, host) = issuer.split_once("://")?;
        let scheme = if control.is_secure() { "https" } else { "http" };
        let port = control.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{scheme}://{host}{port}"))
    }
}

#[cfg(test)]
#[path = "deployment_tests.rs"]
mod tests;
