//! Rate limits on the wire.

use claviger_domain::{Limit, LimitState};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::words::PartitionWord;

/// So many requests in so much time, refilled evenly; the whole quota may be spent at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limit)]
pub(crate) struct LimitObject<'l> {
    /// Its name: `a-z`, `0-9`, `-`, `_`, at most 40 characters.
    #[schema(example = "per-minute")]
    name: &'l str,
    /// Requests allowed in `per_seconds`.
    #[schema(minimum = 1, example = 600)]
    requests: u32,
    /// The time in which they are allowed, in seconds.
    #[schema(minimum = 1, example = 60)]
    per_seconds: u32,
    /// Who shares the quota; `credential` unless named.
    #[schema(value_type = PartitionWord, required = false)]
    partition: claviger_domain::Partition,
}

impl<'l> From<&'l Limit> for LimitObject<'l> {
    fn from(limit: &'l Limit) -> Self {
        Self {
            name: limit.name.as_str(),
            requests: limit.requests.get(),
            per_seconds: limit.per_seconds.get(),
            partition: limit.partition,
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
    /// The time in which they are allowed, in seconds.
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
            per_seconds: state.limit.per_seconds.get(),
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
