//! Spans and numbers as the messages of OTLP.

use std::borrow::Cow;

use bytes::Bytes;
use claviger_domain::{Latency, Timestamp};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{
    self as wire, ResourceSpans, ScopeSpans, Status, span::SpanKind,
};
use prost::Message as _;

use crate::instrument::{Family, Kind, Point, Value};
use crate::recorder::{Said, Side, Span};

/// The version of the conventions that names of attributes are of.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.37.0";

/// The flag of a span that says that the next one is known.
const HAS_IS_REMOTE: u32 = 0x100;
/// The flag of a span whose parent is in another process.
const IS_REMOTE: u32 = 0x200;

/// Who tells.
#[derive(Clone, Debug)]
pub struct About {
    /// The service's name, `service.name`.
    pub service: String,
    /// This process among those of its service, `service.instance.id`.
    pub instance: String,
    /// What else its operator says of it.
    pub attributes: Vec<(String, String)>,
}

impl About {
    /// What an operator says about the version, or whatever else is known here too, is believed.
    fn resource(&self) -> Resource {
        let known = [
            ("service.name", self.service.as_str()),
            ("service.instance.id", self.instance.as_str()),
            ("service.version", env!("CARGO_PKG_VERSION")),
        ];
        let is_free = |name: &str| !self.attributes.iter().any(|(said, _)| said == name);
        let known = known.into_iter().filter(|(name, _)| *name == "service.name" || is_free(name));
        let said = self.attributes.iter().filter(|(name, _)| name != "service.name");
        let attributes = known
            .map(|(name, value)| attribute(name, text(value.to_owned())))
            .chain(said.map(|(name, value)| attribute(name, text(value.clone()))));
        Resource { attributes: attributes.collect(), ..Resource::default() }
    }
}

/// These spans as one request.
pub(crate) fn traces(about: &About, spans: &[Span]) -> Bytes {
    let spans = ScopeSpans {
        scope: Some(scope()),
        spans: spans.iter().map(wire_span).collect(),
        schema_url: SCHEMA.to_owned(),
    };
    let all = ResourceSpans {
        resource: Some(about.resource()),
        scope_spans: vec![spans],
        schema_url: SCHEMA.to_owned(),
    };
    ExportTraceServiceRequest { resource_spans: vec![all] }.encode_to_vec().into()
}

/// These numbers as one request: sums since `began`, as of `now`.
pub(crate) fn metrics(about: &About, families: &[Family], (began, now): (Timestamp, Timestamp)) -> Bytes {
    let of = families.iter().filter(|family| !family.points.is_empty());
    let metrics = ScopeMetrics {
        scope: Some(scope()),
        metrics: of.map(|family| wire_metric(family, (nanos(began), nanos(now)))).collect(),
        schema_url: SCHEMA.to_owned(),
    };
    let all = ResourceMetrics {
        resource: Some(about.resource()),
        scope_metrics: vec![metrics],
        schema_url: SCHEMA.to_owned(),
    };
    ExportMetricsServiceRequest { resource_metrics: vec![all] }.encode_to_vec().into()
}

/// How many spans the collector did not want, as its answer says; one that cannot be read took all.
pub(crate) fn rejected_spans(answer: Bytes) -> u64 {
    let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0)
}

/// How many numbers the collector did not want, likewise.
pub(crate) fn rejected_points(answer: Bytes) -> u64 {
    let partial = ExportMetricsServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_data_points).ok()).unwrap_or(0)
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "claviger".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

fn wire_span(span: &Span) -> wire::Span {
    let kind = match span.side {
        Side::Server => SpanKind::Server,
        Side::Client => SpanKind::Client,
    };
    let of_parent = match span.parent {
        Some(parent) if parent.is_remote => HAS_IS_REMOTE | IS_REMOTE,
        _ => HAS_IS_REMOTE,
    };
    let status = span.has_failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() });
    wire::Span {
        trace_id: span.context.trace.to_bytes(),
        span_id: span.context.span.to_bytes(),
        parent_span_id: span.parent.map(|parent| parent.span.to_bytes()).unwrap_or_default(),
        flags: u32::from(span.context.is_sampled) | of_parent,
        name: span.name.clone(),
        kind: kind.into(),
        start_time_unix_nano: nanos(span.began),
        // A clock that was set back meanwhile makes a span of no length, not one that ends before it begins.
        end_time_unix_nano: nanos(span.ended.max(span.began)),
        attributes: span.attributes.iter().map(|(name, said)| attribute(name, wire_value(said))).collect(),
        status,
        ..wire::Span::default()
    }
}

fn wire_value(said: &Said) -> AnyValue {
    match said {
        Said::Text(Cow::Borrowed(said)) => text((*said).to_owned()),
        Said::Text(Cow::Owned(said)) => text(said.clone()),
        Said::Number(number) => AnyValue { value: Some(Any::IntValue(*number)) },
    }
}

fn wire_metric(family: &Family, times: (u64, u64)) -> Metric {
    let instrument = family.instrument;
    let data = match instrument.kind {
        Kind::Counter => metric::Data::Sum(Sum {
            data_points: number_points(family, times),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        }),
        Kind::Gauge => metric::Data::Gauge(Gauge { data_points: number_points(family, times) }),
        Kind::Histogram => metric::Data::Histogram(Histogram {
            data_points: histogram_points(family, times),
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
        }),
    };
    Metric {
        name: instrument.name.to_owned(),
        description: instrument.help.to_owned(),
        unit: instrument.unit.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn number_points(family: &Family, (began, now): (u64, u64)) -> Vec<NumberDataPoint> {
    let points = family.points.iter().filter_map(|point| {
        let number = match point.value {
            Value::Count(number) | Value::Level(number) => {
                number_data_point::Value::AsInt(i64::try_from(number).unwrap_or(i64::MAX))
            }
            Value::Lasting(time) => number_data_point::Value::AsDouble(time.as_secs_f64()),
            Value::Latency(_) => return None,
        };
        Some(NumberDataPoint {
            attributes: labels(family, point),
            start_time_unix_nano: began,
            time_unix_nano: now,
            value: Some(number),
            ..NumberDataPoint::default()
        })
    });
    points.collect()
}

fn histogram_points(family: &Family, (began, now): (u64, u64)) -> Vec<HistogramDataPoint> {
    let points = family.points.iter().filter_map(|point| {
        let Value::Latency(latency) = point.value else { return None };
        Some(HistogramDataPoint {
            attributes: labels(family, point),
            start_time_unix_nano: began,
            time_unix_nano: now,
            count: latency.count(),
            sum: Some(latency.sum as f64 / 1_000_000.0),
            bucket_counts: latency.buckets.to_vec(),
            explicit_bounds: Latency::BOUNDS.iter().map(|millis| *millis as f64 / 1_000.0).collect(),
            ..HistogramDataPoint::default()
        })
    });
    points.collect()
}

fn labels(family: &Family, point: &Point) -> Vec<KeyValue> {
    let labels = family.instrument.labels.iter().zip(&point.labels);
    labels.map(|(name, value)| attribute(name, text(value.clone()))).collect()
}

fn attribute(name: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(value), ..KeyValue::default() }
}

fn text(text: String) -> AnyValue {
    AnyValue { value: Some(Any::StringValue(text)) }
}

/// Nanoseconds since the Unix epoch; a clock that was never set says zero.
fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.micros()).unwrap_or(0).saturating_mul(1_000)
}
