//! The first page of a workspace: how its keys stand, and who is in it.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{PageRequest, WorkspaceState};
use claviger_engine::{FindingFilter, KeyFilter, StateFilter};
use http::StatusCode;

use super::members::role_name;
use crate::apis::sandbox::SandboxView;
use crate::chrome::{Chrome, Tab, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::findings::row::FindingRow;
use crate::keys::care::{CareRow, care_rows};
use crate::keys::names::Names;
use crate::keys::row::KeyRow;
use crate::many::Ticks;
use crate::notice::Notice;
use crate::permit::{KeysRead, Permit};
use crate::portal::test_clock::{ClockView, clock_of};
use crate::reader::Reader;
use crate::state::PagesState;
use crate::usage::{Span, UsagePicture};
use crate::words::Phrase;

/// Keys shown on the overview.
const NEWEST: usize = 5;

/// Findings shown on the overview.
const FINDINGS: u16 = 5;

/// A number that is counted no further than one page of a list.
struct Tally {
    count: usize,
    is_more: bool,
}

/// A key that is made when its owner looks.
struct FirstKey {
    id: String,
    api: String,
    environment: &'static str,
}

#[derive(Template)]
#[template(path = "portal/overview.html")]
struct Overview<'p> {
    chrome: Chrome<'p>,
    name: &'p str,
    role: Phrase,
    is_suspended: bool,
    active: Tally,
    /// What keys need; none while they are being counted.
    care: Option<Vec<CareRow>>,
    members: usize,
    newest: Vec<KeyRow>,
    /// What was found unusual and nobody has acknowledged.
    findings: Vec<FindingRow>,
    /// Credits that can be spent, where the workspace was ever given some.
    credits: Option<u64>,
    /// Nothing is done to many keys from here.
    ticks: Option<Ticks>,
    /// Keys that the reader is owed.
    first_keys: Vec<FirstKey>,
    usage: UsagePicture,
    /// Test environments that are reset by themselves, with their APIs' titles.
    resets: Vec<(String, SandboxView)>,
    /// The clock of the test environment, where it is ahead.
    clock: Option<ClockView>,
}

/// `GET /portal/{workspace}`
pub(crate) async fn show_workspace(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let reader = permit.reader();
    let visit = reader.visit().ok_or(PageError::NoPage)?;
    let (actor, engine) = (reader.actor(), &state.engine);
    let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let filter = KeyFilter { state: Some(StateFilter::Active), ..KeyFilter::default() };
    let keys = engine.list_keys_for(&actor, filter, all).await?;
    let names = Names::of(&state, &keys.rows).await?;
    let now = engine.clock().now();
    let rows = keys.rows.iter().map(|key| KeyRow::for_reader(key, &names, now, reader));
    let mut rows: Vec<_> = rows.collect();
    let active = Tally { count: rows.len(), is_more: keys.next.is_some() };
    rows.truncate(NEWEST);
    let open = FindingFilter { is_open: Some(true), ..FindingFilter::default() };
    let findings = engine.list_findings(&actor, open, PageRequest { before: None, limit: FINDINGS }).await?;
    let credits = engine.show_credits_for(&actor, visit.workspace().id).await?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let overview = Overview {
        chrome: Chrome::in_portal(reader, Tab::Overview).saying(Notice::read(&query)),
        name: visit.workspace().name.as_str(),
        role: role_name(visit.membership().role),
        is_suspended: visit.workspace().state != WorkspaceState::Active,
        active,
        care: care_rows(&state, reader).await?,
        members: engine.list_members(&actor, visit.workspace().id).await?.len(),
        newest: rows,
        findings: findings.rows.iter().map(|found| FindingRow::new(found, now, &reader.base())).collect(),
        credits: (!credits.is_untouched()).then_some(credits.available),
        ticks: None,
        first_keys: first_keys(&state, reader).await?,
        resets: resets(&state).await?,
        clock: clock_of(&state, reader).await?,
        usage: UsagePicture::of(&state, reader, None, Span::read(&query)).await?,
    };
    page(StatusCode::OK, &overview)
}

async fn resets(state: &PagesState) -> Result<Vec<(String, SandboxView)>, PageError> {
    let directory = state.directory.load_full();
    let mut resets = Vec::new();
    for entry in state.engine.list_apis() {
        let name = entry.api.name.as_str();
        if entry.policy.sandbox.schedule.is_some() {
            let title = directory.by_name_or_id(name).map_or(name, |installed| installed.contract.title());
            let sandbox = state.engine.find_sandbox(entry.api.id).await?;
            resets.push((title.to_owned(), SandboxView::of(&sandbox)));
        }
    }
    Ok(resets)
}

async fn first_keys(state: &PagesState, reader: &Reader) -> Result<Vec<FirstKey>, PageError> {
    let owed = state.engine.list_unrevealed(&reader.actor()).await?;
    let names = Names::of_workspaces(state, std::iter::empty()).await?;
    let keys = owed.iter().flat_map(|request| {
        request.unrevealed().into_iter().map(|environment| FirstKey {
            id: request.id.to_string(),
            api: names.api(request.api),
            environment: environment.as_str(),
        })
    });
    Ok(keys.collect())
}
