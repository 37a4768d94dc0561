//! The queue of requests for access.

use askama::Template;
use axum::extract::{RawQuery, State};
use claviger_domain::{AccessRequestId, PageRequest};
use http::StatusCode;

use super::words::RequestRow;
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::next_page;
use crate::keys::names::Names;
use crate::notice::Notice;
use crate::permit::{Permit, WorkspacesRead};
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "access_requests.html")]
struct Requests<'p> {
    chrome: Chrome<'p>,
    rows: Vec<RequestRow>,
    is_all: bool,
    /// The address of the next page.
    next: Option<String>,
}

/// `GET /console/access-requests`
pub(crate) async fn list_access_requests(
    State(state): State<PagesState>,
    permit: Permit<WorkspacesRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let is_all = query.get("state") == "all";
    let before = query.given("before").map(str::parse::<AccessRequestId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(AccessRequestId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::DEFAULT_LIMIT };
    let listed = state.engine.list_access_requests(&permit.actor(), !is_all, wanted).await?;
    let names = Names::of_workspaces(&state, std::iter::empty()).await?;
    let now = state.engine.clock().now();
    let next =
        |id| next_page(("/console/access-requests", &["state"]), &query, &AccessRequestId::from_uuid(id));
    let shown = Requests {
        chrome: Chrome::at(permit.reader(), Section::Access).saying(Notice::read(&query)),
        rows: listed.rows.iter().map(|request| RequestRow::new(request, &names, now)).collect(),
        is_all,
        next: listed.next.map(next),
    };
    page(StatusCode::OK, &shown)
}
