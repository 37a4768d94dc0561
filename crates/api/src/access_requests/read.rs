//! Requests for access: listed, shown.

use axum::extract::State;
use claviger_domain::AccessRequestId;
use serde::Deserialize;

use super::AccessRequestObject;
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{Permit, WorkspacesRead};
use crate::reply::Answer;
use crate::state::Shared;

/// Which requests to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    /// Those that wait for a decision.
    #[default]
    Waiting,
    /// Every one.
    All,
}

/// The query parameters of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessQuery {
    #[serde(default)]
    state: Wanted,
    #[serde(default)]
    cursor: Option<Cursor<AccessRequestId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// List requests for access, newest first.
#[utoipa::path(
    get, path = "/v1/access-requests", tag = "access requests",
    security(("operator_token" = ["workspaces:read"])),
    params(
        ("state" = Option<String>, Query, description = "`waiting`, which is meant when left out, or `all`."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of requests.", body = List<AccessRequestObject>)),
)]
pub(crate) async fn list_access_requests(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    Params(query): Params<AccessQuery>,
) -> Answer {
    let only_waiting = query.state == Wanted::Waiting;
    let wanted = page(query.cursor, query.limit);
    let listed = doors.engine.list_access_requests(&permit.actor(), only_waiting, wanted).await;
    let listed = listed.map_err(|error| permit.refuse(error))?;
    let objects = listed.rows.iter().map(AccessRequestObject::from).collect();
    permit.context().ok(&List::of::<AccessRequestId>(objects, listed.next))
}

/// Show a request for access with what was checked of it.
#[utoipa::path(
    get, path = "/v1/access-requests/{id}", tag = "access requests",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The request's id.")),
    responses((status = 200, description = "The request.", body = AccessRequestObject)),
)]
pub(crate) async fn get_access_request(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<AccessRequestId>,
) -> Answer {
    let review = doors.engine.find_access_request(&permit.actor(), id).await;
    let review = review.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&AccessRequestObject::from(&review))
}
