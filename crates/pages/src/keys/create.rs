//! Making a key: first its API, then everything else on one form.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{KeyFormat, KeyKind, Metadata, Timestamp};
use claviger_engine::{KeyError, NewKey, RegisteredApi};
use http::StatusCode;

use super::addresses::read_addresses;
use super::list::{Choice, workspace_choices};
use super::scopes::{PRESET, PresetChoice, ScopeChoice, preset_choices, presets, read_scopes, scope_choices};
use super::shown_once::{self, Made, shown_already};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::permit::{KeysWrite, Permit, Recent};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

const DAY: u64 = 86_400;

/// The lives that are offered, in days, as far as the API's contract allows.
const LIVES: [u64; 4] = [30, 90, 180, 365];

/// The life that is chosen at first, of those.
const ADVISED: &str = "90";

/// An API to choose.
struct ApiChoice {
    name: String,
    title: String,
}

#[derive(Template)]
#[template(path = "choose_api.html")]
struct ChooseApi<'p> {
    chrome: Chrome<'p>,
    apis: Vec<ApiChoice>,
    workspace: &'p str,
}

/// A form of key that the API hands out.
struct FormatChoice {
    value: String,
    environment: &'static str,
    kind: KeyKind,
    prefix: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "new_key.html")]
struct NewKeyPage<'p> {
    chrome: Chrome<'p>,
    api: String,
    title: String,
    workspaces: Vec<Choice>,
    formats: Vec<FormatChoice>,
    scopes: Vec<ScopeChoice>,
    /// Scopes that the contract offers together.
    presets: Vec<PresetChoice>,
    /// Whether no preset is chosen.
    is_chosen_singly: bool,
    lives: Vec<Choice>,
    name: &'p str,
    addresses: &'p str,
    /// Makes a form that is sent twice make one key.
    once: String,
    complaints: Complaints,
}

/// `GET /console/keys/new`
pub(crate) async fn show_new_key(
    State(state): State<PagesState>,
    permit: Permit<KeysWrite>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let apis = state.engine.list_apis();
    let entry = match (query.given("api"), apis.as_slice()) {
        (Some(text), _) => state.engine.find_api(text).ok_or(PageError::Parameter("API"))?,
        (None, [only]) => only.clone(),
        (None, _) => return choose_api(&state, &permit, &apis, query.get("workspace")),
    };
    show_form(&state, permit.reader(), &entry, (&query, Complaints::default())).await
}

/// `POST /console/keys/new`
pub(crate) async fn create_key(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let entry = state.engine.find_api(fields.get("api")).ok_or(PageError::BadForm)?;
    let complaints = match read_key(&state, permit.reader(), &entry, &fields) {
        Err(complaints) => complaints,
        Ok(new) => {
            let once =
                state.engine.idempotency_key(fields.get("once"), fields.fingerprint("once").as_bytes());
            match state.engine.issue_key(&permit.actor(), new, once).await {
                Ok(issued) if issued.is_repeat => return Ok(shown_already(permit.reader(), issued.key.id)),
                Ok(issued) => {
                    let made = (&issued.key, &issued.text);
                    return shown_once::show(&state, permit.reader(), Made::Key, made).await;
                }
                Err(error) => complain(error)?,
            }
        }
    };
    show_form(&state, permit.reader(), &entry, (&fields, complaints)).await
}

/// A refusal that a change in the form can help, beside the field it is about; any other is a page of its own.
fn complain(error: KeyError) -> Result<Complaints, PageError> {
    let field = match error.pointer() {
        Some("/workspace") => "workspace",
        Some("/scopes") => "scope",
        Some("/environment") => "format",
        Some("/expires_at") => "life",
        _ => return Err(error.into()),
    };
    Ok(Complaints::one(field, error.explain()))
}

fn read_key(
    state: &PagesState,
    reader: &Reader,
    entry: &RegisteredApi,
    fields: &Fields,
) -> Result<NewKey, Complaints> {
    let mut wrong = Complaints::default();
    let name =
        wrong.take("name", fields.get("name").parse().map_err(|error| mistake(say("wrong-name"), &error)));
    let workspace = match reader.visit() {
        Some(visit) => Ok(visit.workspace().id),
        None => fields.get("workspace").parse().map_err(|_| say("new-key-choose-workspace").to_string()),
    };
    let workspace = wrong.take("workspace", workspace);
    let format = entry.policy.key_formats.iter().find(|format| value_of(format) == fields.get("format"));
    let format = wrong.take("format", format.ok_or_else(|| say("new-key-choose-where-key-work").to_string()));
    let scopes = wrong.take("scope", read_scopes(&presets(state, entry), fields));
    let expires_at = wrong.take("life", read_life(fields.get("life"), state.engine.clock().now()));
    let addresses = wrong.take("addresses", read_addresses(fields));
    let limits = (expires_at, addresses);
    match (name, workspace, format, scopes, limits) {
        (Some(name), Some(workspace), Some(format), Some(scopes), (Some(expires_at), Some(addresses))) => {
            Ok(NewKey {
                api: entry.api.id,
                workspace,
                environment: format.environment,
                kind: format.kind,
                name,
                scopes,
                not_before: None,
                expires_at,
                addresses,
                limits: Vec::new(),
                metadata: Metadata::default(),
                is_canary: false,
            })
        }
        _ => Err(wrong),
    }
}

/// When a key ends that lives this many days; empty for as long as its contract says.
fn read_life(days: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    if days.is_empty() {
        return Ok(None);
    }
    let offered = LIVES.into_iter().find(|offered| offered.to_string() == days);
    let days = offered.ok_or_else(|| say("new-key-choose-how-long-key-live").to_string())?;
    Ok(Some(now.plus(Duration::from_secs(days * DAY))))
}

fn value_of(format: &KeyFormat) -> String {
    format!("{}-{}", format.environment, format.kind.as_str())
}

fn choose_api(
    state: &PagesState,
    permit: &Permit<KeysWrite>,
    apis: &[RegisteredApi],
    workspace: &str,
) -> Answer {
    let chooser = ChooseApi {
        chrome: Chrome::at(permit.reader(), Section::Keys),
        apis: apis
            .iter()
            .map(|entry| ApiChoice {
                name: entry.api.name.to_string(),
                title: state.title_of(&entry.api.name),
            })
            .collect(),
        workspace,
    };
    page(StatusCode::OK, &chooser)
}

async fn show_form(
    state: &PagesState,
    reader: &Reader,
    entry: &RegisteredApi,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let workspaces = match reader.visit() {
        None => workspace_choices(state, fields.get("workspace").parse().ok()).await?,
        Some(_) => Vec::new(),
    };
    let presets = preset_choices(&presets(state, entry), fields.get(PRESET));
    let chosen: Vec<String> = fields.all("scope").map(str::to_owned).collect();
    let form = NewKeyPage {
        chrome: Chrome::at(reader, Section::Keys),
        api: entry.api.name.to_string(),
        title: state.title_of(&entry.api.name),
        workspaces,
        formats: format_choices(entry, fields.get("format")),
        scopes: scope_choices(entry, &chosen),
        is_chosen_singly: presets.iter().all(|preset| !preset.is_chosen),
        presets,
        lives: life_choices(entry, fields.all("life").next()),
        name: fields.get("name"),
        addresses: fields.get("addresses"),
        once: state.engine.random_text().expose().to_owned(),
        complaints,
    };
    page(status, &form)
}

/// One choice for each environment and kind; the first format of it is the one that new keys get.
fn format_choices(entry: &RegisteredApi, chosen: &str) -> Vec<FormatChoice> {
    let mut choices: Vec<FormatChoice> = Vec::new();
    for format in &entry.policy.key_formats {
        let value = value_of(format);
        if choices.iter().any(|choice| choice.value == value) {
            continue;
        }
        choices.push(FormatChoice {
            is_chosen: value == chosen || (chosen.is_empty() && choices.is_empty()),
            value,
            environment: format.environment.as_str(),
            kind: format.kind,
            prefix: format.prefix.to_string(),
        });
    }
    choices
}

fn life_choices(entry: &RegisteredApi, chosen: Option<&str>) -> Vec<Choice> {
    let lives = &entry.policy.key_lifetimes;
    // Unless its contract has a life of its own for keys, a new key ends by itself if nobody says otherwise.
    let chosen = chosen.unwrap_or(if lives.default.is_some() { "" } else { ADVISED });
    let standard = match lives.default {
        Some(life) => say("new-key-as-api-says").count("days", life.as_secs() / DAY).to_string(),
        None => say("new-key-without-end").to_string(),
    };
    let fits = |days: &u64| lives.max.is_none_or(|max| Duration::from_secs(days * DAY) <= max);
    // A contract that bounds the life and names none makes every key name its own.
    let first = (lives.default.is_some() || lives.max.is_none()).then(|| Choice {
        value: String::new(),
        text: standard,
        is_chosen: chosen.is_empty(),
    });
    let offered = LIVES.into_iter().filter(fits).map(|days| {
        let value = days.to_string();
        Choice { is_chosen: value == chosen, text: life_text(days), value }
    });
    first.into_iter().chain(offered).collect()
}

/// A life as people say it.
fn life_text(days: u64) -> String {
    match days {
        365 => say("new-key-one-year").to_string(),
        days => say("span-days").count("count", days).to_string(),
    }
}
