//! Which keys need care, for overviews and lists.

use claviger_domain::{Actor, ApiId, Care, KeyUpkeep, WorkspaceId};
use claviger_store::{KeyFilter, StateFilter};

use crate::engine::Engine;
use crate::error::Error;
use crate::kept_care::{Kept, KeyCare};

/// Beyond that many, keys that need the same are not counted.
const MOST_COUNTED: u16 = 1_000;

impl Engine {
    /// The filter of the keys that need this now; of an API as its contract says, of all as is advised to contracts that
    /// say nothing. None where the contract calls no key that.
    pub fn care_filter(&self, care: Care, api: Option<ApiId>) -> Option<KeyFilter> {
        let upkeep = match api {
            Some(api) => self.registry().find(api)?.policy.key_lifetimes.upkeep,
            None => KeyUpkeep::default(),
        };
        let now = self.now();
        let working = KeyFilter { api, state: Some(StateFilter::Active), ..KeyFilter::default() };
        Some(match care {
            Care::EndsSoon => KeyFilter { ends: Some((now, now.plus(Care::SOON))), ..working },
            Care::Overdue => KeyFilter { text_before: Some(now.minus(upkeep.rotate_after?)), ..working },
            Care::Unused => KeyFilter { unused_since: Some(now.minus(upkeep.unused_after?)), ..working },
        })
    }

    /// How many of the keys that exist for the actor need care, by API; what none needs is left out. Where there are so many
    /// keys that counting takes long, operators are told what was counted some minutes ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_care(&self, actor: &Actor) -> Result<Vec<KeyCare>, Error> {
        if let Some(workspace) = actor.workspace() {
            return self.count_care_of(Some(workspace)).await;
        }
        match self.kept_care().find(self.now()) {
            Kept::Nothing => self.count_and_keep().await,
            Kept::Fresh(counts) => Ok(counts),
            Kept::Stale(counts) => {
                let engine = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = engine.count_and_keep().await {
                        let error: &dyn std::error::Error = &error;
                        tracing::warn!(error, "keys that need care could not be counted");
                    }
                });
                Ok(counts)
            }
        }
    }

    async fn count_and_keep(&self) -> Result<Vec<KeyCare>, Error> {
        let from = self.now();
        let counted = self.count_care_of(None).await;
        self.kept_care().note(counted.as_deref().ok(), (from, self.now()));
        counted
    }

    async fn count_care_of(&self, workspace: Option<WorkspaceId>) -> Result<Vec<KeyCare>, Error> {
        let mut counts = Vec::new();
        for entry in self.list_apis() {
            let api = entry.api.id;
            for care in Care::ALL {
                let Some(filter) = self.care_filter(care, Some(api)) else { continue };
                // Given back in between, so that pages need not wait for all of them.
                let mut read = self.store().read().await?;
                let count = match (workspace, filter.ends) {
                    (None, Some(ends)) => read.count_ending_keys(api, ends, MOST_COUNTED).await?,
                    _ => read.count_keys(&KeyFilter { workspace, ..filter }, MOST_COUNTED).await?,
                };
                if count > 0 {
                    counts.push(KeyCare { api, care, count });
                }
            }
        }
        Ok(counts)
    }
}
