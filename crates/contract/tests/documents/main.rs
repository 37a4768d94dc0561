//! What the five documents show, read and refused without a server.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is missing or odd here fails a test"
)]

mod brifle;
mod example;
mod propertybase;
mod redox;
mod redpin;

use std::sync::Arc;

use bytes::Bytes;
use claviger_contract::{Contract, Reading, RefusalContext, RequestView, parse};
use claviger_domain::{
    ApiId, CredentialKind, Denial, DenialReason, Environment, KindSet, Limit, LimitState, Presented,
    Principal, Timestamp, WorkspaceId,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};

/// 2026-01-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

fn contract(name: &str) -> Contract {
    contract_with(name, |text| text)
}

/// A shipped contract whose text was edited first.
fn contract_with(name: &str, edit: impl Fn(String) -> String) -> Contract {
    let path = format!("{}/../../contracts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = edit(std::fs::read_to_string(path).unwrap());
    parse(name, &text).unwrap_or_else(|d| panic!("\n{}", d.render(false))).contract
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines.iter().map(|(n, v)| (n.parse::<HeaderName>().unwrap(), HeaderValue::from_str(v).unwrap())).collect()
}

struct Request {
    method: Method,
    path: String,
    host: String,
    headers: HeaderMap,
}

/// `GET host/path` with some headers.
fn request(line: &str, lines: &[(&str, &str)]) -> Request {
    let (method, rest) = line.split_once(' ').unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    Request {
        method: method.parse().unwrap(),
        path: format!("/{path}"),
        host: host.into(),
        headers: headers(lines),
    }
}

impl Request {
    fn read<'r>(&'r self, contract: &'r Contract) -> Reading<'r> {
        let Self { method, path, host, headers } = self;
        contract.read(&RequestView { method, path, query: None, headers, host, address: None }).unwrap()
    }
}

fn kinds(names: &[CredentialKind]) -> KindSet {
    names.iter().copied().collect()
}

fn text_of(presented: Presented<'_>) -> (String, KindSet) {
    match presented {
        Presented::Text { bytes, kinds } => (String::from_utf8(bytes.to_vec()).unwrap(), kinds),
        other => panic!("{other:?}"),
    }
}

fn context<'c>(host: &'c str, limits: &'c [LimitState]) -> RefusalContext<'c> {
    RefusalContext { request_id: "req_1", now: NOW, limits, host }
}

fn refuse(contract: &Contract, reason: DenialReason) -> Response<Bytes> {
    refuse_denial(contract, &Denial::new(reason))
}

fn refuse_denial(contract: &Contract, denial: &Denial) -> Response<Bytes> {
    contract.refuse(denial, &context(&contract.hosts()[0].name, &[]))
}

fn lacking(scope: &str) -> Denial {
    let mut denial = Denial::new(DenialReason::InsufficientScope);
    denial.required_scopes = Arc::from([scope.parse().unwrap()]);
    denial
}

/// The limit of this name, used up for ten seconds.
fn used_up(name: &str, requests: u32, per_seconds: u32) -> LimitState {
    let (requests, per_seconds) = (requests.try_into().unwrap(), per_seconds.try_into().unwrap());
    let limit = Limit::even(name.parse().unwrap(), requests, per_seconds);
    let at = Timestamp::from_seconds(NOW.seconds() + 10);
    LimitState { limit: Arc::new(limit), remaining: 0, reset_at: at, retry_at: Some(at) }
}

fn body(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn header<'r>(response: &'r Response<Bytes>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |v| v.to_str().unwrap())
}

/// A body as a document prints it, over several lines, in the one line it has on the wire.
fn one_line(shown: &str) -> String {
    serde_json::from_str::<serde_json::Value>(shown).unwrap().to_string()
}

fn principal(kind: CredentialKind) -> Principal {
    Principal {
        api: ApiId::from_uuid(uuid::Uuid::nil()),
        workspace: WorkspaceId::from_uuid(uuid::Uuid::nil()),
        kind,
        credential: "key_1".into(),
        version: None,
        subject: None,
        client: None,
        scopes: ["read:leads".parse().unwrap()].into_iter().collect(),
        environment: Environment::Live,
        expires_at: None,
        belongings: claviger_domain::Belongings::new(),
    }
}

const ALL: [&str; 5] = ["redpin", "example", "propertybase", "brifle", "redox"];

#[test]
fn every_refusal_of_every_contract_keeps_the_rules_of_http() {
    for name in ALL {
        let contract = contract(name);
        for reason in DenialReason::ALL {
            let response = refuse(&contract, reason);
            let status = response.status().as_u16();
            let case = format!("{name} {reason:?}: {response:?}");
            assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok(), "{case}");
            assert_eq!(header(&response, "cache-control"), "no-store", "{case}");
            assert_eq!(header(&response, "x-request-id"), "req_1", "{case}");
            // What is bound to a key is challenged in the scheme that proves it (RFC 9449 section 7.1).
            let scheme = if reason == DenialReason::Unproved { "DPoP" } else { "Bearer" };
            let challenge = header(&response, "www-authenticate");
            assert!(status != 401 || challenge.starts_with(&format!("{scheme} realm=")), "{case}");
            assert_eq!(status == 429, !header(&response, "retry-after").is_empty(), "{case}");
        }
        for fault in claviger_contract::Fault::ALL {
            let response = contract.fault(fault, "req_1");
            assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok(), "{name} {fault:?}");
            assert_eq!(header(&response, "x-request-id"), "req_1");
        }
        let statuses: Vec<u16> =
            claviger_contract::Fault::ALL.iter().map(|f| contract.fault(*f, "r").status().as_u16()).collect();
        assert_eq!(statuses, [400, 413, 431, 408, 400, 502, 504, 503, 500], "{name}");
    }
}

#[test]
fn unknown_revoked_and_malformed_look_alike_in_every_contract() {
    for name in ALL {
        let contract = contract(name);
        let shown = |reason| format!("{:?}", refuse(&contract, reason));
        let unknown = shown(DenialReason::Unknown);
        for reason in [
            DenialReason::Revoked,
            DenialReason::Malformed,
            DenialReason::Disabled,
            DenialReason::NotYetValid,
        ] {
            assert_eq!(shown(reason), unknown, "{name} {reason:?}");
        }
    }
}

#[test]
fn an_unlisted_path_is_known_as_such_and_two_credentials_are_seen() {
    for name in ALL {
        let contract = contract(name);
        let request = request(
            &format!("GET {name}.localhost:8080/nowhere"),
            &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
        );
        let reading = request.read(&contract);
        assert_eq!(reading.presented(), Presented::Multiple, "{name}");
        assert!(!reading.facts().route_known, "{name}");
        assert_eq!(refuse(&contract, DenialReason::Multiple).status(), 400, "{name}");
        assert_eq!(refuse(&contract, DenialReason::InQuery).status(), 400, "{name}");
        assert_eq!(refuse(&contract, DenialReason::UnknownRoute).status(), 404, "{name}");
    }
}
