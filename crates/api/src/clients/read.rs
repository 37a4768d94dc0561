//! `GET /v1/clients` and `GET /v1/clients/{id}`.

use axum::extract::State;
use claviger_domain::{ClientId, PageRequest, WorkspaceId};
use claviger_engine::ClientFilter;
use serde::Deserialize;

use super::{ClientObject, answer};
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{ClientsRead, Permit};
use crate::problem::Problem;
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// Which clients are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientQuery {
    #[serde(default)]
    workspace: Option<WorkspaceId>,
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    cursor: Option<Cursor<ClientId>>,
    #[serde(default)]
    limit: PageLimit,
}

impl ClientQuery {
    fn resolve(self, doors: &Doors) -> Result<(ClientFilter, PageRequest), Problem> {
        let api = self.api.map(|name| doors.api_of_query(&name)).transpose()?;
        Ok((ClientFilter { api, workspace: self.workspace, name: None }, page(self.cursor, self.limit)))
    }
}

/// List clients, newest first; never their secrets.
#[utoipa::path(
    get, path = "/v1/clients", tag = "clients",
    security(("operator_token" = ["clients:read"])),
    params(
        ("workspace" = Option<String>, Query, description = "Only clients of the workspace with this id."),
        ("api" = Option<String>, Query, description = "Only clients of this API, by name or id."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of clients.", body = List<ClientObject>)),
)]
pub(crate) async fn list_clients(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    Params(query): Params<ClientQuery>,
) -> Answer {
    let (filter, page) = query.resolve(&doors).map_err(|problem| permit.refuse(problem))?;
    let page = doors.engine.list_clients(filter, page).await.map_err(|error| permit.refuse(error))?;
    let objects = page.rows.iter().map(|client| ClientObject::of(&doors, client)).collect();
    permit.context().ok(&List::of::<ClientId>(objects, page.next))
}

/// Read a client; never its secret.
#[utoipa::path(
    get, path = "/v1/clients/{id}", tag = "clients",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The client's id.")),
    responses((status = 200, description = "The client.", body = ClientObject)),
)]
pub(crate) async fn get_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(id): PathId<ClientId>,
) -> Answer {
    let client = doors.engine.find_client(id).await.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &client)
}
