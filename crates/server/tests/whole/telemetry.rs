//! What the server tells of itself, as a collector and a scraper get it: every documented name, and no secret.

mod collector;
mod documented;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use claviger_testkit::upstream::Upstream;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::collector::{Collector, said};
use crate::client::{PATIENCE, eventually};
use crate::house::House;
use crate::server::{Key, Server};
use crate::usage::read_metrics;

/// A caller's span that records.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLERS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const DASHBOARD: &str = include_str!("../../../../docs/grafana/claviger.json");

const PROMQL: &str = "promql-parser==0.12.0";
/// Reads expressions, one a line of JSON, and writes the names of the numbers that each asks for.
const NAMES: &str = "\
import json, sys, promql_parser as p
def names(e):
    if isinstance(e, p.VectorSelector): return [e.name]
    if isinstance(e, p.MatrixSelector): return [e.vector_selector.name]
    if isinstance(e, p.BinaryExpr): return names(e.lhs) + names(e.rhs)
    if isinstance(e, p.Call): return [n for a in e.args for n in names(a)]
    if isinstance(e, (p.NumberLiteral, p.StringLiteral)): return []
    return names(e.expr)
print(json.dumps([names(p.parse(e)) for e in json.load(sys.stdin)]))";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that sends to this collector.
async fn serve(collector: &Collector, upstream: &Upstream) -> (House, Server) {
    let house = House::new(upstream.address()).await;
    let house = house
        .with("TELEMETRY__OTLP", format!("http://{}", collector.address))
        .with("TELEMETRY__HEADERS", "authorization=Basic%20hush-hush")
        .with("TELEMETRY__INTERVAL", "1s")
        // Nothing listens there.
        .with("APIS__MY-API__UPSTREAMS__TEST", "http://127.0.0.1:9");
    let server = house.serve().await;
    (house, server)
}

async fn ask(server: &Server, key: &Key, path: &str) -> crate::client::Answer {
    let call = server.call(&format!("GET my-api.localhost{path}")).bearer(&key.text);
    call.header("traceparent", CALLERS).header("tracestate", "a=b").send().await
}

/// The one span of this request.
async fn span_of(collector: &Collector, request_id: &str) -> Span {
    let of_request = |span: &Span| said(span, "claviger.request_id").is_some_and(|found| found == request_id);
    eventually("the request's span", async || collector.spans().iter().any(of_request)).await;
    let mut found: Vec<Span> = collector.spans().into_iter().filter(of_request).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_trace_of_a_request_from_its_caller_to_its_upstream() {
    let collector = Collector::start().await;
    let mut upstream = Upstream::echoing().await.unwrap();
    let (_house, server) = serve(&collector, &upstream).await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let answer = ask(&server, &key, "/v1/things?pin=in-the-query").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let request = span_of(&collector, answer.request_id()).await;
    assert_eq!(hex(&request.trace_id), TRACE);
    assert_eq!(hex(&request.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(request.kind, SpanKind::Server as i32);
    assert!(request.name.starts_with("GET /"), "{}", request.name);
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("server.address", "my-api.localhost"),
        ("url.scheme", "http"),
        ("client.address", "127.0.0.1"),
        ("claviger.api", "my-api"),
        ("claviger.decision", "allow"),
    ] {
        assert_eq!(said(&request, name).as_deref(), Some(value), "{name}");
    }
    let spans = collector.spans();
    let asked = spans.iter().find(|span| span.parent_span_id == request.span_id).unwrap();
    assert_eq!((hex(&asked.trace_id).as_str(), asked.kind), (TRACE, SpanKind::Client as i32));
    assert!(asked.start_time_unix_nano >= request.start_time_unix_nano);
    assert!(asked.end_time_unix_nano <= request.end_time_unix_nano);
    let seen = timeout(PATIENCE, upstream.next_request()).await.unwrap().unwrap();
    let expected = format!("00-{TRACE}-{}-01", hex(&asked.span_id));
    assert_eq!(seen.header("traceparent"), Some(expected.as_str()));
    assert_eq!(seen.header("tracestate"), Some("a=b"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_a_request_waits_for_is_a_part_of_its_trace() {
    let collector = Collector::start().await;
    let upstream = Upstream::echoing().await.unwrap();
    let (_house, server) = serve(&collector, &upstream).await;
    let workspace = server.workspace().await;
    let name = "in-the-database";
    let make = |traceparent: &'static str| {
        let call = server.manage("POST /v1/keys").header("traceparent", traceparent);
        let new = json!({"api": "my-api", "workspace": workspace, "environment": "live", "name": name});
        call.json(&new).send()
    };
    let unsampled = CALLERS.replace("-01", "-00").leak();
    assert_eq!(make(unsampled).await.status, 201);
    let made = make(CALLERS).await;
    assert_eq!(made.status, 201, "{made:?}");
    let request = span_of(&collector, made.request_id()).await;
    let of_trace = |span: &Span| hex(&span.trace_id) == TRACE && span.span_id != request.span_id;
    let writes: Vec<Span> = collector.spans().into_iter().filter(of_trace).collect();
    let [write] = &writes[..] else {
        panic!("one write, and none of the request without a span: {writes:?}")
    };
    assert_eq!(write.parent_span_id, request.span_id);
    assert_eq!((write.name.as_str(), write.kind), ("COMMIT", SpanKind::Client as i32));
    assert_eq!(said(write, "db.system.name").as_deref(), Some("sqlite"));
    assert_eq!(said(write, "db.operation.name").as_deref(), Some("COMMIT"));
    assert!(write.start_time_unix_nano >= request.start_time_unix_nano);
    assert!(write.end_time_unix_nano <= request.end_time_unix_nano);
    assert!(!collector.everything().contains(name), "no value is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_and_numbers_have_the_documented_names_and_nothing_secret_in_them() {
    let collector = Collector::start().await;
    let upstream = Upstream::echoing().await.unwrap();
    let (_house, server) = serve(&collector, &upstream).await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let wrong = format!("{}x", key.text);
    for _ in 0..3 {
        assert_eq!(ask(&server, &key, "/v1/things?pin=in-the-query").await.status, 200);
    }
    let junk = server.call("POST my-api.localhost/v1/in-the-path").bearer(&wrong).body("in-the-body");
    let refused = junk.header("x-note", "in-the-header").send().await;
    assert_eq!(refused.status, 401);
    assert_eq!(server.verify("my-api", &key.text).await["code"], "VALID");
    assert_eq!(server.verify("my-api", &wrong).await["valid"], false);
    let nowhere = server.key("my-api", &json!({"scopes": ["read"], "environment": "test"})).await;
    let failed = ask(&server, &nowhere, "/v1/things").await;
    assert_eq!(failed.status, 502);

    let span = span_of(&collector, refused.request_id()).await;
    assert_eq!(said(&span, "claviger.decision").as_deref(), Some("deny"));
    assert_eq!(said(&span, "claviger.reason").as_deref(), Some("malformed"));
    let span = span_of(&collector, failed.request_id()).await;
    assert_eq!(said(&span, "error.type").as_deref(), Some("502"));
    eventually("the spans of verdicts", async || {
        let routes = collector.spans();
        let verdicts = routes.iter().filter(|span| said(span, "http.route").as_deref() == Some("/v1/verify"));
        let decisions: BTreeSet<_> = verdicts.filter_map(|span| said(span, "claviger.decision")).collect();
        decisions == BTreeSet::from(["allow".to_owned(), "deny".to_owned()])
    })
    .await;
    let names: BTreeSet<String> =
        collector.spans().iter().flat_map(|span| &span.attributes).map(|a| a.key.clone()).collect();
    assert_eq!(names, documented::attributes());

    eventually("the numbers of all requests", async || collector.number("claviger.requests") == 7).await;
    assert_eq!(collector.number("claviger.nodes"), 1);
    let numbers = documented::numbers();
    let of_documentation: BTreeSet<&str> = numbers.iter().map(|number| number.name.as_str()).collect();
    let (sent, units) = collector.instruments();
    let unknown: Vec<&String> =
        sent.iter().filter(|name| !of_documentation.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "not documented: {unknown:?}");
    // What nothing happened to is not sent.
    let quiet = ["claviger.findings", "claviger.webhook.attempts", "claviger.clean_up.rows"];
    let unsent: BTreeSet<&str> = of_documentation
        .into_iter()
        .filter(|name| !sent.contains(*name) && !quiet.contains(name) && !name.contains(".shared."))
        .collect();
    assert!(unsent.is_empty(), "documented and not sent: {unsent:?}");
    for number in numbers.iter().filter(|number| sent.contains(&number.name)) {
        assert_eq!(units[&number.name], number.unit, "{}", number.name);
    }

    let everything = collector.everything();
    for secret in
        [&key.text, &server.token, "hush-hush", "in-the-query", "in-the-path", "in-the-body", "in-the-header"]
    {
        assert!(!everything.contains(secret), "{secret} was sent to the collector");
    }
    assert!(everything.contains(refused.request_id()), "the search finds what is there");
    assert!(collector.all_were_authorized("Basic hush-hush"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_hangs_slows_neither_requests_nor_the_end() {
    let hanging = Upstream::hanging().await.unwrap();
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let house = house
        .with("TELEMETRY__OTLP", format!("http://{}", hanging.address()))
        .with("TELEMETRY__TIMEOUT", "1h");
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    // More spans than the queue holds, of which each request makes two. One that waited for the collector would wait for
    // an hour, and its caller has less patience.
    for _ in 0..20 {
        let many = (0..150).map(|_| ask(&server, &key, "/v1/things"));
        let answers = futures_util::future::join_all(many).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    eventually("spans are dropped", async || {
        let text = server.manage("GET /metrics").send().await.text().to_owned();
        let line =
            text.lines().find(|line| line.starts_with("claviger_telemetry_spans_total{outcome=\"dropped\"}"));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .is_some_and(|dropped| dropped > 500)
    })
    .await;
    let began = Instant::now();
    let (code, log) = server.stop(Signal::TERM).await;
    assert_eq!(code, Some(0), "{log}");
    // Two seconds for what is left, and time for a busy machine.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(log.contains("the collector did not take everything before the end"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_spans_and_numbers_are_sent_before_the_end() {
    let collector = Collector::start().await;
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let endpoint = format!("http://{}", collector.address);
    let house = house.with("TELEMETRY__OTLP", endpoint).with("TELEMETRY__INTERVAL", "1h");
    let server = house.serve().await;
    let answer = server.call("GET my-api.localhost/v1/things").send().await;
    assert_eq!(answer.status, 401);
    let (code, log) = server.stop(Signal::TERM).await;
    assert_eq!(code, Some(0), "{log}");
    span_of(&collector, answer.request_id()).await;
    assert_eq!(collector.number("claviger.requests"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_documented_number_is_in_metrics_and_no_other() {
    let upstream = Upstream::echoing().await.unwrap();
    let server = House::new(upstream.address()).await.serve().await;
    server.call("GET my-api.localhost/v1/things").send().await;
    eventually("the request is counted", async || {
        let text = server.manage("GET /metrics").send().await.text().to_owned();
        text.contains("claviger_requests_total{")
    })
    .await;
    let found: BTreeMap<String, String> = read_metrics(&server).await.families.into_iter().collect();
    let name = |number: &documented::Number| {
        // A parser calls a counter by its name without the end that its samples have.
        let prometheus = number.prometheus.strip_suffix("_total").unwrap_or(&number.prometheus);
        (prometheus.to_owned(), number.kind.clone())
    };
    let documented: BTreeMap<String, String> = documented::numbers().iter().map(name).collect();
    assert_eq!(found, documented);
}

#[tokio::test]
async fn the_dashboard_asks_for_numbers_that_exist_in_expressions_that_prometheus_reads() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    assert!(dashboard["title"].is_string() && dashboard["uid"].is_string());
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "ids are unique");
    let places: BTreeSet<String> = panels.iter().map(|panel| panel["gridPos"].to_string()).collect();
    assert_eq!(places.len(), panels.len(), "no panel hides another");
    let targets: Vec<&Value> =
        panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten().collect();
    assert!(targets.iter().all(|target| target["datasource"]["uid"] == "${datasource}"));
    // What Grafana puts in for its own words before Prometheus sees it.
    let expression = |target: &&Value| target["expr"].as_str().unwrap().replace("$__rate_interval", "5m");
    let expressions: Vec<String> = targets.iter().map(expression).collect();
    let asked = documented::names_asked_for(PROMQL, NAMES, &expressions).await;
    let numbers = documented::numbers();
    let exists = |name: &str| {
        numbers.iter().any(|number| match number.kind.as_str() {
            "histogram" => {
                let part = name.strip_prefix(number.prometheus.as_str());
                part.is_some_and(|part| ["_bucket", "_sum", "_count"].contains(&part))
            }
            _ => number.prometheus == name,
        })
    };
    for (names, expression) in asked.iter().zip(&expressions) {
        assert!(!names.is_empty(), "{expression}");
        assert!(names.iter().all(|name| exists(name)), "{names:?} in {expression}");
    }
    let shown: BTreeSet<&String> = asked.iter().flatten().collect();
    for number in &numbers {
        let is_shown = shown.iter().any(|name| name.starts_with(number.prometheus.as_str()));
        assert!(is_shown, "nobody sees {}", number.prometheus);
    }
}
