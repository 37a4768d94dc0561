//! `/v1/usage`: how often, how it ended, and how long it took.

use axum::extract::State;
use claviger_domain::{Grain, Latency, Timestamp, WorkspaceId};
use claviger_engine::{UsagePart, UsageQuery, UsageSum};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::list::{List, Params};
use crate::permit::{Observe, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// Requests of one minute, hour or day, told apart as was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageObject {
    /// When the minute, hour or day began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Which credential, route, status, reason or network, where `by` names one; empty or `0` where a request had none.
    /// Networks beyond 64 in an hour or a day are counted as none.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    /// How many requests.
    requests: u64,
    /// How long their answers took, as far as that was measured: the gateway does, a verdict is not.
    latency: LatencyObject,
}

/// How long answers took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Latency)]
pub(crate) struct LatencyObject {
    /// How many were measured.
    count: u64,
    /// All of it together, in microseconds.
    sum_us: u64,
    /// How many took no longer than 1, 2, 5, 10, 25, 50, 100, 250 and 1,000 ms and longer than the bound before; the
    /// last, how many took longer than all.
    #[schema(min_items = 10, max_items = 10)]
    buckets: [u64; Latency::BUCKETS],
    /// Half took no longer than so many milliseconds; null when that is above 1,000, or nothing was measured.
    p50_ms: Option<u64>,
    /// 95 of a hundred took no longer.
    p95_ms: Option<u64>,
    /// 99 of a hundred took no longer.
    p99_ms: Option<u64>,
}

impl From<Latency> for LatencyObject {
    fn from(latency: Latency) -> Self {
        Self {
            count: latency.count(),
            sum_us: latency.sum,
            buckets: latency.buckets,
            p50_ms: latency.quantile(0.5),
            p95_ms: latency.quantile(0.95),
            p99_ms: latency.quantile(0.99),
        }
    }
}

/// Which usage is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsageParams {
    #[serde(deserialize_with = "instant")]
    from: Timestamp,
    #[serde(deserialize_with = "instant")]
    to: Timestamp,
    #[serde(deserialize_with = "grain")]
    grain: Grain,
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    workspace: Option<WorkspaceId>,
    #[serde(default)]
    credential: Option<String>,
    #[serde(default, deserialize_with = "part")]
    by: Option<UsagePart>,
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let expected = |_| serde::de::Error::custom("expected a time like 2026-01-31T12:00:00Z");
    Timestamp::parse_rfc3339(&text).map_err(expected)
}

fn grain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Grain, D::Error> {
    let text = String::deserialize(deserializer)?;
    Grain::from_name(&text).ok_or_else(|| serde::de::Error::custom("expected minute, hour or day"))
}

fn part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UsagePart>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = UsagePart::ALL.into_iter().find(|part| part.as_str() == text);
    found
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom("expected credential, route, status, reason or network"))
}

/// Read usage in order of time. What nothing happened in is left out; it is up to half a minute behind.
#[utoipa::path(
    get, path = "/v1/usage", tag = "usage",
    security(("operator_token" = ["observe"])),
    params(
        ("from" = String, Query, description = "From the minute, hour or day in which this lies (RFC 3339)."),
        ("to" = String, Query, description = "Up to but not including this time (RFC 3339)."),
        ("grain" = String, Query, description = "How finely: `minute`, `hour` or `day` (of UTC). At most 1,500 of them."),
        ("api" = Option<String>, Query, description = "Only of this API, by name or id."),
        ("workspace" = Option<String>, Query, description = "Only of the workspace with this id."),
        ("credential" = Option<String>, Query, description = "Only of the credential with this id."),
        ("by" = Option<String>, Query, description = "Told apart by `credential`, `route`, `status`, `reason`, or of one credential by `network`, which is kept by hour and day."),
    ),
    responses((status = 200, description = "All of it, in one page.", body = List<UsageObject>)),
)]
pub(crate) async fn read_usage(
    State(doors): State<Shared>,
    permit: Permit<Observe>,
    Params(params): Params<UsageParams>,
) -> Answer {
    let UsageParams { from, to, grain, api, workspace, credential, by } = params;
    let api = api.map(|name| doors.api_of_query(&name)).transpose();
    let api = api.map_err(|problem| permit.refuse(problem))?;
    let query = UsageQuery { grain, from, to, api, workspace, credential, by };
    let sums = doors.engine.usage(query).await.map_err(|error| permit.refuse(error))?;
    let object = |UsageSum { at, part, tally }| UsageObject {
        at,
        part: by.map(|_| part),
        requests: tally.requests,
        latency: tally.latency.into(),
    };
    permit.context().ok(&List::whole(sums.into_iter().map(object).collect()))
}
