//! The names of the APIs and workspaces that some keys belong to.

use std::collections::HashMap;

use claviger_domain::{ApiId, Key, KeyUpkeep, WorkspaceId};

use crate::error::PageError;
use crate::state::PagesState;

/// Names by id.
pub(crate) struct Names {
    apis: HashMap<ApiId, String>,
    workspaces: HashMap<WorkspaceId, String>,
    upkeep: HashMap<ApiId, KeyUpkeep>,
}

impl Names {
    /// The names that these keys need; one indexed read for each workspace among them.
    pub(crate) async fn of(state: &PagesState, keys: &[Key]) -> Result<Self, PageError> {
        Self::of_workspaces(state, keys.iter().map(|key| key.workspace)).await
    }

    /// The names of all APIs and of these workspaces; one indexed read for each workspace among them.
    pub(crate) async fn of_workspaces(
        state: &PagesState,
        ids: impl Iterator<Item = WorkspaceId>,
    ) -> Result<Self, PageError> {
        let engine = &state.engine;
        let listed = engine.list_apis();
        let upkeep = listed.iter().map(|entry| (entry.api.id, entry.policy.key_lifetimes.upkeep)).collect();
        let apis = listed.iter().map(|entry| (entry.api.id, state.title_of(&entry.api.name))).collect();
        let mut workspaces = HashMap::new();
        for id in ids {
            if let std::collections::hash_map::Entry::Vacant(place) = workspaces.entry(id) {
                place.insert(engine.find_workspace(id).await?.name.to_string());
            }
        }
        Ok(Self { apis, workspaces, upkeep })
    }

    /// The API's title; its id when its contract is not loaded.
    pub(crate) fn api(&self, id: ApiId) -> String {
        self.apis.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// What the API's contract says of the upkeep of its keys.
    pub(crate) fn upkeep(&self, id: ApiId) -> KeyUpkeep {
        self.upkeep.get(&id).copied().unwrap_or_default()
    }

    /// The workspace's name.
    pub(crate) fn workspace(&self, id: WorkspaceId) -> String {
        self.workspaces.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}
