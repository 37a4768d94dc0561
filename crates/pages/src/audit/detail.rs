//! One row of the record: who did what, from where, and what changed.

use askama::Template;
use axum::extract::State;
use claviger_domain::AuditSeq;
use http::StatusCode;

use super::list::tell;
use super::place;
use super::row::{AuditRow, Part, parts};
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::path::Path;
use crate::permit::{AuditRead, Permit};
use crate::state::PagesState;

#[derive(Template)]
#[template(path = "audit_entry.html")]
struct AuditEntryPage<'p> {
    chrome: Chrome<'p>,
    place: String,
    row: AuditRow,
    number: AuditSeq,
    /// The word that scripts know it by.
    action: &'p str,
    object_id: &'p str,
    request: Option<&'p str>,
    address: Option<&'p str>,
    hash: String,
    parts: Vec<Part>,
    has_before: bool,
    has_after: bool,
}

/// `GET /console/audit/{id}`
pub(crate) async fn show_audit_entry(
    State(state): State<PagesState>,
    permit: Permit<AuditRead>,
    Path(id): Path<String>,
) -> Answer {
    let seq: AuditSeq = id.parse().map_err(|_| PageError::NoPage)?;
    let reader = permit.reader();
    let entry = state.engine.find_audit(&reader.actor(), seq).await?;
    let mut rows = tell(&state, reader, std::slice::from_ref(&entry)).await?;
    let row = rows.pop().ok_or(PageError::NoPage)?;
    let shown = AuditEntryPage {
        chrome: Chrome::at(reader, Section::Audit),
        place: place(reader),
        row,
        number: entry.seq,
        action: &entry.action,
        object_id: &entry.object,
        request: entry.request.as_deref(),
        address: entry.address.as_deref(),
        hash: entry.hash.to_string(),
        parts: parts(&entry),
        has_before: entry.before.is_some(),
        has_after: entry.after.is_some(),
    };
    page(StatusCode::OK, &shown)
}
