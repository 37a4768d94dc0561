//! Which keys need care, for overviews and lists.

use std::collections::VecDeque;

use claviger_domain::{Actor, ApiId, Care, KeyId, KeyUpkeep};
use claviger_store::{KeyCount, KeyFilter, KeyStretch, StateFilter};

use crate::engine::Engine;
use crate::error::Error;
use crate::kept_care::{Kept, KeyCare, Scope};

/// Beyond that many, keys that need the same are not counted.
const MOST_COUNTED: u16 = 1_000;
/// Keys that are looked at in one go, each of them with its texts.
const STRIDE: u32 = 500;
/// Keys that are looked at while a page waits, which takes some ten milliseconds.
const AT_ONCE: u32 = 3_000;

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

    /// How many of the keys that exist for the actor need care, by API; what none needs is left out. Where there are so
    /// many keys that counting takes long, they are counted in the background, and what was counted some minutes ago is
    /// answered; none while they are counted for the first time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_care(&self, actor: &Actor) -> Result<Option<Vec<KeyCare>>, Error> {
        let scope = actor.workspace();
        match self.kept_care().find(scope, self.now()) {
            Kept::Fresh(counts) => Ok(Some(counts)),
            Kept::Counting => Ok(None),
            Kept::Stale(counts) => {
                self.count_in_background(CareCount::new(self, scope));
                Ok(Some(counts))
            }
            Kept::Nothing => {
                let mut count = CareCount::new(self, scope);
                if count.go_on(self, Some(AT_ONCE)).await? {
                    return Ok(Some(count.counts));
                }
                if self.kept_care().begin(scope) {
                    self.count_in_background(count);
                }
                Ok(None)
            }
        }
    }

    fn count_in_background(&self, mut count: CareCount) {
        let engine = self.clone();
        tokio::spawn(async move {
            let done = count.go_on(&engine, None).await;
            if let Err(error) = &done {
                let error: &dyn std::error::Error = error;
                tracing::warn!(error, "keys that need care could not be counted");
            }
            engine.kept_care().note(count.scope, done.is_ok().then_some(count.counts), engine.now());
        });
    }
}

/// A count that can be left and gone on with.
struct CareCount {
    scope: Scope,
    /// What is still to be counted.
    rest: VecDeque<(KeyCare, KeyFilter)>,
    /// The last key that was looked at of the first of them.
    after: Option<KeyId>,
    counts: Vec<KeyCare>,
}

impl CareCount {
    fn new(engine: &Engine, scope: Scope) -> Self {
        let mut rest = VecDeque::new();
        for entry in engine.list_apis() {
            let api = entry.api.id;
            for care in Care::ALL {
                if let Some(filter) = engine.care_filter(care, Some(api)) {
                    rest.push_back((
                        KeyCare { api, care, count: 0 },
                        KeyFilter { workspace: scope, ..filter },
                    ));
                }
            }
        }
        Self { scope, rest, after: None, counts: Vec::new() }
    }

    /// Counts on, until some `budget` of keys have been looked at if there is one. Answers whether all is counted.
    async fn go_on(&mut self, engine: &Engine, mut budget: Option<u32>) -> Result<bool, Error> {
        while let Some((found, filter)) = self.rest.front_mut() {
            let most = MOST_COUNTED.saturating_sub(found.count);
            // Given back in between, so that pages need not wait for all of them.
            let mut read = engine.store().read().await?;
            let counted = match (self.scope, filter.ends) {
                (None, Some(ends)) => {
                    let count = read.count_ending_keys(found.api, ends, most).await?;
                    KeyCount { count, next: None }
                }
                _ => read.count_keys(filter, KeyStretch { after: self.after, look: STRIDE }, most).await?,
            };
            drop(read);
            found.count = found.count.saturating_add(counted.count);
            self.after = counted.next;
            if self.after.is_none() {
                let found = *found;
                self.rest.pop_front();
                self.counts.extend((found.count > 0).then_some(found));
                continue;
            }
            if let Some(budget) = &mut budget {
                *budget = budget.saturating_sub(STRIDE);
                if *budget == 0 {
                    return Ok(false);
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(true)
    }
}
