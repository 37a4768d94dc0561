//! What a key could do on a date.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{KeyId, KeyMoment, KeySnapshot, Timestamp};
use claviger_engine::{AuditError, KeyAt};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::path::Path;
use crate::permit::{AuditRead, Permit};
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// The key as it was then.
struct Then {
    at: Moment,
    works: bool,
    said: Phrase,
    name: String,
    api: String,
    workspace: String,
    environment: &'static str,
    scopes: Vec<String>,
    addresses: Vec<String>,
    limits: Vec<String>,
    texts: Vec<String>,
    not_before: Option<Moment>,
    expires: Option<Moment>,
    /// The row of the record that says so.
    row: Option<String>,
}

#[derive(Template)]
#[template(path = "key_at.html")]
struct KeyAtPage<'p> {
    chrome: Chrome<'p>,
    id: KeyId,
    instant: String,
    then: Option<Then>,
    complaints: Complaints,
}

/// `GET /console/keys/{id}/at`
pub(crate) async fn show_key_at(
    State(state): State<PagesState>,
    permit: Permit<AuditRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id: KeyId = id.parse().map_err(|_| PageError::NoPage)?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked = query.given("instant").map(|text| read_instant(text).ok_or(text));
    let instant = match asked {
        Some(Err(_)) => None,
        Some(Ok(instant)) => Some(instant),
        None => Some(state.engine.clock().now()),
    };
    let (status, then, complaints) = match instant {
        None => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(say("key-at-no-date"))),
        Some(instant) => match state.engine.key_at(id, instant).await {
            Ok(at) => (StatusCode::OK, Some(then(&state, &at).await?), None),
            Err(AuditError::NotRecorded) => (StatusCode::OK, None, Some(say("key-at-nobody-knows"))),
            Err(error) => return Err(PageError::from(error)),
        },
    };
    let complaints = complaints.map_or_else(Complaints::default, |text| Complaints::one("instant", text));
    let instant = match query.given("instant") {
        Some(text) => text.to_owned(),
        None => instant.map(for_field).unwrap_or_default(),
    };
    let chrome = Chrome::at(permit.reader(), Section::Keys);
    page(status, &KeyAtPage { chrome, id, instant, then, complaints })
}

async fn then(state: &PagesState, at: &KeyAt) -> Result<Then, PageError> {
    let KeySnapshot { name, scopes, addresses, limits, .. } = &at.key;
    let names = Names::of_workspaces(state, [at.key.workspace].into_iter()).await?;
    let texts = |all: &mut dyn Iterator<Item = String>| all.collect();
    Ok(Then {
        at: Moment::exact(at.instant),
        works: at.moment == KeyMoment::Active,
        said: said(at.moment),
        name: name.to_string(),
        api: names.api(at.key.api),
        workspace: names.workspace(at.key.workspace),
        environment: at.key.environment.as_str(),
        scopes: texts(&mut scopes.iter().map(ToString::to_string)),
        addresses: texts(&mut addresses.iter().map(ToString::to_string)),
        limits: texts(&mut limits.iter().map(|limit| format!("{}: {}", limit.name, limit.requests))),
        texts: texts(&mut at.key.texts_at(at.instant).map(|text| text.hint.to_string())),
        not_before: at.key.not_before.map(Moment::exact),
        expires: at.key.expires_at.map(Moment::exact),
        row: at.evidence.map(|seq| seq.to_string()),
    })
}

const fn said(moment: KeyMoment) -> Phrase {
    match moment {
        KeyMoment::Active => say("key-at-worked"),
        KeyMoment::NotMadeYet => say("key-at-not-made-yet"),
        KeyMoment::NotYetValid => say("key-at-not-yet-valid"),
        KeyMoment::Disabled => say("key-at-disabled"),
        KeyMoment::Revoked => say("key-at-revoked"),
        KeyMoment::Expired => say("key-at-expired"),
        KeyMoment::WorkspaceSuspended => say("key-at-suspended"),
    }
}

/// What a field for date and time sends, which is meant in UTC, or RFC 3339.
fn read_instant(text: &str) -> Option<Timestamp> {
    let is_minute = text.len() == "2026-01-01T00:00".len();
    let seconds = if is_minute { ":00Z" } else { "Z" };
    Timestamp::parse_rfc3339(text).or_else(|_| Timestamp::parse_rfc3339(&format!("{text}{seconds}"))).ok()
}

/// What a field for date and time shows.
fn for_field(at: Timestamp) -> String {
    Timestamp::from_seconds(at.seconds()).to_string().trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_as_fields_and_scripts_write_it() {
        let at = Some(Timestamp::from_seconds(1_767_225_600));
        for text in
            ["2026-01-01T00:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"]
        {
            assert_eq!(read_instant(text), at, "{text}");
        }
        for text in ["", "yesterday", "2026-01-01", "2026-02-30T00:00"] {
            assert_eq!(read_instant(text), None, "{text}");
        }
        assert_eq!(for_field(Timestamp::from_micros(1_767_225_600_000_001)), "2026-01-01T00:00:00");
    }

    #[test]
    fn every_state_is_told_in_a_sentence() {
        for moment in KeyMoment::ALL {
            let said = said(moment).to_string();
            assert!(said.starts_with("It ") && said.ends_with('.'), "{moment:?}");
        }
    }
}
