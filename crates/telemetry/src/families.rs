//! Reading every instrument.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{DenialReason, Latency};
use claviger_engine::{Engine, TotalName, WebhookTotals};

use crate::instrument as are;
use crate::instrument::{Family, Instrument, Kind, Point, Value};
use crate::telemetry::Telemetry;

/// What this node counted since it started, one family for each of [`INSTRUMENTS`](crate::INSTRUMENTS) and in their
/// order; up to a second behind. What waits for webhooks is read from the database; nothing is said of it while that is
/// away.
pub async fn families(engine: &Engine, telemetry: &Telemetry) -> Vec<Family> {
    let backlog = engine.webhook_backlog().await.ok();
    let WebhookTotals { delivered, failed, given_up } = engine.webhook_totals();
    let attempts = [("delivered", delivered), ("failed", failed), ("given_up", given_up)];
    let (requests, durations) = traffic(engine);
    let mut all = vec![
        requests,
        durations,
        one(are::VERIFY_LOOKUPS, engine.looked_up_credentials()),
        one(are::VERIFY_REMEMBERED, engine.remembered_credentials()),
        one(are::USAGE_NAMELESS, engine.nameless_uses()),
        one(are::USAGE_UNWRITTEN, engine.unwritten_uses()),
        one(are::UNWATCHED, engine.unwatched()),
        by_word(are::FINDINGS, engine.raised_findings()),
        by_word(are::WEBHOOK_ATTEMPTS, attempts.into()),
        some(are::WEBHOOK_WAITING, backlog.map(|backlog| backlog.waiting)),
        lasting(are::WEBHOOK_OLDEST_WAITING, backlog.map(|backlog| backlog.oldest)),
        timed(are::DATABASE_WRITE_DURATION, engine.write_latency()),
        one(are::DATABASE_WRITES_UNFINISHED, engine.unfinished_writes()),
        by_word(are::CLEAN_UP_ROWS, engine.deleted_rows()),
    ];
    let counter = engine.shared_counter();
    let shared = [
        (are::LIMITS_SHARED_AVAILABLE, counter.map(|counter| u64::from(counter.is_available))),
        (are::LIMITS_SHARED_CALLS, counter.map(|counter| counter.calls)),
        (are::LIMITS_SHARED_FAILURES, counter.map(|counter| counter.failures)),
    ];
    all.extend(shared.map(|(instrument, number)| some(instrument, number)));
    all.push(one(are::FEED_TRUSTED, u64::from(engine.trusts_its_memory())));
    all.push(one(are::NODES, engine.living_nodes()));
    let deliveries = telemetry.deliveries();
    all.push(by_word(are::TELEMETRY_SPANS, deliveries.spans));
    all.push(by_word(are::TELEMETRY_FAILURES, deliveries.failures));
    all
}

/// Requests and how long they took. An API is named as its contract names it; without one, its id is the only name left.
fn traffic(engine: &Engine) -> (Family, Family) {
    let apis = engine.list_apis();
    let name_of = |total: &TotalName| {
        let named = apis.iter().find(|entry| entry.api.id == total.api);
        named.map_or_else(|| total.api.to_string(), |entry| entry.api.name.as_str().to_owned())
    };
    let totals = engine.usage_totals();
    let counted = totals.iter().map(|(total, tally)| {
        let status = total.status.map(|status| status.to_string()).unwrap_or_default();
        let reason = total.reason.map(DenialReason::as_str).unwrap_or_default().to_owned();
        Point { labels: vec![name_of(total), status, reason], value: Value::Count(tally.requests) }
    });
    let counted = counted.collect();
    let timed = apis.iter().map(|entry| {
        let mut all = Latency::default();
        for (_, tally) in totals.iter().filter(|(total, _)| total.api == entry.api.id) {
            all += tally.latency;
        }
        Point { labels: vec![entry.api.name.as_str().to_owned()], value: Value::Latency(all) }
    });
    let durations = Family { instrument: are::REQUEST_DURATION, points: timed.collect() };
    (Family { instrument: are::REQUESTS, points: counted }, durations)
}

fn one(instrument: Instrument, number: u64) -> Family {
    some(instrument, Some(number))
}

fn some(instrument: Instrument, number: Option<u64>) -> Family {
    let value = |number| match instrument.kind {
        Kind::Gauge => Value::Level(number),
        Kind::Counter | Kind::Histogram => Value::Count(number),
    };
    let point = |number| Point { labels: Vec::new(), value: value(number) };
    Family { instrument, points: number.map(point).into_iter().collect() }
}

fn lasting(instrument: Instrument, time: Option<Duration>) -> Family {
    let point = |time| Point { labels: Vec::new(), value: Value::Lasting(time) };
    Family { instrument, points: time.map(point).into_iter().collect() }
}

fn timed(instrument: Instrument, latency: Latency) -> Family {
    Family { instrument, points: vec![Point { labels: Vec::new(), value: Value::Latency(latency) }] }
}

fn by_word(instrument: Instrument, counts: BTreeMap<&'static str, u64>) -> Family {
    let point =
        |(word, count): (&str, u64)| Point { labels: vec![word.to_owned()], value: Value::Count(count) };
    Family { instrument, points: counts.into_iter().map(point).collect() }
}
