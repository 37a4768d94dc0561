//! Asking for usage.

use std::collections::BTreeMap;

use claviger_domain::{Actor, ApiId, ErrorKind, Grain, Tally, Timestamp, WorkspaceId};
use claviger_store::{UsageFilter, UsagePart, UsageSum};

use crate::counts::{TotalName, Use};
use crate::engine::Engine;
use crate::error::Error;

/// Instants in one answer.
const MOST_INSTANTS: u64 = 1_500;
/// Sums in one answer.
const MOST_SUMS: u32 = 10_000;

/// Which usage is wanted; what is `None` is not asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// How finely.
    pub grain: Grain,
    /// From the minute, hour or day in which this lies.
    pub from: Timestamp,
    /// Up to but not including this instant.
    pub to: Timestamp,
    /// Of this API.
    pub api: Option<ApiId>,
    /// Of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Of this credential, by its public id.
    pub credential: Option<String>,
    /// Told apart by this.
    pub by: Option<UsagePart>,
}

/// Why usage cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// It ends before it begins.
    #[error("`to` must be later than `from`")]
    Backwards,
    /// It would be a very long list.
    #[error("that is more than {MOST_INSTANTS} times a {}; ask for a coarser grain or a shorter time", .0.as_str())]
    TooFine(Grain),
    /// It would be a very long list.
    #[error(
        "that is more than {MOST_SUMS} sums; narrow it to an API, a workspace or a credential, or shorten the time"
    )]
    TooMany,
    /// Networks are told of one credential.
    #[error("networks are told of one credential; name it")]
    NetworksOfNone,
    /// Networks are kept by the hour and by the day.
    #[error("networks are told by hour or day")]
    NetworksByMinute,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl UsageError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Backwards
            | Self::TooFine(_)
            | Self::TooMany
            | Self::NetworksOfNone
            | Self::NetworksByMinute => ErrorKind::InvalidRequest,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for UsageError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Whether requests are counted at all.
    pub fn counts_usage(&self) -> bool {
        self.options().counts_usage
    }

    /// Counts a request. Doors call it once for each, when its answer is known.
    pub fn note_use(&self, used: &Use<'_>) {
        if self.counts_usage() {
            self.counts().note(used);
        }
    }

    /// Usage in order of time; what nothing happened in is left out. Up to half a minute behind.
    ///
    /// # Errors
    /// When the time is backwards or too long for its grain, the answer would be too long, networks are asked for of no
    /// credential or by the minute, or the database fails.
    pub async fn usage(&self, query: UsageQuery) -> Result<Vec<UsageSum>, UsageError> {
        let UsageQuery { grain, from, to, api, workspace, credential, by } = query;
        if to <= from {
            return Err(UsageError::Backwards);
        }
        let from = grain.floor(from);
        if to.since(from).as_secs() / grain.duration().as_secs() > MOST_INSTANTS {
            return Err(UsageError::TooFine(grain));
        }
        let filter = UsageFilter { grain, from, to, api, workspace, credential, by };
        let sums = self.sums(&filter).await?;
        if sums.len() > MOST_SUMS as usize {
            return Err(UsageError::TooMany);
        }
        Ok(sums)
    }

    async fn sums(&self, filter: &UsageFilter) -> Result<Vec<UsageSum>, UsageError> {
        let most = MOST_SUMS + 1;
        if filter.by != Some(UsagePart::Network) {
            return Ok(self.store().read().await?.sum_usage(filter, most).await?);
        }
        let credential = filter.credential.as_deref().ok_or(UsageError::NetworksOfNone)?;
        if filter.grain == Grain::Minute {
            return Err(UsageError::NetworksByMinute);
        }
        Ok(self.store().read().await?.sum_networks(credential, filter, most).await?)
    }

    /// [`Engine::usage`], as far as it exists for the actor: a member's is their workspace's.
    ///
    /// # Errors
    /// As [`Engine::usage`].
    pub async fn usage_for(&self, actor: &Actor, query: UsageQuery) -> Result<Vec<UsageSum>, UsageError> {
        let workspace = actor.workspace().or(query.workspace);
        self.usage(UsageQuery { workspace, ..query }).await
    }

    /// What this node counted since it started, but for the last second.
    pub fn usage_totals(&self) -> BTreeMap<TotalName, Tally> {
        self.counts().totals()
    }

    /// How many requests this node counted without saying whose they were, for want of room.
    pub fn nameless_uses(&self) -> u64 {
        self.counts().nameless()
    }
}
