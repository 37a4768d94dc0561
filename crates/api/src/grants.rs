//! `/v1/grants`: what users allowed clients.

use axum::extract::State;
use claviger_domain::{AccountId, ClientId, Grant, GrantId, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{ClientsRead, ClientsWrite, Permit};
use crate::problem::{Code, Problem};
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// What a user allowed a client. There is one of a user and a client; asking for more widens it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantObject<'g> {
    /// Its id.
    #[schema(value_type = String, example = "grt_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: GrantId,
    /// The name of the API.
    #[schema(example = "propertybase")]
    api: String,
    /// The user who allowed it.
    #[schema(value_type = String, example = "acc_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    user: AccountId,
    /// The client it was allowed to.
    #[schema(value_type = String, example = "cli_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    client: ClientId,
    /// What was allowed: scopes of the API and of OpenID Connect.
    #[schema(value_type = Vec<String>, example = json!(["openid", "read:leads"]))]
    scopes: &'g ScopeSet,
    /// The resources it is for (RFC 8707); empty for the API itself.
    #[schema(example = json!([]))]
    resources: &'g [String],
    /// Whether tokens can be bought with it.
    state: GrantStatus,
    /// When it was first given.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last widened or confirmed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

/// Whether tokens can be bought with a grant.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantStatus {
    /// They can.
    Active,
    /// It was revoked, with every token of it.
    Revoked,
}

impl<'g> GrantObject<'g> {
    fn of(doors: &Doors, grant: &'g Grant) -> Self {
        Self {
            id: grant.id,
            api: doors.api_name(grant.api),
            user: grant.account,
            client: grant.client,
            scopes: &grant.scopes,
            resources: &grant.resources,
            state: if grant.revoked_at.is_some() { GrantStatus::Revoked } else { GrantStatus::Active },
            created_at: grant.created_at,
            updated_at: grant.updated_at,
            revoked_at: grant.revoked_at,
        }
    }
}

/// Which grants are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantQuery {
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    user: Option<AccountId>,
    #[serde(default)]
    client: Option<ClientId>,
    #[serde(default)]
    cursor: Option<Cursor<GrantId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// List grants, newest first.
#[utoipa::path(
    get, path = "/v1/grants", tag = "grants",
    security(("operator_token" = ["clients:read"])),
    params(
        ("api" = Option<String>, Query, description = "Only grants at this API, by name or id."),
        ("user" = Option<String>, Query, description = "Only grants of the user with this id."),
        ("client" = Option<String>, Query, description = "Only grants to the client with this id."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of grants.", body = List<GrantObject>)),
)]
pub(crate) async fn list_grants(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    Params(query): Params<GrantQuery>,
) -> Answer {
    let api = query.api.map(|name| doors.api_of_query(&name)).transpose();
    let filter = (api.map_err(|problem| permit.refuse(problem))?, query.user, query.client);
    let page = doors.engine.list_grants(filter, page(query.cursor, query.limit)).await;
    let page = page.map_err(|error| permit.refuse(error))?;
    let objects = page.rows.iter().map(|grant| GrantObject::of(&doors, grant)).collect();
    permit.context().ok(&List::of::<GrantId>(objects, page.next))
}

/// Read a grant. One that was revoked can be read for thirty days more.
#[utoipa::path(
    get, path = "/v1/grants/{id}", tag = "grants",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The grant's id.")),
    responses((status = 200, description = "The grant.", body = GrantObject)),
)]
pub(crate) async fn get_grant(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(id): PathId<GrantId>,
) -> Answer {
    let found = doors.engine.find_grant(id).await;
    answer(&doors, &permit, found.map_err(|error| permit.refuse(error))?)
}

/// Revoke a grant: every token of it ends at once, and the user is asked again.
#[utoipa::path(
    post, path = "/v1/grants/{id}/revoke", tag = "grants",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The grant's id.")),
    responses((status = 200, description = "The revoked grant.", body = GrantObject)),
)]
pub(crate) async fn revoke_grant(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<GrantId>,
) -> Answer {
    let revoked = doors.engine.revoke_grant(&permit.actor(), id).await;
    answer(&doors, &permit, revoked.map_err(|error| permit.refuse(error))?)
}

fn answer<S>(doors: &Doors, permit: &Permit<S>, grant: Option<Grant>) -> Answer {
    let grant = grant.ok_or_else(|| permit.refuse(Problem::new(Code::NotFound, "no such grant")))?;
    permit.context().ok(&GrantObject::of(doors, &grant))
}
