//! `GET /v1/keys` and `GET /v1/keys/{id}`.

use axum::extract::State;
use claviger_domain::{Environment, KeyId, PageRequest, Timestamp, WorkspaceId};
use claviger_engine::{KeyFilter, StateFilter};
use serde::Deserialize;

use super::{KeyObject, answer};
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{KeysRead, Permit};
use crate::problem::Problem;
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// Which keys are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyQuery {
    #[serde(default)]
    workspace: Option<WorkspaceId>,
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    environment: Option<Environment>,
    #[serde(default)]
    state: Option<StateWord>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    expiring_before: Option<Timestamp>,
    #[serde(default)]
    unused_since: Option<Timestamp>,
    #[serde(default)]
    cursor: Option<Cursor<KeyId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// A key's state apart from its dates, as the query names it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateWord {
    Active,
    Disabled,
    Revoked,
}

impl From<StateWord> for StateFilter {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Active => Self::Active,
            StateWord::Disabled => Self::Disabled,
            StateWord::Revoked => Self::Revoked,
        }
    }
}

impl KeyQuery {
    fn resolve(self, doors: &Doors) -> Result<(KeyFilter, PageRequest), Problem> {
        let api = self.api.map(|name| doors.api_of_query(&name)).transpose()?;
        let filter = KeyFilter {
            api,
            workspace: self.workspace,
            environment: self.environment,
            state: self.state.map(StateFilter::from),
            name: self.name.filter(|text| !text.is_empty()),
            ends: self.expiring_before.map(|end| (doors.engine.clock().now(), end)),
            unused_since: self.unused_since,
            text_before: None,
        };
        Ok((filter, page(self.cursor, self.limit)))
    }
}

/// List keys, newest first; never their text.
#[utoipa::path(
    get, path = "/v1/keys", tag = "keys",
    security(("operator_token" = ["keys:read"])),
    params(
        ("workspace" = Option<String>, Query, description = "Only keys of the workspace with this id."),
        ("api" = Option<String>, Query, description = "Only keys of this API, by name or id."),
        ("environment" = Option<String>, Query, description = "Only keys of this environment: `live` or `test`."),
        ("state" = Option<String>, Query, description = "Only keys in this state, whatever their dates say: `active`, `disabled` or `revoked`."),
        ("name" = Option<String>, Query, description = "Only keys whose name contains this text, in whatever case."),
        ("expiring_before" = Option<String>, Query, description = "Only keys that have not ended yet and end before this instant (RFC 3339)."),
        ("unused_since" = Option<String>, Query, description = "Only keys that could be used before this instant (RFC 3339), and that nobody used from then on. Uses are known to within a minute."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of keys.", body = List<KeyObject>)),
)]
pub(crate) async fn list_keys(
    State(doors): State<Shared>,
    permit: Permit<KeysRead>,
    Params(query): Params<KeyQuery>,
) -> Answer {
    let (filter, page) = query.resolve(&doors).map_err(|problem| permit.refuse(problem))?;
    let page = doors.engine.list_keys(filter, page).await.map_err(|error| permit.refuse(error))?;
    let objects = page.rows.iter().map(|key| KeyObject::of(&doors, key)).collect();
    permit.context().ok(&List::of::<KeyId>(objects, page.next))
}

/// Read a key; never its text.
#[utoipa::path(
    get, path = "/v1/keys/{id}", tag = "keys",
    security(("operator_token" = ["keys:read"])),
    params(("id" = String, Path, description = "The key's id.")),
    responses((status = 200, description = "The key.", body = KeyObject)),
)]
pub(crate) async fn get_key(
    State(doors): State<Shared>,
    permit: Permit<KeysRead>,
    PathId(id): PathId<KeyId>,
) -> Answer {
    let key = doors.engine.find_key(id).await.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &key)
}
