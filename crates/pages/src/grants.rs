//! What users allowed applications: listed, revoked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{AccountId, ClientId, Grant, GrantId, PageRequest, Timestamp};
use claviger_engine::{ClientError, UserError};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, api_choices, next_page};
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{ClientsRead, ClientsWrite, Permit, Recent};
use crate::sent::Sent;
use crate::state::PagesState;

const PATH: &str = "/console/grants";

/// What a list shows of a grant.
pub(crate) struct GrantRow {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) client: String,
    pub(crate) user_id: String,
    pub(crate) user: String,
    pub(crate) api: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) given: Moment,
    pub(crate) revoked: Option<Moment>,
}

/// The names of those whom some grants are between.
pub(crate) struct GrantNames {
    apis: Names,
    users: HashMap<AccountId, String>,
    clients: HashMap<ClientId, String>,
}

impl GrantNames {
    /// The names that these grants need; one indexed read for each user and client among them.
    pub(crate) async fn of(state: &PagesState, grants: &[Grant]) -> Result<Self, PageError> {
        let (mut users, mut clients) = (HashMap::new(), HashMap::new());
        for grant in grants {
            if let Entry::Vacant(place) = users.entry(grant.account) {
                match state.engine.find_user(grant.account).await {
                    Ok(user) => drop(place.insert(user.email.to_string())),
                    // Deleted since the list was read.
                    Err(UserError::UnknownUser) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if let Entry::Vacant(place) = clients.entry(grant.client) {
                match state.engine.find_client(grant.client).await {
                    Ok(client) => drop(place.insert(client.metadata.name.to_string())),
                    Err(ClientError::UnknownClient) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let apis = Names::of_workspaces(state, std::iter::empty()).await?;
        Ok(Self { apis, users, clients })
    }
}

impl GrantRow {
    pub(crate) fn new(grant: &Grant, names: &GrantNames, now: Timestamp) -> Self {
        let (user, client) = (names.users.get(&grant.account), names.clients.get(&grant.client));
        Self {
            id: grant.id.to_string(),
            client_id: grant.client.to_string(),
            client: client.cloned().unwrap_or_else(|| grant.client.to_string()),
            user_id: grant.account.to_string(),
            user: user.cloned().unwrap_or_else(|| grant.account.to_string()),
            api: names.apis.api(grant.api),
            scopes: grant.scopes.iter().map(ToString::to_string).collect(),
            given: Moment::ago(grant.updated_at, now),
            revoked: grant.revoked_at.map(|at| Moment::ago(at, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "grants.html")]
struct Grants<'p> {
    chrome: Chrome<'p>,
    rows: Vec<GrantRow>,
    /// The address of the next page.
    next: Option<String>,
    apis: Vec<Choice>,
    user: &'p str,
    client: &'p str,
    is_filtered: bool,
}

/// `GET /console/grants`
pub(crate) async fn list_grants(
    State(state): State<PagesState>,
    permit: Permit<ClientsRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let unknown = PageError::Parameter;
    let api = query.given("api").map(|text| state.engine.find_api(text).ok_or(unknown("API"))).transpose()?;
    let user = query.given("user").map(|text| text.parse().map_err(|_| unknown("user"))).transpose()?;
    let client = query.given("client").map(|text| text.parse().map_err(|_| unknown("client"))).transpose()?;
    let is_filtered = api.is_some() || user.is_some() || client.is_some();
    let before = query.given("before").map(str::parse::<GrantId>).transpose();
    let before = before.map_err(|_| unknown("page"))?.map(GrantId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let filter = (api.map(|entry| entry.api.id), user, client);
    let listed = state.engine.list_grants(filter, wanted).await?;
    let names = GrantNames::of(&state, &listed.rows).await?;
    let now = state.engine.clock().now();
    let next = |id| next_page((PATH, &["api", "user", "client"]), &query, &GrantId::from_uuid(id));
    let grants = Grants {
        chrome: Chrome::new(permit.signed_in(), Section::Consents).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(|grant| GrantRow::new(grant, &names, now)).collect(),
        next: listed.next.map(next),
        apis: api_choices(&state, query.get("api")),
        user: query.get("user"),
        client: query.get("client"),
        is_filtered,
    };
    page(StatusCode::OK, &grants)
}

/// `POST /console/grants/{id}/revoke`
pub(crate) async fn revoke_grant(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let id: GrantId = id.parse().map_err(|_| PageError::NoPage)?;
    let grant = state.engine.revoke_grant(&permit.actor(), id).await?.ok_or(PageError::NoPage)?;
    let address = format!("/console/users/{}?notice={}", grant.account, Notice::GrantRevoked.word());
    Ok(Redirect::to(&address).into_response())
}
