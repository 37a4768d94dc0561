//! `GET /v1/audit/export`: the whole record, streamed.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use claviger_engine::ExportFormat;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;

use super::object::AuditObject;
use super::query::filtered;
use crate::list::Params;
use crate::permit::{AuditRead, Permit};
use crate::reply::Answer;
use crate::state::Shared;

filtered! {
    /// Which rows are wanted, and how they are written.
    ExportQuery {
        #[serde(default)]
        format: Format,
    }
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// A JSON object a line.
    #[default]
    Jsonl,
    /// RFC 4180.
    Csv,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Jsonl => Self::JsonLines,
            Format::Csv => Self::Csv,
        }
    }
}

/// Export what was done, oldest first, as JSON lines or CSV.
#[utoipa::path(
    get, path = "/v1/audit/export", tag = "audit",
    security(("operator_token" = ["audit:read"])),
    params(
        ("format" = Option<String>, Query, description = "`jsonl`, a JSON object a line, or `csv` (RFC 4180); `jsonl` unless named."),
        ("workspace" = Option<String>, Query, description = "Only what was done to objects of the workspace with this id."),
        ("actor" = Option<String>, Query, description = "Only what this actor did: the id of an account, operator token or client, `local`, `visitor` or `system`."),
        ("action" = Option<String>, Query, description = "Only this action, such as `key.revoked`."),
        ("object" = Option<String>, Query, description = "Only what was done to the object with this id."),
        ("from" = Option<String>, Query, description = "Only what was done at this instant (RFC 3339) or later."),
        ("until" = Option<String>, Query, description = "Only what was done before this instant (RFC 3339)."),
    ),
    responses((
        status = 200,
        description = "The rows. An answer that breaks off is not the whole record.",
        content((AuditObject = "application/jsonl"), (String = "text/csv")),
    )),
)]
pub(crate) async fn export_audit(
    State(doors): State<Shared>,
    permit: Permit<AuditRead>,
    Params(query): Params<ExportQuery>,
) -> Answer {
    let format = ExportFormat::from(query.format);
    let export = doors.engine.export_audit(&permit.actor(), query.filter(), format).await;
    let export = export.map_err(|error| permit.refuse(error))?;
    let mut response = Response::new(Body::from_stream(export.into_stream()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(format.disposition()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
