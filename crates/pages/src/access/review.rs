//! One request for access: what is asked, what was checked, and what was decided.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{AccessRequestId, Ruling, open_steps};
use claviger_engine::Review;
use http::StatusCode;

use super::words::{self, RequestRow};
use crate::author::author;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::names::Names;
use crate::keys::scopes::{ScopeChoice, scope_choices};
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, WorkspacesRead};
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// A step that nobody has checked.
struct OpenStep {
    name: &'static str,
    title: Phrase,
    about: Phrase,
}

/// A line of the log.
struct LogRow {
    at: Moment,
    by: String,
    what: String,
    note: String,
}

#[derive(Template)]
#[template(path = "access_request.html")]
struct RequestPage<'p> {
    chrome: Chrome<'p>,
    row: RequestRow,
    use_case: &'p str,
    open: Vec<OpenStep>,
    log: Vec<LogRow>,
    /// The workspace that came of it.
    workspace: Option<String>,
    scopes: Vec<ScopeChoice>,
    reason: &'p str,
    complaints: Complaints,
}

/// `GET /console/access-requests/{id}`
pub(crate) async fn show_access_request(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let review = state.engine.find_access_request(&permit.actor(), read_id(&id)?).await?;
    show(&state, permit.reader(), &review, (Notice::read(&query), &Fields::default(), Complaints::default()))
        .await
}

/// The page, with what has happened, what was typed and what is wrong.
pub(super) async fn show(
    state: &PagesState,
    reader: &Reader,
    review: &Review,
    (notice, fields, complaints): (Option<Phrase>, &Fields, Complaints),
) -> Answer {
    let Review { request, checks } = review;
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let names = Names::of_workspaces(state, std::iter::empty()).await?;
    let is_waiting = request.ruled.is_none();
    let open = open_steps(checks).into_iter().filter(|_| is_waiting).map(|step| {
        let (title, about) = words::step(step);
        OpenStep { name: step.as_str(), title, about }
    });
    let entry = state.engine.find_api(&request.api.to_string()).filter(|_| is_waiting);
    let chosen: Vec<String> = fields.all("scope").map(str::to_owned).collect();
    let workspace = match request.ruled.as_ref().map(|ruled| &ruled.ruling) {
        Some(Ruling::Approved { workspace, .. }) => Some(workspace.to_string()),
        _ => None,
    };
    let shown = RequestPage {
        chrome: Chrome::at(reader, Section::Access).saying(notice),
        row: RequestRow::new(request, &names, state.engine.clock().now()),
        use_case: request.use_case.as_str(),
        open: open.collect(),
        log: log(review, reader),
        workspace,
        scopes: entry.map(|entry| scope_choices(&entry, &chosen)).unwrap_or_default(),
        reason: fields.get("reason"),
        complaints,
    };
    page(status, &shown)
}

/// What happened to a request, oldest first.
fn log(Review { request, checks }: &Review, reader: &Reader) -> Vec<LogRow> {
    let made = LogRow {
        at: Moment::exact(request.created_at),
        by: request.contact.to_string(),
        what: say("access-asked-access").to_string(),
        note: String::new(),
    };
    let checked = checks.iter().map(|check| LogRow {
        at: Moment::exact(check.checked_at),
        by: author(&check.checked_by, reader.signed_in()),
        what: say("access-checked").with("step", words::step(check.step).0).to_string(),
        note: check.note.as_ref().map(ToString::to_string).unwrap_or_default(),
    });
    let ruled = request.ruled.iter().map(|ruled| {
        let (what, note) = match &ruled.ruling {
            Ruling::Approved { scopes, .. } if scopes.is_empty() => (say("access-approved"), String::new()),
            Ruling::Approved { scopes, .. } => {
                (say("access-approved"), say("access-first-keys").with("scopes", scopes).to_string())
            }
            Ruling::Declined { reason } => (say("access-declined"), reason.to_string()),
        };
        let by = author(&ruled.by, reader.signed_in());
        LogRow { at: Moment::exact(ruled.at), by, what: what.to_string(), note }
    });
    std::iter::once(made).chain(checked).chain(ruled).collect()
}

/// The id in a path.
pub(super) fn read_id(text: &str) -> Result<AccessRequestId, PageError> {
    text.parse().map_err(|_| PageError::NoPage)
}
