//! Which keys need care, for overviews and lists.

use claviger_domain::{Actor, ApiId, Care, KeyUpkeep};
use claviger_store::{KeyFilter, StateFilter};

use crate::engine::Engine;
use crate::error::Error;

/// Beyond that many, keys that need the same are not counted.
const MOST_COUNTED: u16 = 1_000;

/// How many keys of an API need some care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCare {
    /// The API.
    pub api: ApiId,
    /// What they need.
    pub care: Care,
    /// How many, counted no further than a thousand.
    pub count: u16,
}

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

    /// How many of the keys that exist for the actor need care, by API; what none needs is left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_care(&self, actor: &Actor) -> Result<Vec<KeyCare>, Error> {
        let mut counts = Vec::new();
        let mut read = self.store().read().await?;
        for entry in self.list_apis() {
            let api = entry.api.id;
            for care in Care::ALL {
                let Some(filter) = self.care_filter(care, Some(api)) else { continue };
                let filter = KeyFilter { workspace: actor.workspace(), ..filter };
                let count = read.count_keys(&filter, MOST_COUNTED).await?;
                if count > 0 {
                    counts.push(KeyCare { api, care, count });
                }
            }
        }
        Ok(counts)
    }
}
