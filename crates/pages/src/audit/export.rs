//! The record as a file, streamed.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use claviger_engine::{AuditExport, ExportFormat};
use futures_util::{TryStreamExt as _, stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::wanted::read_filter;
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::permit::{AuditRead, Permit};
use crate::state::{By, PagesState};

/// `GET /console/audit/export`
pub(crate) async fn export_audit(
    State(state): State<PagesState>,
    permit: Permit<AuditRead>,
    By(call): By,
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
    let pieces = stream::try_unfold(export, AuditExport::step).inspect_err(move |error| {
        // The status is sent already: all that is left is to break the answer off.
        let error: &dyn std::error::Error = error;
        tracing::error!(request_id = call.request.as_deref(), error, "an export broke off");
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(format.disposition()));
    Ok(response)
}
