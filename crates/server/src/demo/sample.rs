//! The demo's upstreams: one small API per contract and environment, as data says.
//!
//! What is changed stays so until the demo ends, or a reset of the test environment brings the first data back.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, on};
use axum::{Json, Router};
use claviger_domain::Environment;
use http::{Method, StatusCode, Uri};
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const DATA: &str = include_str!("sample.json");

/// Objects of one collection at most; the oldest go first.
const MOST: usize = 200;

type Object = Map<String, Value>;

/// What one contract's upstream answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(default)]
    collections: Vec<Collection>,
    #[serde(default)]
    answers: Vec<Answer>,
}

/// A list of objects: read whole, read one, add, replace, delete.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Collection {
    path: String,
    live: Vec<Object>,
    test: Vec<Object>,
}

/// One answer to one request. A text that is `{id}` becomes the path's id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(deserialize_with = "method")]
    method: Method,
    path: String,
    #[serde(default = "ok")]
    status: u16,
    live: Object,
    test: Object,
}

/// Why there are no upstreams.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleError {
    #[error("the built-in sample.json cannot be read")]
    Data(#[from] serde_json::Error),
    #[error("a sample upstream cannot listen")]
    Listen(#[from] std::io::Error),
    #[error("a sample upstream's address cannot be written as a URL")]
    Address(#[from] http::uri::InvalidUri),
}

/// One running upstream.
pub(super) struct Upstream {
    pub(super) api: String,
    pub(super) environment: Environment,
    pub(super) uri: Uri,
}

/// The running upstreams. They end when this is dropped.
pub(super) struct Sample {
    upstreams: Vec<Upstream>,
    stocks: Arc<Stocks>,
    _tasks: JoinSet<std::io::Result<()>>,
}

impl Sample {
    /// Starts them all, each on a port of its own.
    pub(super) async fn start() -> Result<Self, SampleError> {
        let data: IndexMap<String, Data> = serde_json::from_str(DATA)?;
        let (mut upstreams, mut stocks) = (Vec::new(), Stocks::default());
        let mut tasks = JoinSet::new();
        for (api, data) in &data {
            for environment in Environment::ALL {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                let uri = format!("http://{}", listener.local_addr()?).parse()?;
                upstreams.push(Upstream { api: api.clone(), environment, uri });
                let shelves = shelves(data, environment);
                tasks.spawn(axum::serve(listener, router(data, environment, &shelves)).into_future());
                if environment == Environment::Test {
                    stocks.0.insert(api.clone(), shelves);
                }
            }
        }
        Ok(Self { upstreams, stocks: Arc::new(stocks), _tasks: tasks })
    }

    pub(super) fn upstreams(&self) -> &[Upstream] {
        &self.upstreams
    }

    /// The data of the test environments.
    pub(super) fn stocks(&self) -> Arc<Stocks> {
        Arc::clone(&self.stocks)
    }
}

/// The data of the test environments, by API.
#[derive(Default)]
pub(super) struct Stocks(IndexMap<String, Vec<Arc<Shelf<Stock>>>>);

impl Stocks {
    /// Brings the first data of an API back.
    pub(super) fn reset(&self, api: &str) {
        for shelf in self.0.get(api).into_iter().flatten() {
            *shelf.content.lock() = Goods { objects: shelf.content.first.clone(), made: 0 };
        }
    }
}

/// The objects of one collection, as they were at first and as they are.
pub(super) struct Stock {
    first: Vec<Object>,
    goods: Mutex<Goods>,
}

/// Objects, and how many were made of those that there were.
struct Goods {
    objects: Vec<Object>,
    made: usize,
}

impl Stock {
    fn new(first: Vec<Object>) -> Self {
        let goods = Mutex::new(Goods { objects: first.clone(), made: 0 });
        Self { first, goods }
    }

    /// What is there is whole whatever happened to whoever held it.
    fn lock(&self) -> MutexGuard<'_, Goods> {
        self.goods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Goods {
    fn find(&mut self, id: &str) -> Option<&mut Object> {
        self.objects.iter_mut().find(|object| object.get("id").and_then(Value::as_str) == Some(id))
    }
}

/// What a handler needs: its part of the data.
pub(super) struct Shelf<T> {
    environment: Environment,
    content: T,
}

/// The shelves of an API, one for each collection.
fn shelves(data: &Data, environment: Environment) -> Vec<Arc<Shelf<Stock>>> {
    let first = |collection: &Collection| pick(environment, &collection.live, &collection.test).clone();
    let shelf = |collection| Arc::new(Shelf { environment, content: Stock::new(first(collection)) });
    data.collections.iter().map(shelf).collect()
}

fn router(data: &Data, environment: Environment, shelves: &[Arc<Shelf<Stock>>]) -> Router {
    let echo =
        Router::new().route("/v1/echo", any(show_request)).fallback(say_not_found).with_state(environment);
    let with_collections = data.collections.iter().zip(shelves).fold(echo, |router, (collection, shelf)| {
        let one = format!("{}/{{id}}", collection.path);
        let routes = Router::new()
            .route(&collection.path, get(list_objects).post(create_object))
            .route(&one, get(find_object).put(replace_object).delete(delete_object))
            .with_state(Arc::clone(shelf));
        router.merge(routes)
    });
    data.answers.iter().fold(with_collections, |router, answer| {
        let content = (answer.status, pick(environment, &answer.live, &answer.test).clone());
        let Ok(filter) = answer.method.clone().try_into() else { return router };
        let routes = Router::new()
            .route(&answer.path, on(filter, give_answer))
            .with_state(Arc::new(Shelf { environment, content }));
        router.merge(routes)
    })
}

const fn pick<'d, T>(environment: Environment, live: &'d T, test: &'d T) -> &'d T {
    match environment {
        Environment::Live => live,
        Environment::Test => test,
    }
}

type Objects = State<Arc<Shelf<Stock>>>;

async fn list_objects(State(shelf): Objects) -> Response {
    let data = json!(shelf.content.lock().objects);
    answer(StatusCode::OK, shelf.environment, Object::from_iter([("data".to_owned(), data)]))
}

async fn create_object(State(shelf): Objects, body: Bytes) -> Response {
    let mut goods = shelf.content.lock();
    let id = format!("new_{}", shelf.content.first.len() + goods.made + 1);
    let Some(object) = read(&id, &body) else { return no_object(shelf.environment) };
    goods.made += 1;
    goods.objects.push(object.clone());
    if goods.objects.len() > MOST {
        goods.objects.remove(0);
    }
    answer(StatusCode::CREATED, shelf.environment, object)
}

async fn find_object(State(shelf): Objects, Path(id): Path<String>) -> Response {
    match shelf.content.lock().find(&id) {
        Some(object) => answer(StatusCode::OK, shelf.environment, object.clone()),
        None => not_found(shelf.environment),
    }
}

async fn replace_object(State(shelf): Objects, Path(id): Path<String>, body: Bytes) -> Response {
    let mut goods = shelf.content.lock();
    let Some(known) = goods.find(&id) else { return not_found(shelf.environment) };
    let Some(object) = read(&id, &body) else { return no_object(shelf.environment) };
    known.clone_from(&object);
    answer(StatusCode::OK, shelf.environment, object)
}

async fn delete_object(State(shelf): Objects, Path(id): Path<String>) -> Response {
    let mut goods = shelf.content.lock();
    if goods.find(&id).is_none() {
        return not_found(shelf.environment);
    }
    goods.objects.retain(|object| object.get("id").and_then(Value::as_str) != Some(&id));
    answer(StatusCode::OK, shelf.environment, Object::from_iter([("deleted".to_owned(), id.into())]))
}

async fn give_answer(State(shelf): State<Arc<Shelf<(u16, Object)>>>, path: Option<Path<String>>) -> Response {
    let (status, object) = &shelf.content;
    let id = path.map(|Path(id)| id).unwrap_or_default();
    let object = object.iter().map(|(name, value)| (name.clone(), filled(value, &id))).collect();
    answer(StatusCode::from_u16(*status).unwrap_or_default(), shelf.environment, object)
}

fn filled(value: &Value, id: &str) -> Value {
    if value == "{id}" { id.into() } else { value.clone() }
}

/// What reached this upstream, so that anyone can see what was added, removed and kept.
async fn show_request(State(environment): State<Environment>, request: Request) -> Response {
    let mut headers = Object::new();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        match headers.get_mut(name.as_str()) {
            Some(Value::String(earlier)) => *earlier = format!("{earlier}, {value}"),
            _ => drop(headers.insert(name.to_string(), value.into())),
        }
    }
    let object = json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": request.uri().query(),
        "headers": headers,
    });
    match object {
        Value::Object(object) => answer(StatusCode::OK, environment, object),
        _ => not_found(environment),
    }
}

async fn say_not_found(State(environment): State<Environment>) -> Response {
    not_found(environment)
}

fn not_found(environment: Environment) -> Response {
    answer(StatusCode::NOT_FOUND, environment, Object::from_iter([("error".to_owned(), "not found".into())]))
}

/// The caller's object, with the id it got; none for what is no object.
fn read(id: &str, body: &[u8]) -> Option<Object> {
    let Ok(Value::Object(mut object)) = serde_json::from_slice(body) else { return None };
    object.insert("id".to_owned(), id.into());
    Some(object)
}

fn no_object(environment: Environment) -> Response {
    let error = Object::from_iter([("error".to_owned(), "expected a JSON object".into())]);
    answer(StatusCode::BAD_REQUEST, environment, error)
}

/// Every answer says first which world it is of.
fn answer(status: StatusCode, environment: Environment, object: Object) -> Response {
    let mut body = Object::from_iter([("environment".to_owned(), environment.as_str().into())]);
    body.extend(object);
    (status, Json(body)).into_response()
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

const fn ok() -> u16 {
    200
}
