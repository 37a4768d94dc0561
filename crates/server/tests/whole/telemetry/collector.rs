//! A collector that takes everything and keeps it, reading messages by the types of OpenTelemetry.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, metric, number_data_point};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Got = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// A collector on a port of its own, until it is dropped.
pub(super) struct Collector {
    pub(super) address: SocketAddr,
    got: Got,
    serving: JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = Got::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&got));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, got, serving }
    }

    fn bodies(&self, path: &str) -> Vec<Bytes> {
        let got = self.got.lock().unwrap();
        got.iter().filter(|(found, ..)| found == path).map(|(.., body)| body.clone()).collect()
    }

    /// Every span so far.
    pub(super) fn spans(&self) -> Vec<Span> {
        let requests = self.bodies("/v1/traces").into_iter().map(|body| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            request.resource_spans.into_iter().flat_map(|of| of.scope_spans).flat_map(|of| of.spans)
        });
        requests.flatten().collect()
    }

    /// The numbers as they were sent last.
    fn metrics(&self) -> Vec<Metric> {
        let Some(last) = self.bodies("/v1/metrics").pop() else { return Vec::new() };
        let request = ExportMetricsServiceRequest::decode(last).unwrap();
        request
            .resource_metrics
            .into_iter()
            .flat_map(|of| of.scope_metrics)
            .flat_map(|of| of.metrics)
            .collect()
    }

    /// The names of all numbers that were ever sent, and their units.
    pub(super) fn instruments(&self) -> (BTreeSet<String>, BTreeMap<String, String>) {
        let units: BTreeMap<String, String> =
            self.metrics().into_iter().map(|metric| (metric.name, metric.unit)).collect();
        (units.keys().cloned().collect(), units)
    }

    /// The sum of an instrument's numbers, as they were sent last; 0 where there are none.
    pub(super) fn number(&self, name: &str) -> i64 {
        let metrics = self.metrics();
        let points: &[NumberDataPoint] = match metrics.iter().find(|metric| metric.name == name) {
            None => &[],
            Some(metric) => match metric.data.as_ref().unwrap() {
                metric::Data::Sum(sum) => {
                    assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "{sum:?}");
                    &sum.data_points
                }
                metric::Data::Gauge(gauge) => &gauge.data_points,
                other => panic!("{name}: {other:?}"),
            },
        };
        let of_point = |point: &NumberDataPoint| match point.value {
            Some(number_data_point::Value::AsInt(number)) => number,
            ref other => panic!("{name}: {other:?}"),
        };
        points.iter().map(of_point).sum()
    }

    /// Every byte that was sent, as far as it is text.
    pub(super) fn everything(&self) -> String {
        let got = self.got.lock().unwrap();
        got.iter().map(|(.., body)| String::from_utf8_lossy(body).into_owned()).collect()
    }

    /// Whether each message had these credentials, and said what it is.
    pub(super) fn all_were_authorized(&self, credentials: &str) -> bool {
        let got = self.got.lock().unwrap();
        let is_good = |headers: &HeaderMap| {
            headers["authorization"] == credentials && headers["content-type"] == "application/x-protobuf"
        };
        !got.is_empty() && got.iter().all(|(_, headers, _)| is_good(headers))
    }
}

async fn take(State(got): State<Got>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    got.lock().unwrap().push((head.uri.path().to_owned(), head.headers, body));
    StatusCode::OK
}

/// The value of an attribute as text.
pub(super) fn said(span: &Span, name: &str) -> Option<String> {
    let mut of_name = span.attributes.iter().filter(|attribute| attribute.key == name);
    let found = of_name.next()?;
    assert!(of_name.next().is_none(), "{name} is said twice");
    Some(match found.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => text.clone(),
        Any::IntValue(number) => number.to_string(),
        other => panic!("{name}: {other:?}"),
    })
}
