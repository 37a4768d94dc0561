//! The API over an engine with a database of its own, and a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use claviger_api::{ApiState, CallContext};
use claviger_contract::{Directory, Installed};
use claviger_domain::{Actor, OperatorScope, OperatorScopes, Timestamp};
use claviger_engine::{
    Answered, Engine, Fetch, FetchError, FetchLimits, Fetched, Form, NewOperatorToken, Options, Outgoing,
    Parts,
};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_telemetry::Telemetry;
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A network in which nobody answers, and one host is inside.
struct Silent;

impl Fetch for Silent {
    fn get<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn get_picture<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }

    fn may_ask(&self, url: &str) -> bool {
        !url.contains("inside.example")
    }

    fn post_message<'f>(
        &'f self,
        _: &'f str,
        _: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async { Err(FetchError::Unreachable) })
    }
}

/// The API, and a token that may do everything.
pub(crate) struct Harness {
    router: Router,
    pub(crate) engine: Engine,
    pub(crate) clock: FakeClock,
    token: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// One whose options differ from the usual ones.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let engine = engine(&clock, change).await;
        let contract = claviger_contract::parse("sample.toml", include_str!("sample.toml")).unwrap().contract;
        let api = engine.install_policy(Arc::clone(contract.policy())).await.unwrap();
        let directory = Directory::new([Arc::new(Installed { api: api.id, contract })]).unwrap();
        let state = ApiState {
            engine: engine.clone(),
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            telemetry: Telemetry::off(),
        };
        let mut harness = Self { router: claviger_api::router(state), engine, clock, token: String::new() };
        harness.token = harness.token_with(OperatorScopes::all()).await;
        harness
    }

    /// A new operator token with these scopes.
    pub(crate) async fn token_with(&self, scopes: OperatorScopes) -> String {
        let new = NewOperatorToken { name: "test".parse().unwrap(), scopes, expires_at: None };
        let issued = self.engine.issue_operator_token(&Actor::LOCAL, None, new).await.unwrap();
        issued.text.expose().to_owned()
    }

    /// A new operator token with every scope that does not allow `scope`.
    pub(crate) async fn token_without(&self, scope: OperatorScope) -> String {
        let harmless =
            |other: &OperatorScope| ![*other].into_iter().collect::<OperatorScopes>().allows(scope);
        self.token_with(OperatorScope::ALL.into_iter().filter(harmless).collect()).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Reply {
        request.extensions_mut().insert(context());
        Reply::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends a request with this `Authorization`.
    pub(crate) async fn call_as(&self, authorization: Option<&str>, method: &str, path: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A request of the operator who may do everything.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let bearer = format!("Bearer {}", self.token);
        Request::builder().method(method).uri(path).header("authorization", bearer)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// An answer that is no JSON, with its headers.
    pub(crate) async fn download(&self, path: &str) -> (HeaderMap, String) {
        let mut request = self.request("GET", path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(context());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        assert_eq!(parts.status, 200);
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Posts without a body.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        self.send(self.request("POST", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(with_json(self.request("POST", path), &body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(with_json(self.request("PATCH", path), &body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(with_json(self.request("PUT", path), &body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request("DELETE", path).body(Body::empty()).unwrap()).await
    }

    /// Posts under an `Idempotency-Key`.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: Value) -> Reply {
        let request = self.request("POST", path).header("idempotency-key", key);
        self.send(with_json(request, &body)).await
    }

    /// A new workspace's id.
    pub(crate) async fn workspace(&self) -> String {
        let reply = self.post("/v1/workspaces", json!({"name": "Acme"})).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("/id")
    }

    /// A body that makes a live key with the scope `read`.
    pub(crate) async fn new_key(&self) -> Value {
        let workspace = self.workspace().await;
        json!({"api": "sample", "workspace": workspace, "environment": "live", "name": "k", "scopes": ["read"]})
    }

    /// Makes a key that differs from the usual one in these members.
    pub(crate) async fn key(&self, members: Value) -> Reply {
        let mut body = self.new_key().await;
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = self.post("/v1/keys", body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply
    }
}

/// What the server in front says of each call.
fn context() -> CallContext {
    CallContext { request_id: "req_test".into(), address: [127, 0, 0, 1].into() }
}

async fn engine(clock: &FakeClock, change: impl FnOnce(&mut Options)) -> Engine {
    // Nothing runs in the background here that would renew the lease.
    let mut options = Options { lease: Duration::from_secs(1 << 30), ..Options::default() };
    change(&mut options);
    let store = Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap();
    Engine::new(Parts {
        store,
        master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
        previous_masters: Vec::new(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(1)),
        mailer: Arc::new(claviger_engine::NoMail),
        fetch: Arc::new(Silent),
        options,
    })
    .unwrap()
}

pub(crate) fn with_json(request: http::request::Builder, body: &Value) -> Request<Body> {
    request.header("content-type", "application/json").body(body.to_string().into()).unwrap()
}

impl Reply {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        // What is done and has nothing to show has no body.
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(_) if bytes.is_empty() => Value::Null,
            Err(_) => Value::from(std::str::from_utf8(&bytes).unwrap()),
        };
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A text member by JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer}: {self:?}")).to_owned()
    }

    /// Asserts that it is this problem, in full form.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["request_id"], "req_test");
        assert_eq!(self.body["type"], format!("/problems/{}", code.replace('_', "-")));
        assert!(self.body["title"].is_string() && self.body["detail"].is_string());
        self
    }

    /// Asserts that the problem blames this part of the request.
    #[track_caller]
    pub(crate) fn blames(&self, place: &str, name: &str) {
        assert_eq!(self.body["errors"][0][place], name, "{self:?}");
    }
}
