//! The APIs whose contracts are loaded.

use std::sync::Arc;

use arc_swap::ArcSwap;
use claviger_domain::{Api, ApiId, ApiName, Policy};
use indexmap::IndexMap;
use tokio::sync::Notify;

use crate::api_keyring::ApiKeys;

/// An API with the policy its contract gives it now.
#[derive(Clone, Debug)]
pub struct RegisteredApi {
    /// The API as the database knows it.
    pub api: Api,
    /// Its policy.
    pub policy: Arc<Policy>,
}

/// Read without a lock, replaced whole.
#[derive(Default)]
pub(crate) struct Registry {
    apis: ArcSwap<IndexMap<ApiName, RegisteredApi>>,
    /// What signs the JWTs of each API.
    keys: ArcSwap<IndexMap<ApiId, Arc<ApiKeys>>>,
    /// Wakes whoever makes signing keys.
    installed: Notify,
}

impl Registry {
    pub(crate) fn install(&self, entry: &RegisteredApi, keys: &Arc<ApiKeys>) {
        self.keys.rcu(|known| {
            let mut known = IndexMap::clone(known);
            known.insert(entry.api.id, Arc::clone(keys));
            known
        });
        self.apis.rcu(|apis| {
            let mut apis = IndexMap::clone(apis);
            apis.insert(entry.api.name.clone(), entry.clone());
            apis.sort_unstable_keys();
            apis
        });
        self.installed.notify_one();
    }

    /// Waits for the next contract that is loaded, or answers at once when one was loaded since the last wait.
    pub(crate) async fn installed(&self) {
        self.installed.notified().await;
    }

    pub(crate) fn keys(&self, id: ApiId) -> Option<Arc<ApiKeys>> {
        self.keys.load().get(&id).cloned()
    }

    pub(crate) fn find(&self, id: ApiId) -> Option<RegisteredApi> {
        self.apis.load().values().find(|entry| entry.api.id == id).cloned()
    }

    pub(crate) fn find_by_text(&self, name_or_id: &str) -> Option<RegisteredApi> {
        if let Ok(name) = name_or_id.parse::<ApiName>()
            && let Some(entry) = self.apis.load().get(&name)
        {
            return Some(entry.clone());
        }
        self.find(name_or_id.parse().ok()?)
    }

    pub(crate) fn list(&self) -> Vec<RegisteredApi> {
        self.apis.load().values().cloned().collect()
    }
}
