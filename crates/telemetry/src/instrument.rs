//! What is counted, under which name, and how it looks when it is read.

use std::time::Duration;

use claviger_domain::Latency;

/// How numbers of an instrument behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often something took how long.
    Histogram,
}

impl Kind {
    /// The word in the documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Something that is counted. Its names are documented in `docs/src/telemetry.md`, and a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The name by OTLP. With underscores for its dots, and its unit and `_total` as Prometheus asks for them, it is the
    /// name in `/metrics` too, as a collector would translate it.
    pub name: &'static str,
    /// How its numbers behave.
    pub kind: Kind,
    /// In the Unified Code for Units of Measure: `s`, or what is counted in braces.
    pub unit: &'static str,
    /// What numbers of it are told apart by.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// What every name starts with.
pub(crate) const PREFIX: &str = "claviger";

impl Instrument {
    /// The name of its family in `/metrics`, without what is put after it there.
    pub(crate) fn family_name(&self) -> String {
        let name = self.name.strip_prefix(PREFIX).unwrap_or(self.name);
        name.trim_start_matches('.').replace('.', "_")
    }

    /// The name of its family in `/metrics` for whoever queries it; of a histogram, what comes before `_bucket`.
    pub fn prometheus_name(&self) -> String {
        let name = format!("{PREFIX}_{}", self.family_name());
        let unit = if self.unit == "s" { "_seconds" } else { "" };
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{name}{unit}{total}")
    }
}

/// A number of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(u64),
    /// Of a gauge of time.
    Lasting(Duration),
    /// Of a histogram.
    Latency(Latency),
}

/// A number and what it is told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// One value for each of the instrument's labels, in their order.
    pub labels: Vec<String>,
    /// The number.
    pub value: Value,
}

/// The numbers of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Whose numbers these are.
    pub instrument: Instrument,
    /// The numbers; none where nothing happened yet that would have one.
    pub points: Vec<Point>,
}

macro_rules! instruments {
    ($($constant:ident = $name:literal, $kind:ident, $unit:literal, [$($label:literal),*], $help:literal;)*) => {
        $(pub(crate) const $constant: Instrument = Instrument {
            name: $name,
            kind: Kind::$kind,
            unit: $unit,
            labels: &[$($label),*],
            help: $help,
        };)*

        /// Everything that is counted, in the order of `/metrics`.
        pub const INSTRUMENTS: &[Instrument] = &[$($constant),*];
    };
}

instruments! {
    REQUESTS = "claviger.requests", Counter, "{request}", ["api", "status", "reason"],
        "Requests that were decided, by API, the status of our answer (empty for a verdict) and the reason of a refusal";
    REQUEST_DURATION = "claviger.request.duration", Histogram, "s", ["api"],
        "How long the gateway's answers took until their first byte, by API";
    VERIFY_LOOKUPS = "claviger.verify.lookups", Counter, "{lookup}", [],
        "Credentials that were looked for in the database, because memory did not know them";
    VERIFY_REMEMBERED = "claviger.verify.remembered", Gauge, "{credential}", [],
        "Credentials in memory";
    USAGE_NAMELESS = "claviger.usage.nameless", Counter, "{request}", [],
        "Requests counted without their credential, because too many credentials were used within a second";
    USAGE_UNWRITTEN = "claviger.usage.unwritten", Gauge, "{count}", [],
        "Counts of requests that the database did not take yet";
    UNWATCHED = "claviger.unwatched", Counter, "{sighting}", [],
        "Credentials and networks that were not watched for unusual activity, for want of room";
    FINDINGS = "claviger.findings", Counter, "{finding}", ["rule"],
        "Findings of unusual activity that were not known before, by rule";
    WEBHOOK_ATTEMPTS = "claviger.webhook.attempts", Counter, "{attempt}", ["outcome"],
        "Attempts to send messages to webhooks: delivered, failed and made again, or given up";
    WEBHOOK_WAITING = "claviger.webhook.messages_waiting", Gauge, "{message}", [],
        "Messages to webhooks that wait to be sent by any node, counted no further than a hundred thousand";
    WEBHOOK_OLDEST_WAITING = "claviger.webhook.oldest_waiting", Gauge, "s", [],
        "How long the oldest message to a webhook that waits has waited; absent while the database is away";
    DATABASE_WRITE_DURATION = "claviger.database.write.duration", Histogram, "s", [],
        "How long writes to the database took, from the call until the commit or the refusal";
    DATABASE_WRITES_UNFINISHED = "claviger.database.writes.unfinished", Gauge, "{write}", [],
        "Writes to the database that wait or run";
    CLEAN_UP_ROWS = "claviger.clean_up.rows", Counter, "{row}", ["table"],
        "Rows that this node deleted because they were past their retention, by table";
    LIMITS_SHARED_AVAILABLE = "claviger.limits.shared.available", Gauge, "1", [],
        "1 while the counter of limits that nodes share answers, else 0; absent where each node counts for itself";
    LIMITS_SHARED_CALLS = "claviger.limits.shared.calls", Counter, "{call}", [],
        "How often this node asked the counter of limits that nodes share";
    LIMITS_SHARED_FAILURES = "claviger.limits.shared.failures", Counter, "{call}", [],
        "How often no answer came in time";
    FEED_TRUSTED = "claviger.feed.trusted", Gauge, "1", [],
        "1 while this node hears of other nodes' changes in time and answers from memory, else 0";
    NODES = "claviger.nodes", Gauge, "{node}", [],
        "Nodes that were alive when this one last looked, itself included";
    TELEMETRY_SPANS = "claviger.telemetry.spans", Counter, "{span}", ["outcome"],
        "Spans by what became of them: delivered, dropped for want of room, undelivered or rejected by the collector";
    TELEMETRY_FAILURES = "claviger.telemetry.failures", Counter, "{call}", ["signal"],
        "How often the collector did not take spans or numbers";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_translated_as_a_collector_would() {
        assert_eq!(REQUESTS.prometheus_name(), "claviger_requests_total");
        assert_eq!(REQUEST_DURATION.prometheus_name(), "claviger_request_duration_seconds");
        assert_eq!(CLEAN_UP_ROWS.prometheus_name(), "claviger_clean_up_rows_total");
        assert_eq!(FEED_TRUSTED.prometheus_name(), "claviger_feed_trusted");
    }

    /// The name in OpenTelemetry is dotted lower case; no two are alike, also not as Prometheus has them.
    #[test]
    fn every_instrument_has_a_good_name_of_its_own() {
        let mut names: Vec<String> = INSTRUMENTS.iter().map(Instrument::prometheus_name).collect();
        for instrument in INSTRUMENTS {
            let is_good = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_');
            assert!(instrument.name.starts_with("claviger.") && instrument.name.bytes().all(is_good));
            assert!(!instrument.help.is_empty() && !instrument.help.ends_with('.'));
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), INSTRUMENTS.len());
    }

    #[test]
    fn the_documentation_has_every_instrument_and_no_other() {
        let page = include_str!("../../../docs/src/telemetry.md");
        // Attributes of spans have a table of their own, without names in `/metrics`.
        let is_row = |line: &&str| line.starts_with("| `claviger.") && line.contains("` | `claviger_");
        let rows: Vec<&str> = page.lines().filter(is_row).collect();
        let due = |one: &Instrument| {
            let labels: Vec<String> = one.labels.iter().map(|label| format!("`{label}`")).collect();
            let (name, prometheus) = (one.name, one.prometheus_name());
            let (kind, unit, labels) = (one.kind.as_str(), one.unit, labels.join(", "));
            format!("| `{name}` | `{prometheus}` | {kind} | `{unit}` | {labels} | {} |", one.help)
        };
        let due: Vec<String> = INSTRUMENTS.iter().map(due).collect();
        assert_eq!(rows, due, "the table of numbers:\n{}", due.join("\n"));
    }
}
