//! The list of keys, with its filters.

use std::fmt::Display;

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Care, Environment, KeyId, PageRequest, Right, WorkspaceId};
use claviger_engine::{KeyFilter, StateFilter, WorkspaceError};
use http::StatusCode;

use super::care::care_text;
use super::names::Names;
use super::row::KeyRow;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::many::Ticks;
use crate::many::deeds::OF_KEYS;
use crate::notice::Notice;
use crate::permit::{KeysRead, Permit};
use crate::state::PagesState;
use crate::words::{Phrase, say};

const STATES: [StateFilter; 3] = [StateFilter::Active, StateFilter::Disabled, StateFilter::Revoked];

/// What the address says of a filter.
const FILTERS: [&str; 6] = ["api", "workspace", "environment", "state", "name", "care"];

/// Something that can be chosen, and whether it is.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "keys.html")]
struct Keys<'p> {
    chrome: Chrome<'p>,
    rows: Vec<KeyRow>,
    /// The address of the next page.
    next: Option<String>,
    /// Whether the page ends before it is full.
    is_cut_short: bool,
    apis: Vec<Choice>,
    workspaces: Vec<Choice>,
    states: Vec<Choice>,
    environments: Vec<Choice>,
    cares: Vec<Choice>,
    name: &'p str,
    is_filtered: bool,
    /// What can be done with many of them; none for whoever may change none.
    ticks: Option<Ticks>,
}

/// `GET /console/keys`
pub(crate) async fn list_keys(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let reader = permit.reader();
    let filter = read_filter(&state, &query)?;
    let is_filtered = filter != KeyFilter::default();
    let before = query.given("before").map(str::parse::<KeyId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?;
    let listed = state.engine.look_for_keys(&reader.actor(), filter.clone(), before).await?;
    let names = Names::of(&state, &listed.rows).await?;
    let workspaces = match reader.visit() {
        None => workspace_choices(&state, filter.workspace).await?,
        Some(_) => Vec::new(),
    };
    let now = state.engine.clock().now();
    let path = format!("{}/keys", reader.base());
    let keys = Keys {
        chrome: Chrome::at(reader, Section::Keys).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(|key| KeyRow::for_reader(key, &names, now, reader)).collect(),
        next: listed.next.map(|id| next_page((&path, &FILTERS), &query, &id)),
        is_cut_short: listed.is_cut_short,
        apis: api_choices(&state, query.get("api")),
        workspaces,
        states: STATES.map(|state| choice(state.as_str(), &state_name(state), query.get("state"))).into(),
        environments: Environment::ALL
            .map(|known| choice(known.as_str(), &environment_name(known), query.get("environment")))
            .into(),
        cares: care_choices(query.get("care")),
        name: query.get("name"),
        is_filtered,
        ticks: reader.allows(Right::WriteKeys).then(|| Ticks::of(reader, "/keys", &query, OF_KEYS)),
    };
    page(StatusCode::OK, &keys)
}

fn read_filter(state: &PagesState, query: &Fields) -> Result<KeyFilter, PageError> {
    let unknown = PageError::Parameter;
    let read_care = |text| Care::ALL.into_iter().find(|care| care.as_str() == text).ok_or(unknown("need"));
    let care = query.given("care").map(read_care).transpose()?;
    let filter = KeyFilter {
        api: query
            .given("api")
            .map(|text| state.engine.find_api(text).map(|entry| entry.api.id).ok_or(unknown("API")))
            .transpose()?,
        workspace: query
            .given("workspace")
            .map(|text| text.parse().map_err(|_| unknown("workspace")))
            .transpose()?,
        environment: query
            .given("environment")
            .map(|text| text.parse().map_err(|_| unknown("environment")))
            .transpose()?,
        state: query
            .given("state")
            .map(|text| STATES.into_iter().find(|state| state.as_str() == text).ok_or(unknown("state")))
            .transpose()?,
        name: query.given("name").map(|text| text.chars().take(100).collect()),
        ..KeyFilter::default()
    };
    let Some(care) = care else { return Ok(filter) };
    let now = state.engine.clock().now();
    // Where the contract calls no key that, none is shown.
    let needing = state.engine.care_filter(care, filter.api);
    let needing = needing.unwrap_or_else(|| KeyFilter { ends: Some((now, now)), ..KeyFilter::default() });
    let KeyFilter { ends, unused_since, text_before, .. } = needing;
    Ok(KeyFilter { ends, unused_since, text_before, state: filter.state.or(needing.state), ..filter })
}

fn care_choices(chosen: &str) -> Vec<Choice> {
    let choice = |care: Care| Choice {
        value: care.as_str().to_owned(),
        text: care_text(care).to_string(),
        is_chosen: care.as_str() == chosen,
    };
    Care::ALL.map(choice).into()
}

/// The address of a list's next page: the same filters, from before this id.
pub(crate) fn next_page((path, filters): (&str, &[&str]), query: &Fields, before: &impl Display) -> String {
    let mut address = form_urlencoded::Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    for name in filters {
        if let Some(value) = query.given(name) {
            address.append_pair(name, value);
        }
    }
    address.append_pair("before", &before.to_string());
    address.finish()
}

fn choice(value: &str, text: &impl Display, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), text: text.to_string(), is_chosen: value == chosen }
}

const fn state_name(state: StateFilter) -> Phrase {
    match state {
        StateFilter::Active => say("word-active"),
        StateFilter::Disabled => say("word-disabled"),
        StateFilter::Revoked => say("shared-revoked"),
    }
}

const fn environment_name(environment: Environment) -> Phrase {
    match environment {
        Environment::Live => say("keys-live"),
        Environment::Test => say("keys-test"),
    }
}

/// The APIs, and which is chosen.
pub(crate) fn api_choices(state: &PagesState, chosen: &str) -> Vec<Choice> {
    let apis = state.engine.list_apis();
    apis.iter()
        .map(|entry| Choice {
            value: entry.api.name.to_string(),
            text: state.title_of(&entry.api.name),
            is_chosen: entry.api.name.as_str() == chosen,
        })
        .collect()
}

/// The newest workspaces, and the chosen one if it is not among them but exists.
pub(crate) async fn workspace_choices(
    state: &PagesState,
    chosen: Option<WorkspaceId>,
) -> Result<Vec<Choice>, PageError> {
    let newest = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let mut workspaces = state.engine.list_workspaces(newest).await?.rows;
    if let Some(id) = chosen
        && !workspaces.iter().any(|workspace| workspace.id == id)
    {
        match state.engine.find_workspace(id).await {
            Ok(workspace) => workspaces.push(workspace),
            Err(WorkspaceError::UnknownWorkspace) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let choices = workspaces.iter().map(|workspace| Choice {
        value: workspace.id.to_string(),
        text: workspace.name.to_string(),
        is_chosen: chosen == Some(workspace.id),
    });
    Ok(choices.collect())
}
