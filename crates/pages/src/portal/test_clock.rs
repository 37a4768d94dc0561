//! The clock of a workspace's test environment, put ahead to try what happens when things end.

use std::time::Duration;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Right, TestClock};
use http::StatusCode;

use crate::chrome::{Chrome, Tab, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{KeysRead, KeysWrite, Permit};
use crate::public::duration_text;
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// How far it can be put ahead here, in seconds. By the API, any number of seconds will do.
const CHOICES: [u64; 7] = [HOUR, 2 * HOUR, DAY, 7 * DAY, 31 * DAY, 91 * DAY, 366 * DAY];

/// A clock that is ahead, as pages show it.
pub(crate) struct ClockView {
    /// By how much.
    pub(crate) ahead: String,
    /// Since when.
    pub(crate) since: Moment,
}

impl From<&TestClock> for ClockView {
    fn from(clock: &TestClock) -> Self {
        Self { ahead: duration_text(clock.ahead.get()), since: Moment::exact(clock.set_at) }
    }
}

#[derive(Template)]
#[template(path = "portal/test_clock.html")]
struct TestClockPage<'p> {
    chrome: Chrome<'p>,
    clock: Option<ClockView>,
    choices: Vec<(u64, String)>,
    may_set: bool,
}

/// The clock of the reader's workspace, where it is ahead.
pub(crate) async fn clock_of(state: &PagesState, reader: &Reader) -> Result<Option<ClockView>, PageError> {
    let visit = reader.visit().ok_or(PageError::NoPage)?;
    let found = state.engine.find_test_clock(&reader.actor(), visit.workspace().id).await?;
    Ok(found.as_ref().map(ClockView::from))
}

/// `GET /portal/{workspace}/test-clock`
pub(crate) async fn show_test_clock(
    State(state): State<PagesState>,
    permit: Permit<KeysRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let reader = permit.reader();
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let shown = TestClockPage {
        chrome: Chrome::in_portal(reader, Tab::Overview).saying(notice),
        clock: clock_of(&state, reader).await?,
        choices: CHOICES
            .into_iter()
            .map(|seconds| (seconds, duration_text(Duration::from_secs(seconds))))
            .collect(),
        may_set: reader.actor().require(Right::WriteKeys).is_ok(),
    };
    page(StatusCode::OK, &shown)
}

/// `POST /portal/{workspace}/test-clock`
pub(crate) async fn set_test_clock(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<KeysWrite>,
) -> Answer {
    let reader = permit.reader();
    let workspace = reader.visit().ok_or(PageError::NoPage)?.workspace().id;
    let seconds = fields.get("ahead").parse().map_err(|_| PageError::BadForm)?;
    let clock = state.engine.set_test_clock(&permit.actor(), workspace, Duration::from_secs(seconds)).await?;
    let notice = if clock.is_some() { Notice::TestClockSet } else { Notice::TestClockReturned };
    let address = format!("/portal/{workspace}/test-clock?notice={}", notice.word());
    Ok(Redirect::to(&address).into_response())
}
