//! The first page of the console: requests, sign-ins, what is unusual or about to end, the newest keys, the APIs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Environment, PageRequest};
use claviger_engine::{FindingFilter, KeyFilter, RegisteredApi};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::fields::Fields;
use crate::findings::row::FindingRow;
use crate::keys::care::{CareRow, care_rows};
use crate::keys::names::Names;
use crate::keys::row::KeyRow;
use crate::many::Ticks;
use crate::permit::{KeysRead, Permit};
use crate::state::PagesState;
use crate::usage::{SignInPicture, Span, UsagePicture};

/// Keys shown on the overview.
const NEWEST: usize = 8;
/// Findings shown there.
const FINDINGS: u16 = 5;

/// An API as the overview shows it.
struct ApiCard {
    name: String,
    title: String,
    environments: Vec<&'static str>,
    prefixes: Vec<Arc<str>>,
    scopes: usize,
}

/// A number that is counted no further than one page of a list.
struct Tally {
    count: usize,
    is_more: bool,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'p> {
    chrome: Chrome<'p>,
    apis: Vec<ApiCard>,
    keys: Tally,
    workspaces: Tally,
    newest: Vec<KeyRow>,
    /// Nothing is done to many keys from here.
    ticks: Option<Ticks>,
    /// What keys need; none while they are being counted.
    care: Option<Vec<CareRow>>,
    usage: UsagePicture,
    sign_ins: SignInPicture,
    /// What was found unusual and nobody has seen.
    findings: Vec<FindingRow>,
}

/// `GET /console`
pub(crate) async fn show_overview(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (engine, span) = (&state.engine, Span::read(&query));
    let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let workspaces = engine.list_workspaces(all).await?;
    let keys = engine.list_keys(KeyFilter::default(), all).await?;
    let tally = Tally { count: keys.rows.len(), is_more: keys.next.is_some() };
    let newest: Vec<_> = keys.rows.into_iter().take(NEWEST).collect();
    let names = Names::of(&state, &newest).await?;
    let open = FindingFilter { is_open: Some(true), ..FindingFilter::default() };
    let first = PageRequest { before: None, limit: FINDINGS };
    let findings = engine.list_findings(&permit.actor(), open, first).await?;
    let (now, base) = (engine.clock().now(), permit.reader().base());
    let overview = Overview {
        chrome: Chrome::new(permit.signed_in(), Section::Overview),
        apis: engine.list_apis().iter().map(|entry| card(&state, entry)).collect(),
        keys: tally,
        workspaces: Tally { count: workspaces.rows.len(), is_more: workspaces.next.is_some() },
        usage: UsagePicture::of(&state, permit.reader(), None, span).await?,
        sign_ins: SignInPicture::of(&state, &permit.actor(), span).await?,
        newest: newest.iter().map(|key| KeyRow::new(key, &names, now)).collect(),
        ticks: None,
        care: care_rows(&state, permit.reader()).await?,
        findings: findings.rows.iter().map(|finding| FindingRow::new(finding, now, &base)).collect(),
    };
    page(StatusCode::OK, &overview)
}

fn card(state: &PagesState, entry: &RegisteredApi) -> ApiCard {
    let formats = &entry.policy.key_formats;
    let has = |environment: &Environment| formats.iter().any(|format| format.environment == *environment);
    ApiCard {
        name: entry.api.name.to_string(),
        title: state.title_of(&entry.api.name),
        environments: Environment::ALL.into_iter().filter(has).map(Environment::as_str).collect(),
        prefixes: formats.iter().map(|format| Arc::clone(&format.prefix)).filter(|p| !p.is_empty()).collect(),
        scopes: entry.policy.scopes.iter().count(),
    }
}
