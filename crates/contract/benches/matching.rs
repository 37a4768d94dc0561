//! How long a contract takes to read a request and to refuse one.

#![expect(clippy::expect_used, reason = "a benchmark without its contract cannot run")]

use claviger_contract::{Contract, RefusalContext, RequestView, parse};
use claviger_domain::{Denial, DenialReason, Timestamp};
use divan::{Bencher, black_box};
use http::{HeaderMap, HeaderValue, Method};

fn main() {
    divan::main();
}

fn contract(name: &str) -> Contract {
    let path = format!("{}/../../contracts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a shipped contract");
    parse(name, &text).expect("a good contract").contract
}

fn bearer() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("propertybase.localhost:8080"));
    headers.insert("user-agent", HeaderValue::from_static("bench/1"));
    headers.insert(
        "authorization",
        HeaderValue::from_static("Bearer pb_live_00000000000000000000000000000000abcdef"),
    );
    headers
}

/// From the parts of a request to what the engine is asked.
#[divan::bench(args = ["/v1/leads", "/v1/leads/42", "/v1/analytics/a/b/c", "/nowhere"])]
fn read(bencher: Bencher<'_, '_>, path: &str) {
    let contract = contract("propertybase");
    let headers = bearer();
    bencher.bench(|| {
        let view = RequestView {
            method: &Method::GET,
            path: black_box(path),
            query: None,
            headers: &headers,
            host: "propertybase.localhost:8080",
            address: None,
        };
        let reading = contract.read(&view).ok();
        reading.map(|reading| {
            (matches!(reading.presented(), claviger_domain::Presented::Nothing), reading.facts().cost)
        })
    });
}

#[divan::bench(args = ["redpin", "propertybase", "redox"])]
fn refuse(bencher: Bencher<'_, '_>, name: &str) {
    let contract = contract(name);
    let denial = Denial::new(DenialReason::Unknown);
    let context = RefusalContext {
        request_id: "req_1",
        now: Timestamp::from_seconds(0),
        limits: &[],
        host: "a.localhost",
    };
    bencher.bench(|| contract.refuse(black_box(&denial), &context));
}
