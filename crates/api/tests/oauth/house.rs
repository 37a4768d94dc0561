//! An API with users, its engine over a database in memory, and the door.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_api::{EndpointCall, OAuthEndpoints};
use claviger_contract::{Contract, Deployment, Installed};
use claviger_domain::Timestamp;
use claviger_engine::{Engine, Options, Parts};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use http::{HeaderMap, Request};
use http_body_util::Full;
use serde_json::Value;

pub(crate) const ISSUER: &str = "http://propertybase.localhost:8080";

/// The API and its door.
pub(crate) struct House {
    installed: Installed,
    door: OAuthEndpoints,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl House {
    /// With the shipped contract of this name.
    pub(crate) async fn of(name: &str) -> Self {
        let path = format!("{}/../../contracts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let contract =
            claviger_contract::parse(name, &std::fs::read_to_string(path).unwrap()).unwrap().contract;
        let issuer = Some(format!("http://{name}.localhost:8080"));
        let contract = contract.deployed(&Deployment { issuer, ..Deployment::default() }).unwrap();
        let engine = engine().await;
        let api = engine.install_policy(Arc::clone(contract.policy())).await.unwrap().id;
        Self { installed: Installed { api, contract }, door: OAuthEndpoints::new(engine) }
    }

    pub(crate) async fn new() -> Self {
        Self::of("propertybase").await
    }

    pub(crate) fn contract(&self) -> &Contract {
        &self.installed.contract
    }

    /// Sends `METHOD /path` with these fields and this body.
    pub(crate) async fn send(&self, line: &str, fields: &[(&str, &[u8])], body: &[u8]) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body))).unwrap();
        let host = self.contract().hosts()[0].name.clone();
        let endpoint = self.contract().find_endpoint(request.method(), request.uri().path(), &host).unwrap();
        assert!(OAuthEndpoints::serves(endpoint.purpose), "{line}");
        let address = [127, 0, 0, 1].into();
        let call = EndpointCall { installed: &self.installed, request_id: "req_test", address, host: &host };
        let (head, body) = self.door.serve(call, endpoint, request).await.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &[], b"").await
    }

    /// Posts a form.
    pub(crate) async fn post(&self, path: &str, form: &[u8]) -> Answer {
        let fields: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
        self.send(&format!("POST {path}"), &fields, form).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Asserts that it is this error of RFC 6749 section 5.2.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.json()["error"], code, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        assert_eq!(self.header("x-request-id"), "req_test");
    }
}

async fn engine() -> Engine {
    let store = Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap();
    Engine::new(Parts {
        store,
        master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
        previous_masters: Vec::new(),
        clock: Arc::new(FakeClock::at(Timestamp::from_seconds(1_800_000_000))),
        entropy: Arc::new(SeededEntropy::new(1)),
        mailer: Arc::new(claviger_engine::NoMail),
        fetch: Arc::new(claviger_engine::NoFetch),
        // Nothing runs in the background here that would renew the lease.
        options: Options { lease: Duration::from_secs(1 << 30), ..Options::default() },
    })
    .unwrap()
}
