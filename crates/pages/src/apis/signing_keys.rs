//! What an API's tokens are signed with, when that changes, and changing it now.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Algorithm, SigningKey, SigningKeyState, SigningSchedule, Timestamp};
use claviger_engine::{JWK_SET_MAX_AGE, SigningKeyError};
use http::StatusCode;

use super::contract::signs;
use super::find;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{ClientsRead, ClientsWrite, Permit, Recent};
use crate::public::duration_text;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

struct KeyRow {
    id: String,
    algorithm: &'static str,
    state: KeyState,
    signs_from: Moment,
    /// When it stops signing, or by the schedule would.
    signs_until: Moment,
    has_successor: bool,
    leaves: Option<Moment>,
}

/// A state with its word and colour.
#[derive(Clone, Copy)]
struct KeyState(SigningKeyState);

impl KeyState {
    const fn word(self) -> Phrase {
        match self.0 {
            SigningKeyState::Announced => say("signing-keys-announced"),
            SigningKeyState::Active => say("signing-keys-signs"),
            SigningKeyState::Retired => say("signing-keys-still-checked"),
            SigningKeyState::Removed => say("signing-keys-gone"),
        }
    }

    const fn tone(self) -> &'static str {
        match self.0 {
            SigningKeyState::Active => "good",
            SigningKeyState::Announced | SigningKeyState::Retired => "rest",
            SigningKeyState::Removed => "over",
        }
    }
}

#[derive(Template)]
#[template(path = "signing_keys.html")]
struct SigningKeys<'p> {
    chrome: Chrome<'p>,
    api: String,
    title: String,
    jwks: Option<String>,
    rotation: String,
    announcement: String,
    /// How long those who check tokens may keep the set.
    kept: String,
    rows: Vec<KeyRow>,
    /// The algorithms that have a key that can be replaced.
    algorithms: Vec<&'static str>,
}

/// `GET /console/apis/{id}/signing-keys`
pub(crate) async fn list_signing_keys(
    State(state): State<PagesState>,
    permit: Permit<ClientsRead>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let installed = find(&state, &name)?;
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let keys = state.engine.list_signing_keys(installed.api).await?;
    let (now, schedule) = (state.engine.clock().now(), state.engine.signing_schedule());
    let mut algorithms: Vec<_> = keys.iter().map(|key| key.algorithm.as_str()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let contract = &installed.contract;
    let shown = SigningKeys {
        chrome: Chrome::new(permit.signed_in(), Section::Apis).saying(notice),
        api: contract.name().to_string(),
        title: contract.title().to_owned(),
        jwks: signs(contract).then(|| contract.address_for(claviger_contract::Purpose::Jwks)).flatten(),
        rotation: duration_text(schedule.rotation),
        announcement: duration_text(schedule.announcement),
        kept: duration_text(JWK_SET_MAX_AGE),
        rows: keys.iter().map(|key| row(key, schedule, now)).collect(),
        algorithms,
    };
    page(StatusCode::OK, &shown)
}

/// `POST /console/apis/{id}/signing-keys`
pub(crate) async fn rotate_signing_key(
    State(state): State<PagesState>,
    Path(name): Path<String>,
    Sent { permit, fields }: Sent<Recent<ClientsWrite>>,
) -> Answer {
    let installed = find(&state, &name)?;
    let algorithm = Algorithm::from_name(fields.get("algorithm")).ok_or(PageError::BadForm)?;
    let at_once = match fields.get("when") {
        "announced" => false,
        "at-once" => true,
        _ => return Err(PageError::BadForm),
    };
    let rotated = state.engine.rotate_signing_key(&permit.actor(), installed.api, algorithm, at_once).await;
    match rotated {
        Ok(_) => {}
        Err(SigningKeyError::Symmetric(_)) => return Err(PageError::BadForm),
        Err(error) => return Err(error.into()),
    }
    let notice = if at_once { Notice::SigningKeyReplaced } else { Notice::SigningKeyAnnounced };
    let api = installed.contract.name();
    Ok(Redirect::to(&format!("/console/apis/{api}/signing-keys?notice={}", notice.word())).into_response())
}

fn row(key: &SigningKey, schedule: SigningSchedule, now: Timestamp) -> KeyRow {
    KeyRow {
        id: key.id.to_string(),
        algorithm: key.algorithm.as_str(),
        state: KeyState(key.state(now)),
        signs_from: Moment::exact(key.activates_at),
        signs_until: Moment::exact(
            key.retires_at.unwrap_or_else(|| key.activates_at.plus(schedule.rotation)),
        ),
        has_successor: key.retires_at.is_some(),
        leaves: key.removes_at.map(Moment::exact),
    }
}
