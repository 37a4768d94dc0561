//! `[apis.<name>]`: what this deployment changes of a contract.

use std::collections::BTreeMap;
use std::path::Path;

use claviger_domain::ApiName;
use serde::{Deserialize, Serialize};

use super::{Breach, ProviderSettings, ServerSettings};
use crate::origin::{HostName, Origin, Upstream};

/// What this deployment changes of one contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// Where its requests go.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// From a host the contract names to the host it has here.
    #[serde(default)]
    pub hosts: BTreeMap<HostName, HostName>,
    /// The issuer that its tokens and metadata name; none for its first host with token endpoints, reached as the
    /// first control origin is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Origin>,
    /// Other OpenID providers that its users may sign in with, by their names in addresses.
    #[serde(default)]
    pub sign_in: BTreeMap<String, ProviderSettings>,
}

/// Where an API's requests go, by environment; none for what the contract says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstreams {
    /// Requests of live credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Upstream>,
    /// Requests of test credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Upstream>,
}

impl ApiSettings {
    pub(super) fn check(&self, name: &ApiName, server: &ServerSettings, breaches: &mut Vec<Breach>) {
        for (from, to) in &self.hosts {
            if server.control_origins.iter().any(|origin| origin.host() == to) {
                let path = ["apis", name.as_str(), "hosts", from.as_str()];
                breaches.push(Breach {
                    path: path.map(str::to_owned).into(),
                    message: format!("`{to}` is a control origin's host already"),
                });
            }
        }
        for (provider, settings) in &self.sign_in {
            let path = ["apis", name.as_str(), "sign_in", provider.as_str()];
            settings.check(provider, &path.map(str::to_owned), breaches);
        }
    }

    pub(super) fn anchor(&mut self, base: &Path) {
        self.sign_in.values_mut().for_each(|provider| provider.anchor(base));
    }
}
