//! Rate limits as values: what is allowed, and what is left of it.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::TextError;
use crate::time::Timestamp;

/// A limit's name, as headers and verify answers show it: `a-z`, `0-9`, `-`, `_`, at most 40.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LimitName(Arc<str>);

impl LimitName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LimitName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > 40 {
            return Err(TextError::TooLong { max: 40 });
        }
        match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_')) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl TryFrom<String> for LimitName {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<LimitName> for String {
    fn from(name: LimitName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Requests of a credential that is throttled, and the seconds in which they are allowed.
const THROTTLED: NonZeroU32 = match NonZeroU32::new(60) {
    Some(number) => number,
    None => NonZeroU32::MIN,
};

/// Who shares one bucket of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partition {
    /// Each credential has its own.
    #[default]
    Credential,
    /// All credentials of a workspace share one.
    Workspace,
    /// All requests from one address share one.
    Address,
}

/// So many requests in so much time, refilled evenly; the whole quota may be spent at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name.
    pub name: LimitName,
    /// Requests allowed in `per_seconds`.
    pub requests: NonZeroU32,
    /// The time in which they are allowed, in seconds.
    pub per_seconds: NonZeroU32,
    /// Who shares the quota.
    #[serde(default)]
    pub partition: Partition,
}

impl Limit {
    /// The limit of a credential that is throttled because of something unusual: one request a second, a minute's worth
    /// at once.
    pub fn throttled() -> Self {
        Self {
            name: LimitName("unusual-activity".into()),
            requests: THROTTLED,
            per_seconds: THROTTLED,
            partition: Partition::Credential,
        }
    }

    /// The time in which the quota refills entirely.
    pub const fn window(&self) -> Duration {
        Duration::from_secs(self.per_seconds.get() as u64)
    }
}

/// A limit after one request was counted against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// The limit.
    pub limit: Arc<Limit>,
    /// Requests that could follow at once.
    pub remaining: u32,
    /// When the whole quota is there again.
    pub reset_at: Timestamp,
    /// Whether this limit refused the request, and if so, when one is allowed again.
    pub retry_at: Option<Timestamp>,
}
