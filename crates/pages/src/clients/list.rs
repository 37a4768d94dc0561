//! The list of applications, with its filters.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Client, ClientId, PageRequest, Right};
use claviger_engine::ClientFilter;
use http::StatusCode;

use super::words::ClientRow;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, api_choices, next_page, workspace_choices};
use crate::keys::names::Names;
use crate::many::Ticks;
use crate::many::deeds::OF_CLIENTS;
use crate::notice::Notice;
use crate::permit::{ApplicationsRead, Permit};
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "clients.html")]
struct Clients<'p> {
    chrome: Chrome<'p>,
    rows: Vec<ClientRow>,
    /// The address of the next page.
    next: Option<String>,
    /// Whether the page ends before it is full.
    is_cut_short: bool,
    apis: Vec<Choice>,
    workspaces: Vec<Choice>,
    name: &'p str,
    is_filtered: bool,
    /// What can be done with many of them; none for whoever may change none.
    ticks: Option<Ticks>,
}

/// `GET …/clients`
pub(crate) async fn list_clients(
    State(state): State<PagesState>,
    permit: Permit<ApplicationsRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let filter = read_filter(&state, &query)?;
    let is_filtered = filter != ClientFilter::default();
    let before = query.given("before").map(str::parse::<ClientId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(ClientId::uuid);
    let reader = permit.reader();
    let workspaces = match reader.visit() {
        None => workspace_choices(&state, filter.workspace).await?,
        Some(_) => Vec::new(),
    };
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let listed = state.engine.list_clients_for(&permit.actor(), filter, wanted).await?;
    let names = Names::of_workspaces(&state, listed.rows.iter().map(|client| client.workspace)).await?;
    let now = state.engine.clock().now();
    let path = format!("{}/clients", reader.base());
    let next = |id| next_page((&path, &["api", "workspace", "name"]), &query, &ClientId::from_uuid(id));
    let logos = state.engine.list_client_logos(&listed.rows).await?;
    let row = |client: &Client| {
        ClientRow::new(client, &names, now, reader).with_logo(logos.get(&client.id).copied())
    };
    let clients = Clients {
        chrome: Chrome::at(reader, Section::Applications).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(row).collect(),
        is_cut_short: listed.is_cut_short(PageRequest::DEFAULT_LIMIT),
        next: listed.next.map(next),
        apis: api_choices(&state, query.get("api")),
        workspaces,
        name: query.get("name"),
        is_filtered,
        ticks: reader.allows(Right::WriteClients).then(|| Ticks::of(reader, "/clients", &query, OF_CLIENTS)),
    };
    page(StatusCode::OK, &clients)
}

fn read_filter(state: &PagesState, query: &Fields) -> Result<ClientFilter, PageError> {
    let unknown = PageError::Parameter;
    let api = query.given("api").map(|text| state.engine.find_api(text).ok_or(unknown("API")));
    let workspace = query.given("workspace").map(|text| text.parse().map_err(|_| unknown("workspace")));
    Ok(ClientFilter {
        api: api.transpose()?.map(|entry| entry.api.id),
        workspace: workspace.transpose()?,
        name: query.given("name").map(|text| text.chars().take(100).collect()),
    })
}
