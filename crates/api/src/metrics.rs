//! `/metrics`: what this node counted since it started, as OpenMetrics text.

use std::fmt;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use claviger_domain::{DenialReason, Latency};
use claviger_engine::{CounterHealth, Engine, TotalName, WebhookBacklog};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::permit::{Observe, Permit};
use crate::problem::{Code, Problem, Refusal};
use crate::state::Shared;

/// The media type of OpenMetrics 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of this node for a scrape. Names and labels are documented in `docs/src/operations.md`.
pub(crate) async fn show_metrics(
    State(doors): State<Shared>,
    permit: Permit<Observe>,
) -> Result<Response, Refusal> {
    let mut registry = Registry::with_prefix("claviger");
    // A database that is away says nothing of what waits; everything else is in memory.
    let backlog = doors.engine.webhook_backlog().await.ok();
    registry.register_collector(Box::new(Numbers { engine: doors.engine.clone(), backlog }));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| {
        permit.refuse(Problem::new(Code::Internal, Code::Internal.title()).because(error))
    })?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], text).into_response())
}

struct Numbers {
    engine: Engine,
    backlog: Option<WebhookBacklog>,
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numbers")
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let engine = &self.engine;
        let apis = engine.list_apis();
        let name_of = |total: &TotalName| {
            let named = apis.iter().find(|entry| entry.api.id == total.api);
            named.map_or_else(|| total.api.to_string(), |entry| entry.api.name.as_str().to_owned())
        };
        let totals = engine.usage_totals();

        let mut requests = encoder.encode_descriptor(
            "requests",
            "Requests that were decided, by API, the status of our answer (empty for a verdict) and the reason of a refusal",
            None,
            MetricType::Counter,
        )?;
        for (total, tally) in &totals {
            let status = total.status.map(|status| status.to_string()).unwrap_or_default();
            let reason = total.reason.map(DenialReason::as_str).unwrap_or_default();
            let labels = [("api", name_of(total)), ("status", status), ("reason", reason.to_owned())];
            ConstCounter::new(tally.requests).encode(requests.encode_family(&labels)?)?;
        }

        let mut durations = encoder.encode_descriptor(
            "request_duration",
            "How long the gateway's answers took until their first byte, by API",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for entry in &apis {
            let mut all = Latency::default();
            for (_, tally) in totals.iter().filter(|(total, _)| total.api == entry.api.id) {
                all += tally.latency;
            }
            let labels = [("api", entry.api.name.as_str())];
            encode_latency(&all, &mut durations.encode_family(&labels)?)?;
        }

        encode_unnamed(engine, &mut encoder)?;
        encode_webhooks(engine, self.backlog, &mut encoder)?;

        let mut deleted = encoder.encode_descriptor(
            "clean_up_rows",
            "Rows that this node deleted because they were past their retention, by table",
            None,
            MetricType::Counter,
        )?;
        for (table, rows) in engine.deleted_rows() {
            ConstCounter::new(rows).encode(deleted.encode_family(&[("table", table)])?)?;
        }

        if let Some(counter) = engine.shared_counter() {
            encode_shared(counter, &mut encoder)?;
        }

        let trusted = encoder.encode_descriptor(
            "feed_trusted",
            "1 while this node hears of other nodes' changes in time and answers from memory, else 0",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(i64::from(engine.trusts_its_memory())).encode(trusted)
    }
}

/// What was counted or seen without its name, for want of room.
fn encode_unnamed(engine: &Engine, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let counts = [
        (
            "usage_nameless",
            "Requests counted without their credential, because too many credentials were used within a second",
            engine.nameless_uses(),
        ),
        (
            "unwatched",
            "Credentials and networks that were not watched for unusual activity, for want of room",
            engine.unwatched(),
        ),
    ];
    for (name, help, count) in counts {
        ConstCounter::new(count).encode(encoder.encode_descriptor(
            name,
            help,
            None,
            MetricType::Counter,
        )?)?;
    }
    Ok(())
}

/// Messages to webhooks: what became of this node's attempts, and what waits for whichever node sends it.
fn encode_webhooks(
    engine: &Engine,
    backlog: Option<WebhookBacklog>,
    encoder: &mut DescriptorEncoder<'_>,
) -> fmt::Result {
    let totals = engine.webhook_totals();
    let mut attempts = encoder.encode_descriptor(
        "webhook_attempts",
        "Attempts to send messages to webhooks: delivered, failed and made again, or given up",
        None,
        MetricType::Counter,
    )?;
    let outcomes =
        [("delivered", totals.delivered), ("failed", totals.failed), ("given_up", totals.given_up)];
    for (outcome, count) in outcomes {
        ConstCounter::new(count).encode(attempts.encode_family(&[("outcome", outcome)])?)?;
    }
    let Some(WebhookBacklog { waiting, oldest }) = backlog else { return Ok(()) };
    let gauge = encoder.encode_descriptor(
        "webhook_messages_waiting",
        "Messages to webhooks that wait to be sent by any node, counted no further than a hundred thousand",
        None,
        MetricType::Gauge,
    )?;
    ConstGauge::new(i64::try_from(waiting).unwrap_or(i64::MAX)).encode(gauge)?;
    let age = encoder.encode_descriptor(
        "webhook_oldest_waiting",
        "How long the oldest message to a webhook that waits has waited",
        Some(&Unit::Seconds),
        MetricType::Gauge,
    )?;
    ConstGauge::new(oldest.as_secs_f64()).encode(age)
}

/// The counter of limits that nodes share, as this node sees it.
fn encode_shared(counter: CounterHealth, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let available = encoder.encode_descriptor(
        "limits_shared_available",
        "1 while the counter of limits that nodes share answers, else 0",
        None,
        MetricType::Gauge,
    )?;
    ConstGauge::new(i64::from(counter.is_available)).encode(available)?;
    let calls = encoder.encode_descriptor(
        "limits_shared_calls",
        "How often this node asked the counter of limits that nodes share",
        None,
        MetricType::Counter,
    )?;
    ConstCounter::new(counter.calls).encode(calls)?;
    let failures = encoder.encode_descriptor(
        "limits_shared_failures",
        "How often no answer came in time",
        None,
        MetricType::Counter,
    )?;
    ConstCounter::new(counter.failures).encode(failures)
}

fn encode_latency(
    latency: &Latency,
    encoder: &mut prometheus_client::encoding::MetricEncoder<'_>,
) -> fmt::Result {
    let bounds = Latency::BOUNDS.iter().map(|millis| *millis as f64 / 1_000.0).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(latency.buckets).collect();
    let sum = latency.sum as f64 / 1_000_000.0;
    encoder.encode_histogram::<NoLabelSet>(sum, latency.count(), &buckets, None)
}
