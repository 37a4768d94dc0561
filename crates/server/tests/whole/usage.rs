//! Usage and metrics, as operators read them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use claviger_domain::Timestamp;
use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::client::eventually;
use crate::house::House;
use crate::server::Server;

/// The parser of the project that defines the format.
const PARSER: &str = "prometheus-client==0.22.1";
const PARSE: &str = "\
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
families = list(families)
samples = [[s.name, s.labels, s.value] for f in families for s in f.samples]
print(json.dumps({'families': [[f.name, f.type] for f in families], 'samples': samples}))";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any machine needs to install one small package.
const INSTALLING: Duration = Duration::from_secs(300);

/// The day on which the server makes a key now, and those beside it.
async fn around_now(server: &Server) -> String {
    let answer = server.manage("GET /v1/keys?limit=1").send().await.json();
    let now = Timestamp::parse_rfc3339(answer["data"][0]["created_at"].as_str().unwrap()).unwrap();
    format!("from={}&to={}", now.minus(DAY), now.plus(DAY))
}

async fn by(server: &Server, part: &str) -> Vec<(String, u64)> {
    let target = format!("GET /v1/usage?{}&grain=day&api=my-api&by={part}", around_now(server).await);
    let answer = server.manage(&target).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut sums = std::collections::BTreeMap::new();
    for sum in answer.json()["data"].as_array().unwrap() {
        *sums.entry(sum["part"].as_str().unwrap().to_owned()).or_insert(0) +=
            sum["requests"].as_u64().unwrap();
    }
    sums.into_iter().collect()
}

async fn total(server: &Server) -> u64 {
    by(server, "status").await.into_iter().map(|(_, requests)| requests).sum()
}

async fn python() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prometheus");
    let python = folder.join("bin/python");
    if !folder.join("installed").exists() {
        let run = async |program: &Path, words: &[&str]| {
            let output = Command::new(program).args(words).stdin(Stdio::null()).output();
            let output = tokio::time::timeout(INSTALLING, output).await.unwrap().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        run(Path::new("python3"), &["-m", "venv", folder.to_str().unwrap()]).await;
        run(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PARSER]).await;
        std::fs::write(folder.join("installed"), PARSER).unwrap();
    }
    python
}

/// What the parser finds in `/metrics`.
#[derive(serde::Deserialize)]
pub(crate) struct Metrics {
    /// Names and types.
    pub(crate) families: Vec<(String, String)>,
    /// Names, labels and values.
    samples: Vec<(String, Value, f64)>,
}

pub(crate) async fn read_metrics(server: &Server) -> Metrics {
    let answer = server.manage("GET /metrics").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let mut child = Command::new(python().await)
        .args(["-c", PARSE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answer.text().as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), answer.text());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_the_gateway_and_verdicts_are_counted_and_told_apart() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    for _ in 0..3 {
        let answer = server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(server.call("GET my-api.localhost/v1/things").send().await.status, 401);
    assert_eq!(server.verify("my-api", &key.text).await["code"], "VALID");
    eventually("five requests are counted", async || total(&server).await == 5).await;
    let named = |name: &str, count| (name.to_owned(), count);
    // A verdict has no status: what became of the request, only its own server knows.
    assert_eq!(by(&server, "status").await, [named("0", 1), named("200", 3), named("401", 1)]);
    assert_eq!(by(&server, "reason").await, [named("", 4), named("missing", 1)]);
    assert_eq!(by(&server, "credential").await, [named("", 1), named(&key.id, 4)]);

    let of_key = async |query: &str| {
        let of = format!("GET /v1/usage?{}&credential={}{query}", around_now(&server).await, key.id);
        server.manage(&of).send().await
    };
    let networks = of_key("&grain=day&by=network").await.json();
    let told = |sum: &Value| (sum["part"].as_str().map(str::to_owned), sum["requests"].as_u64());
    // The verdict was asked for without an address.
    let seen: Vec<_> = networks["data"].as_array().unwrap().iter().map(told).collect();
    let mut all = std::collections::BTreeMap::new();
    for (network, requests) in seen {
        *all.entry(network).or_insert(0) += requests.unwrap_or_default();
    }
    let named = |name: &str, requests| (Some(name.to_owned()), requests);
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [named("", 1), named("127.0.0.0/24", 3)]);
    let by_minute = of_key("&grain=minute&by=network").await;
    assert_eq!(by_minute.status, 400, "{by_minute:?}");

    let samples = read_metrics(&server).await.samples;
    let requests = |status: &str, reason: &str| {
        let labels = json!({"api": "my-api", "status": status, "reason": reason});
        let found = samples.iter().find(|(name, of, _)| name == "claviger_requests_total" && *of == labels);
        found.map(|(_, _, value)| *value)
    };
    assert_eq!(
        (requests("200", ""), requests("401", "missing"), requests("", "")),
        (Some(3.0), Some(1.0), Some(1.0))
    );
    let timed = samples.iter().find(|(name, ..)| name == "claviger_request_duration_seconds_count");
    assert_eq!(timed.map(|(_, _, value)| *value), Some(4.0));
    let of_webhooks = |name: &str, labels: Value| {
        let found = samples.iter().find(|(found, of, _)| found == name && *of == labels);
        found.map(|(_, _, value)| *value)
    };
    for outcome in ["delivered", "failed", "given_up"] {
        let count = of_webhooks("claviger_webhook_attempts_total", json!({"outcome": outcome}));
        assert_eq!(count, Some(0.0), "{outcome}");
    }
    for name in ["claviger_webhook_messages_waiting", "claviger_webhook_oldest_waiting_seconds"] {
        assert_eq!(of_webhooks(name, json!({})), Some(0.0), "{name}");
    }
    let nobody = server.call("GET 127.0.0.1/metrics").send().await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_no_count_that_was_written() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    for _ in 0..20 {
        server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await;
    }
    // What the metrics have, the flush of that second has written, or the next one will.
    eventually("twenty requests are flushed", async || {
        let text = server.manage("GET /metrics").send().await.text().to_owned();
        text.contains(r#"claviger_requests_total{api="my-api",status="200",reason=""} 20"#)
    })
    .await;
    server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await;
    eventually("the one after them is flushed", async || {
        let text = server.manage("GET /metrics").send().await.text().to_owned();
        text.contains(r#"claviger_requests_total{api="my-api",status="200",reason=""} 21"#)
    })
    .await;
    server.kill();
    let server = house.serve().await;
    eventually("the first twenty are counted", async || total(&server).await >= 20).await;
    assert!(total(&server).await <= 21, "nothing is counted twice");
}

#[tokio::test]
async fn what_cannot_be_asked_is_said_with_the_parameter_to_mend() {
    let upstream = Upstream::echoing().await.unwrap();
    let server = House::new(upstream.address()).await.serve().await;
    let asked = [
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z&grain=day", "to"),
        ("from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&grain=minute", "grain"),
        ("from=yesterday&to=2026-01-01T00:00:00Z&grain=day", "from"),
        ("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&grain=week", "grain"),
        ("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&grain=day&by=address", "by"),
        ("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&grain=day&by=network", "credential"),
    ];
    for (query, parameter) in asked {
        let answer = server.manage(&format!("GET /v1/usage?{query}")).send().await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}: {answer:?}");
    }
}
