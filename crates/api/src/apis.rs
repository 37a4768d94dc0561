//! `/v1/apis`: what the loaded contracts define.

use axum::extract::State;
use axum::response::IntoResponse as _;
use claviger_contract::{Directory, Scanner};
use claviger_domain::{ApiId, CollectionName, Environment, KeyKind, PlanName, Policy, Scope, Timestamp};
use claviger_engine::{RegisteredApi, Sandbox};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::limits::LimitObject;
use crate::list::{List, Params};
use crate::path::PathId;
use crate::permit::{Permit, WorkspacesRead};
use crate::problem::{Code, Problem};
use crate::reply::Answer;
use crate::sandbox::SandboxObject;
use crate::state::Shared;
use crate::words::{EnvironmentWord, KeyKindWord};

/// An API that this server protects.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Api)]
pub(crate) struct ApiObject<'a> {
    /// Its id.
    #[schema(value_type = String, example = "api_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: ApiId,
    /// Its name, which is its contract's and does wherever an API's id does.
    #[schema(example = "propertybase")]
    name: &'a str,
    /// What people call it.
    #[schema(example = "Propertybase")]
    title: String,
    /// The environments it hands out keys for.
    #[schema(value_type = Vec<EnvironmentWord>)]
    environments: Vec<Environment>,
    /// What credentials can be allowed to do.
    scopes: Vec<ScopeObject<'a>>,
    /// The plans a workspace can have.
    plans: Vec<PlanObject<'a>>,
    /// The plan of workspaces that have none of these.
    default_plan: Option<&'a str>,
    /// The forms of its keys.
    key_formats: Vec<KeyFormatObject<'a>>,
    /// The lists of values that can belong to a key.
    #[schema(example = json!(["destinations"]))]
    collections: Vec<&'a str>,
    /// What becomes of its test environment.
    sandbox: SandboxObject,
    /// When its contract was first loaded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What a credential can be allowed to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Scope)]
pub(crate) struct ScopeObject<'a> {
    /// The scope.
    #[schema(example = "write:leads")]
    name: &'a str,
    /// One sentence for the person who grants it.
    description: &'a str,
    /// The scopes it contains.
    implies: Vec<&'a str>,
}

/// A plan and its limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanObject<'a> {
    /// Its name.
    #[schema(example = "starter")]
    name: &'a str,
    /// What people call it.
    title: &'a str,
    /// Its limits, all of which count.
    limits: Vec<LimitObject<'a>>,
}

/// One form of key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyFormat)]
pub(crate) struct KeyFormatObject<'a> {
    /// What every such key starts with.
    #[schema(example = "pb_live_")]
    prefix: &'a str,
    /// Whether such a key is the credential alone.
    #[schema(value_type = KeyKindWord)]
    kind: KeyKind,
    /// The environment such a key belongs to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
}

impl<'a> ApiObject<'a> {
    fn new(registered: &'a RegisteredApi, sandbox: &Sandbox, directory: &Directory) -> Self {
        let RegisteredApi { api, policy } = registered;
        let name = api.name.as_str();
        let installed = directory.by_name_or_id(name);
        Self {
            id: api.id,
            name,
            title: installed.map_or(name, |installed| installed.contract.title()).to_owned(),
            environments: environments(policy),
            scopes: scopes(policy),
            plans: plans(policy),
            default_plan: policy.default_plan.as_ref().map(PlanName::as_str),
            key_formats: key_formats(policy),
            collections: policy.collections.iter().map(CollectionName::as_str).collect(),
            sandbox: SandboxObject::of(sandbox),
            created_at: api.created_at,
        }
    }
}

fn environments(policy: &Policy) -> Vec<Environment> {
    let has = |environment: &Environment| policy.key_formats.iter().any(|f| f.environment == *environment);
    Environment::ALL.into_iter().filter(has).collect()
}

fn scopes(policy: &Policy) -> Vec<ScopeObject<'_>> {
    policy
        .scopes
        .iter()
        .map(|(scope, described)| ScopeObject {
            name: scope.as_str(),
            description: &described.description,
            implies: described.implies.iter().map(Scope::as_str).collect(),
        })
        .collect()
}

fn plans(policy: &Policy) -> Vec<PlanObject<'_>> {
    policy
        .plans
        .iter()
        .map(|(name, plan)| PlanObject {
            name: name.as_str(),
            title: &plan.title,
            limits: plan.limits.iter().map(|limit| LimitObject::from(&**limit)).collect(),
        })
        .collect()
}

fn key_formats(policy: &Policy) -> Vec<KeyFormatObject<'_>> {
    policy
        .key_formats
        .iter()
        .map(|format| KeyFormatObject {
            prefix: &format.prefix,
            kind: format.kind,
            environment: format.environment,
        })
        .collect()
}

/// List the APIs whose contracts are loaded.
#[utoipa::path(
    get, path = "/v1/apis", tag = "apis",
    security(("operator_token" = ["workspaces:read"])),
    responses((status = 200, description = "Every API, in one page.", body = List<ApiObject>)),
)]
pub(crate) async fn list_apis(State(doors): State<Shared>, permit: Permit<WorkspacesRead>) -> Answer {
    let apis = doors.engine.list_apis();
    let directory = doors.directory.load_full();
    let mut objects = Vec::with_capacity(apis.len());
    for api in &apis {
        let sandbox = doors.engine.find_sandbox(api.api.id).await.map_err(|error| permit.refuse(error))?;
        objects.push(ApiObject::new(api, &sandbox, &directory));
    }
    permit.context().ok(&List::whole(objects))
}

/// Which scanner's patterns are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeakPatternsQuery {
    #[serde(deserialize_with = "scanner")]
    format: Scanner,
}

fn scanner<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scanner, D::Error> {
    let word = String::deserialize(deserializer)?;
    word.parse().map_err(serde::de::Error::custom)
}

/// Export what a scanner looks for to find leaked keys of an API, made from the key formats of its contract.
#[utoipa::path(
    get, path = "/v1/apis/{id}/leak-patterns", tag = "apis",
    security(("operator_token" = ["workspaces:read"])),
    params(
        ("id" = String, Path, description = "The API's id or name."),
        ("format" = String, Query, description = "`gitleaks` for TOML rules, `trufflehog` for YAML detectors, `github` for custom patterns in JSON."),
    ),
    responses((status = 200, description = "The patterns, in the scanner's own format.", body = String)),
)]
pub(crate) async fn export_leak_patterns(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(name_or_id): PathId<String>,
    Params(query): Params<LeakPatternsQuery>,
) -> Answer {
    let missing = || permit.refuse(Problem::new(Code::NotFound, "no API of this name or id is loaded"));
    let api = doors.engine.find_api(&name_or_id).ok_or_else(missing)?;
    let directory = doors.directory.load();
    let installed = directory.by_name_or_id(api.api.name.as_str()).ok_or_else(missing)?;
    let headers = [(CONTENT_TYPE, query.format.media_type()), (CACHE_CONTROL, "no-store")];
    Ok((headers, installed.contract.leak_patterns(query.format)).into_response())
}

/// Read an API.
#[utoipa::path(
    get, path = "/v1/apis/{id}", tag = "apis",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The API's id or name.")),
    responses((status = 200, description = "The API.", body = ApiObject)),
)]
pub(crate) async fn get_api(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(name_or_id): PathId<String>,
) -> Answer {
    let found = doors.engine.find_api(&name_or_id);
    let api = found
        .ok_or_else(|| permit.refuse(Problem::new(Code::NotFound, "no API of this name or id is loaded")))?;
    let sandbox = doors.engine.find_sandbox(api.api.id).await.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&ApiObject::new(&api, &sandbox, &doors.directory.load()))
}
