//! Numbers as OpenMetrics text, for whoever scrapes.

use std::fmt;
use std::sync::Mutex;

use claviger_domain::Latency;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::instrument::{Family, Kind, PREFIX, Point, Value};

/// The text of these numbers, as OpenMetrics 1.0 has it.
///
/// # Errors
/// When the writer of the format refuses, as it does for no number of ours.
pub fn open_metrics(families: Vec<Family>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Read(Mutex::new(families))));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// Numbers that were read. The registry asks for something that can be shared, and asks it once.
#[derive(Debug)]
struct Read(Mutex<Vec<Family>>);

impl Collector for Read {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let families = self.0.lock().map_err(|_| fmt::Error)?;
        for family in families.iter() {
            encode_family(family, &mut encoder)?;
        }
        Ok(())
    }
}

fn encode_family(family: &Family, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let instrument = family.instrument;
    let name = instrument.family_name();
    let unit = (instrument.unit == "s").then_some(Unit::Seconds);
    let kind = match instrument.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
    };
    let mut metric = encoder.encode_descriptor(&name, instrument.help, unit.as_ref(), kind)?;
    if instrument.labels.is_empty() {
        return family.points.first().map_or(Ok(()), |point| encode_value(point.value, metric));
    }
    for Point { labels, value } in &family.points {
        let labels: Vec<(&str, &str)> =
            instrument.labels.iter().copied().zip(labels.iter().map(String::as_str)).collect();
        encode_value(*value, metric.encode_family(&labels)?)?;
    }
    Ok(())
}

fn encode_value(value: Value, metric: MetricEncoder<'_>) -> fmt::Result {
    match value {
        Value::Count(count) => ConstCounter::new(count).encode(metric),
        Value::Level(level) => ConstGauge::new(i64::try_from(level).unwrap_or(i64::MAX)).encode(metric),
        Value::Lasting(time) => ConstGauge::new(time.as_secs_f64()).encode(metric),
        Value::Latency(latency) => encode_latency(&latency, metric),
    }
}

fn encode_latency(latency: &Latency, mut metric: MetricEncoder<'_>) -> fmt::Result {
    let bounds = Latency::BOUNDS.iter().map(|millis| *millis as f64 / 1_000.0).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(latency.buckets).collect();
    let sum = latency.sum as f64 / 1_000_000.0;
    metric.encode_histogram::<NoLabelSet>(sum, latency.count(), &buckets, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use claviger_domain::Tally;

    use crate::instrument as are;

    fn point(labels: &[&str], value: Value) -> Point {
        Point { labels: labels.iter().map(|&label| label.to_owned()).collect(), value }
    }

    #[test]
    fn numbers_are_written_with_their_names_units_and_labels() {
        let latency = Tally::one(Some(Duration::from_millis(3))).latency;
        let families = vec![
            Family {
                instrument: are::REQUESTS,
                points: vec![point(&["a\"b", "401", "missing"], Value::Count(7))],
            },
            Family { instrument: are::NODES, points: vec![point(&[], Value::Level(2))] },
            Family {
                instrument: are::REQUEST_DURATION,
                points: vec![point(&["a"], Value::Latency(latency))],
            },
            Family { instrument: are::FINDINGS, points: Vec::new() },
        ];
        let text = open_metrics(families).unwrap();
        for line in [
            r#"claviger_requests_total{api="a\"b",status="401",reason="missing"} 7"#,
            "claviger_nodes 2",
            "# UNIT claviger_request_duration_seconds seconds",
            r#"claviger_request_duration_seconds_sum{api="a"} 0.003"#,
            r#"claviger_request_duration_seconds_bucket{le="0.002",api="a"} 0"#,
            r#"claviger_request_duration_seconds_bucket{le="0.005",api="a"} 1"#,
            r#"claviger_request_duration_seconds_bucket{le="+Inf",api="a"} 1"#,
            "# TYPE claviger_findings counter",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
