//! Rate limits on the wire.

use claviger_domain::{Limit, LimitState, Pace, Partition, WhenUnavailable};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::words::{PaceWord, PartitionWord, WhenUnavailableWord};

/// So many requests at such a pace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limit)]
pub(crate) struct LimitObject<'l> {
    /// Its name: `a-z`, `0-9`, `-`, `_`, at most 40 characters.
    #[schema(example = "per-minute")]
    name: &'l str,
    /// The quota.
    #[schema(minimum = 1, example = 600)]
    requests: u32,
    /// The time in which it comes back, in seconds; needed where the pace is `even` or `rolling`, and only there.
    #[schema(minimum = 1, example = 60)]
    #[serde(skip_serializing_if = "Option::is_none")]
    per_seconds: Option<u32>,
    /// Who shares the quota; `credential` unless named.
    #[schema(value_type = PartitionWord, required = false)]
    partition: Partition,
    /// How the quota comes back; `even` unless named.
    #[schema(value_type = PaceWord, required = false)]
    pace: &'static str,
    /// Requests that may come at once after a rest, where the pace is `even`; the whole quota unless named.
    #[schema(minimum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    burst: Option<u32>,
    /// Whether requests that a limit refused count all the same.
    #[schema(required = false)]
    counts_refused: bool,
    /// What happens while the counter that nodes share does not answer; `local` unless named.
    #[schema(value_type = WhenUnavailableWord, required = false)]
    when_unavailable: WhenUnavailable,
}

impl<'l> From<&'l Limit> for LimitObject<'l> {
    fn from(limit: &'l Limit) -> Self {
        let (pace, per_seconds, burst) = match limit.pace {
            Pace::Even { per_seconds, burst } => ("even", Some(per_seconds.get()), Some(burst.get())),
            Pace::Rolling { per_seconds } => ("rolling", Some(per_seconds.get()), None),
            Pace::Day => ("day", None, None),
            Pace::Month => ("month", None, None),
        };
        Self {
            name: limit.name.as_str(),
            requests: limit.requests.get(),
            per_seconds,
            partition: limit.partition,
            pace,
            burst,
            counts_refused: limit.counts_refused,
            when_unavailable: limit.when_unavailable,
        }
    }
}

/// A limit after the request was counted against it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitStatus<'l> {
    /// The limit's name.
    #[schema(example = "per-minute")]
    name: &'l str,
    /// Requests allowed in `per_seconds`.
    #[schema(example = 600)]
    requests: u32,
    /// The time in which they are allowed, in seconds; of a month, the longest.
    #[schema(example = 60)]
    per_seconds: u32,
    /// Requests that could follow at once.
    #[schema(example = 599)]
    remaining: u32,
    /// When the whole quota is there again.
    #[schema(value_type = String, format = DateTime)]
    reset_at: claviger_domain::Timestamp,
    /// When a request is allowed again, if this limit refused this one.
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<claviger_domain::Timestamp>,
}

impl<'l> From<&'l LimitState> for LimitStatus<'l> {
    fn from(state: &'l LimitState) -> Self {
        Self {
            name: state.limit.name.as_str(),
            requests: state.limit.requests.get(),
            per_seconds: state.limit.per_seconds(),
            remaining: state.remaining,
            reset_at: state.reset_at,
            retry_at: state.retry_at,
        }
    }
}

/// The states of limits, written without collecting them first.
#[derive(Debug)]
pub(crate) struct LimitStates<'l>(pub(crate) &'l [LimitState]);

impl Serialize for LimitStates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(LimitStatus::from))
    }
}
