//! What handlers stand on.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use claviger_contract::Directory;
use claviger_domain::ApiId;
use claviger_engine::Engine;
use claviger_telemetry::Telemetry;

use crate::problem::{Code, Place, Problem};

/// What the API is made of.
#[derive(Clone)]
pub struct ApiState {
    /// Every use case.
    pub engine: Engine,
    /// The contracts in force.
    pub directory: Arc<ArcSwap<Directory>>,
    /// What becomes of spans, for `/metrics`.
    pub telemetry: Telemetry,
}

/// The router's state: one pointer, so that handing it to a handler costs one increment.
pub(crate) type Shared = Arc<Doors>;

/// What every handler can reach.
pub(crate) struct Doors {
    pub(crate) engine: Engine,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) telemetry: Telemetry,
    /// The OpenAPI document, rendered once.
    pub(crate) document: Bytes,
}

impl Doors {
    /// The name of an API. An object outlives its API's contract; without one, the id is the only name left.
    pub(crate) fn api_name(&self, id: ApiId) -> String {
        let id = id.to_string();
        match self.engine.find_api(&id) {
            Some(found) => found.api.name.as_str().to_owned(),
            None => id,
        }
    }

    /// The API that the query parameter `api` names.
    pub(crate) fn api_of_query(&self, name_or_id: &str) -> Result<ApiId, Problem> {
        match self.engine.find_api(name_or_id) {
            Some(found) => Ok(found.api.id),
            None => Err(Problem::new(Code::UnknownApi, "no API of this name or id is loaded")
                .at(Place::Parameter("api".into()))),
        }
    }
}
