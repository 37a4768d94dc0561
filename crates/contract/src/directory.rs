//! Which contract answers on which host.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_domain::{ApiId, ApiName};

use crate::Contract;

/// A contract that is being served: its API is registered and has an id.
#[derive(Debug)]
pub struct Installed {
    /// The API's id.
    pub api: ApiId,
    /// The contract.
    pub contract: Contract,
}

/// The contracts in force. A value: a reload builds a new one and swaps it in whole.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    by_host: HashMap<Box<str>, Arc<Installed>>,
    by_name: HashMap<ApiName, Arc<Installed>>,
}

/// Two contracts want the same host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host `{host}` is claimed by `{first}` and by `{second}`")]
pub struct HostClash {
    /// The host.
    pub host: String,
    /// The contract that has it.
    pub first: ApiName,
    /// The contract that wants it too.
    pub second: ApiName,
}

impl Directory {
    /// Builds the directory.
    ///
    /// # Errors
    /// When two contracts claim one host.
    pub fn new(installed: impl IntoIterator<Item = Arc<Installed>>) -> Result<Self, HostClash> {
        let mut directory = Self::default();
        for entry in installed {
            for host in entry.contract.hosts() {
                let name: Box<str> = host.name.as_str().into();
                if let Some(first) = directory.by_host.insert(name, Arc::clone(&entry)) {
                    return Err(HostClash {
                        host: host.name.clone(),
                        first: first.contract.name().clone(),
                        second: entry.contract.name().clone(),
                    });
                }
            }
            directory.by_name.insert(entry.contract.name().clone(), entry);
        }
        Ok(directory)
    }

    /// The contract of a host, which is given in lower case and without port.
    pub fn by_host(&self, host: &str) -> Option<&Arc<Installed>> {
        self.by_host.get(host)
    }

    /// The contract of an API, by its name or its id.
    pub fn by_name_or_id(&self, text: &str) -> Option<&Arc<Installed>> {
        if let Ok(name) = text.parse::<ApiName>()
            && let Some(found) = self.by_name.get(&name)
        {
            return Some(found);
        }
        let id: ApiId = text.parse().ok()?;
        self.by_name.values().find(|entry| entry.api == id)
    }

    /// Every contract, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Installed>> {
        let mut all: Vec<_> = self.by_name.values().collect();
        all.sort_by(|a, b| a.contract.name().cmp(b.contract.name()));
        all.into_iter()
    }
}
