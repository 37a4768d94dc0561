//! An API's test environment: when it is reset, what that does, and resetting it now.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{KeysAtReset, ResetCause, ResetSchedule, SandboxReset, Weekday};
use claviger_engine::Sandbox;
use http::StatusCode;

use super::find;
use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{Permit, Recent, WorkspacesRead, WorkspacesWrite};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// A test environment as pages show it.
pub(crate) struct SandboxView {
    /// When it is reset by itself, in words.
    pub(crate) schedule: Option<Phrase>,
    /// When the next time is.
    pub(crate) next: Option<Moment>,
    /// Whether a reset revokes keys.
    pub(crate) revokes_keys: bool,
    /// The last reset.
    pub(crate) last: Option<ResetView>,
}

/// A reset as pages show it.
pub(crate) struct ResetView {
    /// When it began.
    pub(crate) begun: Moment,
    /// When all was done.
    pub(crate) ended: Option<Moment>,
    /// Whether somebody asked for it.
    pub(crate) is_asked_for: bool,
    /// What it ended, with how many.
    pub(crate) counts: [(Phrase, u64); 4],
}

impl SandboxView {
    /// What is shown of it.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self {
            schedule: sandbox.policy.schedule.map(in_words),
            next: sandbox.next_at.map(Moment::exact),
            revokes_keys: sandbox.policy.keys == KeysAtReset::Revoke,
            last: sandbox.last.as_ref().map(ResetView::of),
        }
    }
}

fn in_words(schedule: ResetSchedule) -> Phrase {
    match schedule.weekday {
        Some(weekday) => say("schedule-weekly").with("weekday", name_of(weekday)).with("time", schedule.at),
        None => say("schedule-daily").with("time", schedule.at),
    }
}

const fn name_of(weekday: Weekday) -> Phrase {
    match weekday {
        Weekday::Monday => say("schedule-monday"),
        Weekday::Tuesday => say("schedule-tuesday"),
        Weekday::Wednesday => say("schedule-wednesday"),
        Weekday::Thursday => say("schedule-thursday"),
        Weekday::Friday => say("schedule-friday"),
        Weekday::Saturday => say("schedule-saturday"),
        Weekday::Sunday => say("schedule-sunday"),
    }
}

impl ResetView {
    fn of(reset: &SandboxReset) -> Self {
        let counts = reset.counts;
        Self {
            begun: Moment::exact(reset.begun_at),
            ended: reset.ended_at.map(Moment::exact),
            is_asked_for: reset.cause == ResetCause::Request,
            counts: [
                (say("sandbox-tokens"), counts.tokens),
                (say("sandbox-grants"), counts.grants),
                (say("word-sessions"), counts.sessions),
                (say("word-keys"), counts.keys),
            ],
        }
    }
}

#[derive(Template)]
#[template(path = "sandbox.html")]
struct SandboxPage<'p> {
    chrome: Chrome<'p>,
    name: String,
    title: String,
    sandbox: SandboxView,
}

/// `GET /console/apis/{id}/sandbox`
pub(crate) async fn show_sandbox(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let installed = find(&state, &name)?;
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let shown = SandboxPage {
        chrome: Chrome::new(permit.signed_in(), Section::Apis).saying(notice),
        name: installed.contract.name().to_string(),
        title: installed.contract.title().to_owned(),
        sandbox: SandboxView::of(&state.engine.find_sandbox(installed.api).await?),
    };
    page(StatusCode::OK, &shown)
}

/// `POST /console/apis/{id}/sandbox`
pub(crate) async fn reset_sandbox(
    State(state): State<PagesState>,
    Path(name): Path<String>,
    Sent { permit, .. }: Sent<Recent<WorkspacesWrite>>,
) -> Answer {
    let installed = find(&state, &name)?;
    state.engine.reset_sandbox(&permit.actor(), installed.api).await?;
    let (api, notice) = (installed.contract.name(), Notice::SandboxReset);
    Ok(Redirect::to(&format!("/console/apis/{api}/sandbox?notice={}", notice.word())).into_response())
}
