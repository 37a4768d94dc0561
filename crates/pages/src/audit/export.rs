//! The record as a file, streamed.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use claviger_engine::ExportFormat;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::wanted::read_filter;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::permit::{AuditRead, Permit};
use crate::state::PagesState;

/// `GET /console/audit/export`
pub(crate) async fn export_audit(
    State(state): State<PagesState>,
    permit: Permit<AuditRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let format = match query.get("format") {
        "jsonl" => ExportFormat::JsonLines,
        "csv" => ExportFormat::Csv,
        _ => return Err(PageError::Parameter("format")),
    };
    let filter = read_filter(&state, permit.reader(), &query).await?;
    let export = state.engine.export_audit(&permit.actor(), filter, format).await?;
    let mut response = Response::new(Body::from_stream(export.into_stream()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(format.disposition()));
    Ok(response)
}
