//! One finding: what it rests on, what was done, and what can be done.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Finding, FindingId, Response};
use claviger_engine::KeyError;
use http::StatusCode;

use super::words;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::permit::{FindingsRead, FindingsWrite, Permit, Recent};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// Who has seen it.
struct Seen {
    by: String,
    at: Moment,
    note: String,
}

#[derive(Template)]
#[template(path = "finding.html")]
struct FindingPage<'p> {
    chrome: Chrome<'p>,
    finding: &'p Finding,
    title: Phrase,
    sees: Phrase,
    innocent: Phrase,
    explanation: Phrase,
    subject: String,
    /// The page of the key it is about.
    key_page: Option<String>,
    api: Option<String>,
    workspace: Option<String>,
    first_seen: Moment,
    last_seen: Moment,
    done: Phrase,
    done_at: Option<Moment>,
    seen: Option<Seen>,
    /// Whether the key is restricted now, so that it can be lifted.
    is_restricted: bool,
}

/// `GET /console/findings/{id}`
pub(crate) async fn show_finding(
    State(state): State<PagesState>,
    permit: Permit<FindingsRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id: FindingId = id.parse().map_err(|_| PageError::NoPage)?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let finding = state.engine.find_finding(&permit.actor(), id).await?;
    let names = Names::of_workspaces(&state, finding.workspace.into_iter()).await?;
    let key = match finding.subject.key() {
        Some(key) => match state.engine.find_key(key).await {
            Ok(key) => Some(key),
            // Deleted since.
            Err(KeyError::UnknownKey) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let now = state.engine.clock().now();
    let shown = FindingPage {
        chrome: Chrome::new(permit.signed_in(), Section::Findings).saying(Notice::read(&query)),
        title: words::title(finding.rule),
        sees: words::sees(finding.rule),
        innocent: words::innocent(finding.rule),
        explanation: words::evidence(&finding.evidence),
        subject: finding.subject.to_string(),
        key_page: key.as_ref().map(|key| format!("/console/keys/{}", key.id)),
        api: finding.api.map(|api| names.api(api)),
        workspace: finding.workspace.map(|workspace| names.workspace(workspace)),
        first_seen: Moment::ago(finding.first_seen_at, now),
        last_seen: Moment::ago(finding.last_seen_at, now),
        done: finding
            .answer
            .map_or(say("finding-nothing-yet-looked-every-minute"), |(done, _)| in_words(done)),
        done_at: finding.answer.map(|(_, at)| Moment::ago(at, now)),
        seen: finding.acknowledged.as_ref().map(|seen| Seen {
            by: seen.by.clone(),
            at: Moment::ago(seen.at, now),
            note: seen.note.clone(),
        }),
        is_restricted: key.is_some_and(|key| key.restriction.is_some()),
        finding: &finding,
    };
    page(StatusCode::OK, &shown)
}

/// `POST /console/findings/{id}/acknowledge`
pub(crate) async fn acknowledge_finding(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<FindingsWrite>,
) -> Answer {
    let id: FindingId = id.parse().map_err(|_| PageError::NoPage)?;
    state.engine.acknowledge_finding(&permit.actor(), id, fields.get("note")).await?;
    Ok(back(id, Notice::FindingAcknowledged))
}

/// `POST /console/findings/{id}/lift`
pub(crate) async fn lift_finding(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<FindingsWrite>>,
) -> Answer {
    let id: FindingId = id.parse().map_err(|_| PageError::NoPage)?;
    state.engine.lift_response(&permit.actor(), id).await?;
    Ok(back(id, Notice::RestrictionLifted))
}

fn back(id: FindingId, notice: Notice) -> axum::response::Response {
    Redirect::to(&format!("/console/findings/{id}?notice={}", notice.word())).into_response()
}

const fn in_words(response: Response) -> Phrase {
    match response {
        Response::Notify => say("finding-listed-here-told-whom-settings"),
        Response::Throttle => say("finding-key-slowed-down-one-request"),
        Response::Quarantine => say("finding-key-quarantined-only-reads"),
        Response::Revoke => say("finding-key-revoked"),
    }
}
