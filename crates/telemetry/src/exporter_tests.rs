use super::*;

use std::net::Ipv4Addr;
use std::sync::Mutex;

use claviger_domain::DenialReason;
use claviger_testkit::FakeClock;
use claviger_testkit::SeededEntropy;
use http::{HeaderMap, HeaderValue, Method, Version};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1 as wire;
use prost::Message as _;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::instrument::{self as are, Point, Value};
use crate::span::{Caller, RequestSpan};

const CALLERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What a collector does with each message, in turn; the last of it for ever.
#[derive(Clone, Copy)]
enum Turn {
    Takes,
    TakesAllBut(i64),
    Refuses,
    AsksForPatience(Duration),
    Hangs,
}

struct Collector {
    turns: Mutex<Vec<Turn>>,
    got: Mutex<Vec<(Signal, Bytes, Instant)>>,
}

impl Collector {
    fn new(turns: &[Turn]) -> Arc<Self> {
        Arc::new(Self { turns: Mutex::new(turns.to_vec()), got: Mutex::default() })
    }

    fn turn(&self) -> Turn {
        let mut turns = self.turns.lock().unwrap();
        if turns.len() > 1 { turns.remove(0) } else { turns[0] }
    }

    /// When spans came, and how many.
    fn batches(&self) -> Vec<(Instant, usize)> {
        let got = self.got.lock().unwrap();
        let traces = got.iter().filter(|(signal, ..)| *signal == Signal::Traces);
        traces.map(|(_, body, at)| (*at, spans_of(body).len())).collect()
    }

    fn spans(&self) -> Vec<wire::Span> {
        let got = self.got.lock().unwrap();
        let traces = got.iter().filter(|(signal, ..)| *signal == Signal::Traces);
        traces.flat_map(|(_, body, _)| spans_of(body)).collect()
    }
}

fn spans_of(body: &Bytes) -> Vec<wire::Span> {
    let request = ExportTraceServiceRequest::decode(body.clone()).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|of| of.scope_spans);
    scopes.flat_map(|of| of.spans).collect()
}

impl Deliver for Collector {
    fn deliver(&self, signal: Signal, body: Bytes) -> BoxFuture<'_, Result<Bytes, DeliveryError>> {
        // Only spans are counted in turns.
        let turn = if signal == Signal::Traces { self.turn() } else { Turn::Takes };
        self.got.lock().unwrap().push((signal, body, Instant::now()));
        Box::pin(async move {
            match turn {
                Turn::Takes => Ok(Bytes::new()),
                Turn::TakesAllBut(rejected_spans) => {
                    let partial = ExportTracePartialSuccess { rejected_spans, ..Default::default() };
                    let answer = ExportTraceServiceResponse { partial_success: Some(partial) };
                    Ok(answer.encode_to_vec().into())
                }
                Turn::Refuses => Err(DeliveryError::Refused(400)),
                Turn::AsksForPatience(pause) => Err(DeliveryError::Later { status: 503, pause: Some(pause) }),
                Turn::Hangs => std::future::pending().await,
            }
        })
    }
}

struct House {
    telemetry: Telemetry,
    collector: Arc<Collector>,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
}

fn house(turns: &[Turn], ratio: f64) -> House {
    let collector = Collector::new(turns);
    let about = About {
        service: "claviger".to_owned(),
        instance: "one".to_owned(),
        attributes: vec![("deployment.environment.name".to_owned(), "production".to_owned())],
    };
    let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_000)));
    let (telemetry, exporter) = Exporter::new(
        Arc::clone(&collector) as Arc<dyn Deliver>,
        about,
        (Sampling { ratio, follows_callers: true }, Duration::from_secs(60)),
        (clock, Arc::new(SeededEntropy::default())),
    );
    let (stop, stopped) = oneshot::channel::<()>();
    let numbers = || {
        let point = Point { labels: Vec::new(), value: Value::Level(2) };
        let family = Family { instrument: are::NODES, points: vec![point] };
        Box::pin(async move { vec![family] }) as BoxFuture<'static, Vec<Family>>
    };
    let running = tokio::spawn(exporter.run(numbers, async move { drop(stopped.await) }));
    House { telemetry, collector, stop, running }
}

impl House {
    fn begin(&self, traceparent: Option<&str>) -> RequestSpan {
        let mut headers = HeaderMap::new();
        if let Some(value) = traceparent {
            headers.insert("traceparent", HeaderValue::from_str(value).unwrap());
        }
        let caller = Caller {
            method: &Method::GET,
            version: Version::HTTP_11,
            is_secure: false,
            host: "api.example.com",
            address: Ipv4Addr::LOCALHOST.into(),
            request_id: "req_1",
        };
        self.telemetry.begin(&headers, caller).unwrap()
    }

    fn outcome(&self, word: &str) -> u64 {
        self.telemetry.deliveries().spans[word]
    }

    async fn end(self) -> Arc<Collector> {
        drop(self.stop);
        self.running.await.unwrap();
        self.collector
    }
}

fn said(span: &wire::Span, name: &str) -> Option<String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text.clone()),
        Any::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_continues_its_callers_trace_and_its_upstream_continues_ours() {
    let house = house(&[Turn::Takes], 0.0);
    let span = house.begin(Some(CALLERS));
    span.note_api("example");
    span.note_route("/v1/things/{id}");
    span.note_decision(None);
    let asked = span.ask(&Method::GET, &"http://10.0.0.5:3000/base".parse().unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("tracestate", HeaderValue::from_static("a=b"));
    asked.write(&mut headers);
    asked.end(Ok(200));
    span.end(200);
    let spans = house.end().await.spans();
    let [upstream, request] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(request.name, "GET /v1/things/{id}");
    assert_eq!(request.trace_id[..2], [0x4b, 0xf9]);
    assert_eq!(request.parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
    assert_eq!(
        (upstream.trace_id.clone(), &upstream.parent_span_id),
        (request.trace_id.clone(), &request.span_id)
    );
    let hex: String = upstream.span_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(headers["traceparent"], format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{hex}-01"));
    assert_eq!(headers["tracestate"], "a=b", "the caller's systems go on with it");
    assert_eq!(said(upstream, "server.port").as_deref(), Some("3000"));
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/v1/things/{id}"),
        ("http.response.status_code", "200"),
        ("url.scheme", "http"),
        ("server.address", "api.example.com"),
        ("client.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("claviger.api", "example"),
        ("claviger.decision", "allow"),
        ("claviger.request_id", "req_1"),
    ] {
        assert_eq!(said(request, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(said(request, "claviger.reason"), None);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_does_not_record_decides_for_us_too_and_the_upstream_hears_of_it() {
    let house = house(&[Turn::Takes], 1.0);
    let span = house.begin(Some(&CALLERS.replace("-01", "-00")));
    let asked = span.ask(&Method::GET, &"http://10.0.0.5/".parse().unwrap());
    let mut headers = HeaderMap::new();
    asked.write(&mut headers);
    asked.end(Err("timeout"));
    span.end(504);
    let text = headers["traceparent"].to_str().unwrap().to_owned();
    assert!(text.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && text.ends_with("-00"), "{text}");
    assert!(house.end().await.spans().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_its_reason_and_a_failure_its_kind() {
    let house = house(&[Turn::Takes], 1.0);
    let span = house.begin(None);
    span.note_decision(Some(DenialReason::Expired));
    span.end(401);
    let span = house.begin(Some("nonsense"));
    let asked = span.ask(&Method::GET, &"https://up.example/".parse().unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("tracestate", HeaderValue::from_static("a=b"));
    asked.write(&mut headers);
    assert!(!headers.contains_key("tracestate"), "it belongs to a trace that is not continued");
    asked.end(Err("unreachable"));
    span.end(502);
    let spans = house.end().await.spans();
    let [refused, upstream, failed] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(said(refused, "claviger.decision").as_deref(), Some("deny"));
    assert_eq!(said(refused, "claviger.reason").as_deref(), Some("expired"));
    assert_eq!((refused.name.as_str(), refused.status.is_none()), ("GET", true));
    assert!(refused.parent_span_id.is_empty());
    assert_ne!(refused.trace_id, failed.trace_id);
    assert_eq!(said(failed, "error.type").as_deref(), Some("502"));
    assert_eq!(said(upstream, "error.type").as_deref(), Some("unreachable"));
    assert_eq!(failed.status.as_ref().map(|status| status.code), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_share_of_the_traces_is_taken() {
    let house = house(&[Turn::Takes], 0.25);
    for _ in 0..2_000 {
        house.begin(None).end(200);
    }
    let taken = house.end().await.spans().len();
    assert!((400..600).contains(&taken), "{taken} of 2000");
}

#[tokio::test(start_paused = true)]
async fn what_a_hanging_collector_leaves_no_room_for_is_dropped_and_counted_and_the_end_is_not_held_up() {
    let house = house(&[Turn::Hangs], 1.0);
    let began = Instant::now();
    for _ in 0..10_000 {
        house.begin(None).end(200);
        tokio::task::yield_now().await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO, "nobody waited");
    let dropped = house.outcome("dropped");
    assert!((5_000..=6_000).contains(&dropped), "{dropped}");
    let telemetry = house.telemetry.clone();
    house.end().await;
    assert!(began.elapsed() <= AT_THE_END, "{:?}", began.elapsed());
    assert_eq!(telemetry.deliveries().spans["delivered"], 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_to_wait_is_sent_again_and_what_is_refused_is_not() {
    let wait = Duration::from_secs(5);
    let house = house(&[Turn::AsksForPatience(wait), Turn::Takes, Turn::Refuses, Turn::TakesAllBut(1)], 1.0);
    let send = async |count| {
        for _ in 0..count {
            house.begin(None).end(200);
        }
        sleep(Duration::from_secs(20)).await;
    };
    send(3).await;
    let batches = house.collector.batches();
    assert_eq!(batches.iter().map(|(_, spans)| *spans).collect::<Vec<_>>(), [3, 3]);
    assert_eq!(batches[1].0 - batches[0].0, wait);
    send(2).await;
    send(4).await;
    assert_eq!(
        ["delivered", "undelivered", "rejected", "dropped"].map(|word| house.outcome(word)),
        [3 + 3, 2, 1, 0]
    );
    assert_eq!(house.telemetry.deliveries().failures["traces"], 2);
}

#[tokio::test(start_paused = true)]
async fn numbers_are_sent_at_once_then_every_interval_and_at_the_end() {
    let house = house(&[Turn::Takes], 1.0);
    sleep(Duration::from_secs(61)).await;
    let collector = house.end().await;
    let got = collector.got.lock().unwrap();
    assert_eq!(got.len(), 3);
    let (_, body, _) = &got[0];
    let request = ExportMetricsServiceRequest::decode(body.clone()).unwrap();
    let of = &request.resource_metrics[0];
    let about: Vec<&str> =
        of.resource.as_ref().unwrap().attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(
        about,
        ["service.name", "service.instance.id", "service.version", "deployment.environment.name"]
    );
    let [metric] = &of.scope_metrics[0].metrics[..] else { panic!("{of:?}") };
    assert_eq!((metric.name.as_str(), metric.unit.as_str()), ("claviger.nodes", "{node}"));
}

#[test]
fn off_there_is_no_span_at_all() {
    let caller = Caller {
        method: &Method::GET,
        version: Version::HTTP_11,
        is_secure: false,
        host: "a",
        address: Ipv4Addr::LOCALHOST.into(),
        request_id: "req_1",
    };
    assert!(Telemetry::off().begin(&HeaderMap::new(), caller).is_none());
}
