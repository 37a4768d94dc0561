//! The rows of the record, newest first, with their filters.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Action, AuditEntry, PageRequest, WorkspaceId};
use claviger_engine::AuditFilter;
use http::StatusCode;

use super::actions::phrase;
use super::place;
use super::row::{AuditRow, Teller};
use super::wanted::{FILTERS, read_filter, read_place};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::{Choice, next_page, workspace_choices};
use crate::keys::names::Names;
use crate::permit::{AuditRead, Permit};
use crate::reader::Reader;
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit<'p> {
    chrome: Chrome<'p>,
    place: String,
    rows: Vec<AuditRow>,
    next: Option<String>,
    /// Whether the page ends before it is full.
    is_cut_short: bool,
    actions: Vec<Choice>,
    workspaces: Vec<Choice>,
    query: &'p Fields,
    is_filtered: bool,
    /// What exports have in their address for the filter.
    filter: String,
    complaints: Complaints,
}

/// `GET /console/audit`
pub(crate) async fn list_audit(
    State(state): State<PagesState>,
    permit: Permit<AuditRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let reader = permit.reader();
    let filter = read_filter(&state, reader, &query).await?;
    let is_filtered = filter != AuditFilter::default();
    let wanted = (read_place(&query)?, PageRequest::DEFAULT_LIMIT);
    let workspaces = match reader.visit() {
        None => workspace_choices(&state, filter.workspace).await?,
        Some(_) => Vec::new(),
    };
    let listed = state.engine.list_audit(&reader.actor(), filter, wanted).await?;
    let place = place(reader);
    let shown = Audit {
        rows: tell(&state, reader, &listed.rows).await?,
        next: listed.next.map(|seq| next_page((&place, &FILTERS), &query, &seq)),
        is_cut_short: listed.is_cut_short,
        actions: actions(query.get("action")),
        workspaces,
        filter: chosen(&query),
        query: &query,
        is_filtered,
        complaints: Complaints::default(),
        chrome: Chrome::at(reader, Section::Audit),
        place,
    };
    page(StatusCode::OK, &shown)
}

/// The rows for people.
pub(super) async fn tell(
    state: &PagesState,
    reader: &Reader,
    entries: &[AuditEntry],
) -> Result<Vec<AuditRow>, PageError> {
    let people = state.engine.audit_people(entries).await?;
    let ids = entries.iter().filter_map(|entry| entry.workspace.as_deref()?.parse::<WorkspaceId>().ok());
    let names = Names::of_workspaces(state, ids.filter(|_| reader.visit().is_none())).await?;
    let teller = Teller { reader, names: &names, people: &people };
    Ok(entries.iter().map(|entry| teller.row(entry)).collect())
}

fn actions(chosen: &str) -> Vec<Choice> {
    let choice = |action: &Action| Choice {
        value: action.to_string(),
        text: phrase(*action).to_string(),
        is_chosen: action.as_str() == chosen,
    };
    Action::ALL.iter().map(choice).collect()
}

/// The filter as an address has it.
fn chosen(query: &Fields) -> String {
    let mut address = form_urlencoded::Serializer::new(String::new());
    for name in FILTERS {
        if let Some(value) = query.given(name) {
            address.append_pair(name, value);
        }
    }
    address.finish()
}
