//! One key: what it is, how it is used, and what can be done with it.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{Key, KeyGeneration, KeyKind, KeyState, Right, Timestamp};
use http::StatusCode;

use super::names::Names;
use super::overlap::Overlap;
use super::row::{KeyRow, version_of};
use super::shown_once::read_id;
use crate::apis::limit_in_words;
use crate::author::author;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::Answer;
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{KeysRead, Permit};
use crate::public::duration_text;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::usage::{Span, UsagePicture};
use crate::words::{Phrase, say};

/// How long an old text can go on, as far as the API's contract allows.
const OVERLAPS: [u64; 5] = [0, 3_600, 86_400, 7 * 86_400, 30 * 86_400];

/// One text of a key.
struct GenerationRow {
    hint: String,
    created: Moment,
    retires: Option<Moment>,
    last_used: Option<Moment>,
    address: String,
    agent: String,
}

/// What can be done with a key as it is now.
#[derive(Default)]
struct Options {
    overlaps: Vec<(u64, String)>,
    can_replace_secret: bool,
    can_disable: bool,
    can_enable: bool,
    can_revoke: bool,
    can_edit: bool,
}

#[derive(Template)]
#[template(path = "key.html")]
struct KeyPage<'p> {
    chrome: Chrome<'p>,
    row: KeyRow,
    kind: Phrase,
    secret: Option<Phrase>,
    /// Whether there is one to be replaced.
    has_secret: bool,
    workspace_id: String,
    generations: Vec<GenerationRow>,
    not_before: Option<Moment>,
    expires: Option<Moment>,
    addresses: Vec<String>,
    /// How old its newest text is, beside the age at which its API advises another one.
    age: (Phrase, Option<String>),
    /// Its own limits, in words.
    limits: Vec<String>,
    created: (Moment, String),
    updated: (Moment, String),
    options: Options,
    /// Tells a form that was made for an earlier state of the key.
    version: String,
    usage: UsagePicture,
    /// Who still uses its older versions, where one still works.
    overlap: Option<Overlap>,
    complaints: Complaints,
}

/// `GET /console/keys/{id}`
pub(crate) async fn show_key(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let key = state.engine.find_key_for(&permit.actor(), read_id(&id)?).await?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let said =
        Said { notice: Notice::read(&query), span: Span::read(&query), complaints: Complaints::default() };
    show(&state, permit.reader(), &key, said).await
}

/// What a page of a key says beside the key.
pub(super) struct Said {
    /// What has happened.
    pub(super) notice: Option<Phrase>,
    /// How much of its usage is shown.
    pub(super) span: Span,
    /// What is wrong.
    pub(super) complaints: Complaints,
}

impl Said {
    /// That something is wrong.
    pub(super) const fn wrong(complaints: Complaints) -> Self {
        Self { notice: None, span: Span::Day, complaints }
    }
}

/// The page of a key.
pub(super) async fn show(state: &PagesState, reader: &Reader, key: &Key, said: Said) -> Answer {
    let Said { notice, span, complaints } = said;
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let names = Names::of(state, std::slice::from_ref(key)).await?;
    let now = state.engine.clock().now();
    let shown = KeyPage {
        chrome: Chrome::at(reader, Section::Keys).saying(notice),
        row: KeyRow::for_reader(key, &names, now, reader),
        kind: match key.kind {
            KeyKind::Single => say("word-key"),
            KeyKind::Pair => say("key-key-secret"),
        },
        secret: (key.kind == KeyKind::Pair)
            .then(|| if key.secret.is_some() { say("key-one") } else { say("key-none-yet-so-does-not") }),
        has_secret: key.secret.is_some(),
        workspace_id: key.workspace.to_string(),
        generations: key.generations.iter().map(|generation| generation_row(generation, now)).collect(),
        not_before: key.not_before.map(Moment::exact),
        expires: key.expires_at.map(Moment::exact),
        addresses: key.addresses.iter().map(ToString::to_string).collect(),
        age: (age(key, now), names.upkeep(key.api).rotate_after.map(duration_text)),
        limits: key.limits.iter().map(limit_in_words).collect(),
        created: (Moment::exact(key.created_at), author(&key.created_by, reader.signed_in())),
        updated: (Moment::exact(key.updated_at), author(&key.updated_by, reader.signed_in())),
        options: options(state, key, reader),
        version: version_of(key),
        usage: UsagePicture::of(state, reader, Some(key.id.to_string()), span).await?,
        overlap: Overlap::of(state, reader, key, now).await?,
        complaints,
    };
    page(status, &shown)
}

fn options(state: &PagesState, key: &Key, reader: &Reader) -> Options {
    if !reader.allows(Right::WriteKeys) {
        return Options::default();
    }
    let is_usable = key.state.check_rotatable().is_ok();
    let max = state
        .engine
        .find_api(&key.api.to_string())
        .map_or(Duration::ZERO, |entry| entry.policy.key_lifetimes.max_overlap);
    let fits = |seconds: &u64| Duration::from_secs(*seconds) <= max;
    let is_single = key.kind == KeyKind::Single;
    Options {
        overlaps: OVERLAPS
            .into_iter()
            .filter(|overlap| is_usable && is_single && fits(overlap))
            .map(overlap)
            .collect(),
        can_replace_secret: is_usable && !is_single,
        can_disable: matches!(key.state, KeyState::Active),
        can_enable: matches!(key.state, KeyState::Disabled { .. }),
        can_revoke: !matches!(key.state, KeyState::Revoked { .. }),
        can_edit: !matches!(key.state, KeyState::Revoked { .. }),
    }
}

/// In days, of which the first is none.
fn age(key: &Key, now: Timestamp) -> Phrase {
    let newest = key.generations.first().map_or(key.created_at, |newest| newest.created_at);
    say("span-days").count("count", now.since(newest).as_secs() / 86_400)
}

/// How long the version before goes on.
fn overlap(seconds: u64) -> (u64, String) {
    let text = match seconds {
        0 => say("key-end-old-one-once").to_string(),
        seconds => duration_text(Duration::from_secs(seconds)),
    };
    (seconds, text)
}

fn generation_row(generation: &KeyGeneration, now: Timestamp) -> GenerationRow {
    GenerationRow {
        hint: generation.hint.to_string(),
        created: Moment::exact(generation.created_at),
        retires: generation.retires_at.map(Moment::exact),
        last_used: generation.last_used_at.map(|at| Moment::ago(at, now)),
        address: generation.last_used_address.clone().unwrap_or_default(),
        agent: generation.last_used_agent.clone().unwrap_or_default(),
    }
}
