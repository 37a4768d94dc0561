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
    /// The name of the limit on requests of one address to endpoints of ours.
    pub fn of_requests() -> Self {
        Self("requests".into())
    }

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
    /// All credentials of an OAuth client share one; a credential without a client has its own.
    Client,
    /// All credentials of a user share one; a credential without a user has its own.
    User,
    /// All requests from one address share one: an IPv4 address, or the /64 that is one IPv6 customer's.
    Address,
    /// All requests share one.
    Everyone,
}

/// How a quota comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Evenly, request by request; so many may come at once.
    Even {
        /// The time in which the quota comes back, in seconds.
        per_seconds: NonZeroU32,
        /// Requests that may come at once after a rest.
        burst: NonZeroU32,
    },
    /// As the requests grow older than this: never more than the quota in any stretch of that length.
    Rolling {
        /// The length, in seconds.
        per_seconds: NonZeroU32,
    },
    /// Whole, at midnight UTC.
    Day,
    /// Whole, at the first midnight UTC of a month.
    Month,
}

/// What becomes of a request while the counter that nodes share does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnavailable {
    /// Each node counts for itself.
    #[default]
    Local,
    /// It passes uncounted.
    Open,
    /// It is refused.
    Closed,
}

/// So many requests at such a pace, shared by these.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "LimitDocument", into = "LimitDocument")]
pub struct Limit {
    /// Its name.
    pub name: LimitName,
    /// The quota.
    pub requests: NonZeroU32,
    /// How it comes back.
    pub pace: Pace,
    /// Who shares it.
    pub partition: Partition,
    /// Whether requests that a limit refused count all the same.
    pub counts_refused: bool,
    /// What happens while the shared counter is away.
    pub when_unavailable: WhenUnavailable,
}

/// The longest month, for those who must be told one length.
const MONTH_SECONDS: u32 = 31 * 86_400;

impl Limit {
    /// The limit of a credential that is throttled because of something unusual: one request a second, a minute's worth
    /// at once.
    pub fn throttled() -> Self {
        Self::even(LimitName("unusual-activity".into()), THROTTLED, THROTTLED)
    }

    /// So many requests in so many seconds, which come back evenly and may come all at once, for each credential.
    pub fn even(name: LimitName, requests: NonZeroU32, per_seconds: NonZeroU32) -> Self {
        Self {
            name,
            requests,
            pace: Pace::Even { per_seconds, burst: requests },
            partition: Partition::default(),
            counts_refused: false,
            when_unavailable: WhenUnavailable::default(),
        }
    }

    /// The time in which the quota comes back entirely, in seconds; of a month, the longest.
    pub const fn per_seconds(&self) -> u32 {
        match self.pace {
            Pace::Even { per_seconds, .. } | Pace::Rolling { per_seconds } => per_seconds.get(),
            Pace::Day => 86_400,
            Pace::Month => MONTH_SECONDS,
        }
    }

    /// [`Limit::per_seconds`] as a length of time.
    pub const fn window(&self) -> Duration {
        Duration::from_secs(self.per_seconds() as u64)
    }
}

/// The word for a pace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PaceWord {
    #[default]
    Even,
    Rolling,
    Day,
    Month,
}

/// A limit as JSON. What is left out is as it is for most limits.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitDocument {
    name: LimitName,
    requests: NonZeroU32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_seconds: Option<NonZeroU32>,
    #[serde(default)]
    partition: Partition,
    #[serde(default, skip_serializing_if = "is_default")]
    pace: PaceWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    burst: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "is_default")]
    counts_refused: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    when_unavailable: WhenUnavailable,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why parts do not make a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// An even or rolling limit without a time.
    #[error("`per_seconds` is missing")]
    NoTime,
    /// A day or a month has its own length.
    #[error("a limit by the day or month has no `per_seconds`")]
    TwoTimes,
    /// Only what comes back evenly can say how much of it may come at once.
    #[error("only a limit with an even pace has a `burst`")]
    NoBurst,
}

impl TryFrom<LimitDocument> for Limit {
    type Error = LimitError;

    fn try_from(document: LimitDocument) -> Result<Self, LimitError> {
        let LimitDocument { name, requests, per_seconds, partition, pace, burst, .. } = document;
        if burst.is_some() && pace != PaceWord::Even {
            return Err(LimitError::NoBurst);
        }
        let pace = match (pace, per_seconds) {
            (PaceWord::Even, Some(per_seconds)) => {
                Pace::Even { per_seconds, burst: burst.unwrap_or(requests) }
            }
            (PaceWord::Rolling, Some(per_seconds)) => Pace::Rolling { per_seconds },
            (PaceWord::Even | PaceWord::Rolling, None) => return Err(LimitError::NoTime),
            (PaceWord::Day, None) => Pace::Day,
            (PaceWord::Month, None) => Pace::Month,
            (PaceWord::Day | PaceWord::Month, Some(_)) => return Err(LimitError::TwoTimes),
        };
        let (counts_refused, when_unavailable) = (document.counts_refused, document.when_unavailable);
        Ok(Self { name, requests, pace, partition, counts_refused, when_unavailable })
    }
}

impl From<Limit> for LimitDocument {
    fn from(limit: Limit) -> Self {
        let (pace, per_seconds, burst) = match limit.pace {
            Pace::Even { per_seconds, burst } => {
                (PaceWord::Even, Some(per_seconds), (burst != limit.requests).then_some(burst))
            }
            Pace::Rolling { per_seconds } => (PaceWord::Rolling, Some(per_seconds), None),
            Pace::Day => (PaceWord::Day, None, None),
            Pace::Month => (PaceWord::Month, None, None),
        };
        let Limit { name, requests, partition, counts_refused, when_unavailable, .. } = limit;
        Self { name, requests, per_seconds, partition, pace, burst, counts_refused, when_unavailable }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn a_limit_reads_back_as_it_was_written() {
        for document in [
            json!({"name": "a", "requests": 5, "per_seconds": 60, "partition": "credential"}),
            json!({"name": "a", "requests": 5, "per_seconds": 60, "partition": "client", "burst": 9}),
            json!({"name": "a", "requests": 5, "per_seconds": 60, "partition": "user", "pace": "rolling"}),
            json!({"name": "a", "requests": 5, "partition": "everyone", "pace": "day", "counts_refused": true}),
            json!({"name": "a", "requests": 5, "partition": "address", "pace": "month",
                "when_unavailable": "closed"}),
        ] {
            let limit: Limit = from_value(document.clone()).unwrap();
            assert_eq!(to_value(limit).unwrap(), document);
        }
    }

    #[test]
    fn parts_that_contradict_each_other_are_no_limit() {
        let said = |parts: serde_json::Value| {
            let mut document = json!({"name": "a", "requests": 5});
            document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
            from_value::<Limit>(document).unwrap_err().to_string()
        };
        assert_eq!(said(json!({})), LimitError::NoTime.to_string());
        assert_eq!(said(json!({"pace": "rolling"})), LimitError::NoTime.to_string());
        assert_eq!(said(json!({"pace": "day", "per_seconds": 60})), LimitError::TwoTimes.to_string());
        let rolling = json!({"pace": "rolling", "per_seconds": 60, "burst": 1});
        assert_eq!(said(rolling), LimitError::NoBurst.to_string());
        assert!(said(json!({"per_seconds": 0})).contains("nonzero"));
    }
}
