//! `GET /v1/users` and `GET /v1/users/{id}`.

use axum::extract::State;
use claviger_domain::AccountId;
use serde::Deserialize;

use super::{UserObject, answer};
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{ClientsRead, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// Which users are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserQuery {
    api: String,
    #[serde(default)]
    cursor: Option<Cursor<AccountId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// List the users of an API, newest first.
#[utoipa::path(
    get, path = "/v1/users", tag = "users",
    security(("operator_token" = ["clients:read"])),
    params(
        ("api" = String, Query, description = "The API whose users are wanted, by name or id."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of users.", body = List<UserObject>)),
)]
pub(crate) async fn list_users(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    Params(query): Params<UserQuery>,
) -> Answer {
    let api = doors.api_of_query(&query.api).map_err(|problem| permit.refuse(problem))?;
    let page = doors.engine.list_users(api, page(query.cursor, query.limit)).await;
    let page = page.map_err(|error| permit.refuse(error))?;
    let objects = page.rows.iter().map(|user| UserObject::of(&doors, user)).collect();
    permit.context().ok(&List::of::<AccountId>(objects, page.next))
}

/// Read a user.
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "users",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = UserObject)),
)]
pub(crate) async fn get_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(id): PathId<AccountId>,
) -> Answer {
    let user = doors.engine.find_user(id).await.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &user)
}
