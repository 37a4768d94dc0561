//! `GET /v1/audit/export`: the whole record, streamed.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use claviger_domain::{AuditEntry, AuditSeq};
use claviger_engine::{AuditFilter, Engine, Error};
use futures_util::stream;
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
    let (format, filter) = (query.format, query.filter());
    // The first rows before the answer begins, so that a database that is away is a refusal and no broken answer.
    let first = doors.engine.audit_after(&filter, AuditSeq::default()).await;
    let first = first.map_err(|error| permit.refuse(error))?;
    let request_id = Arc::clone(&permit.context().request_id);
    let export = Export { engine: doors.engine.clone(), request_id, filter, format, next: Next::Rows(first) };
    let mut response = Response::new(Body::from_stream(stream::try_unfold(export, Export::step)));
    let (kind, name) = match format {
        Format::Jsonl => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// An export that is going on. It holds a connection only while rows are read, and as many rows as one step has.
struct Export {
    engine: Engine,
    request_id: Arc<str>,
    filter: AuditFilter,
    format: Format,
    next: Next,
}

/// What comes next.
enum Next {
    /// The first rows, with what stands above them.
    Rows(Vec<AuditEntry>),
    /// Those after a row.
    After(AuditSeq),
    Nothing,
}

impl Export {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let mut text = String::new();
        let rows = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Rows(rows) => {
                if matches!(self.format, Format::Csv) {
                    text.push_str(HEADER);
                }
                rows
            }
            Next::After(seq) => match self.engine.audit_after(&self.filter, seq).await {
                Ok(rows) => rows,
                Err(error) => {
                    // The status is sent already: all that is left is to break the answer off.
                    let cause: &dyn std::error::Error = &error;
                    tracing::error!(request_id = %self.request_id, error = cause, "an export broke off");
                    return Err(error);
                }
            },
            Next::Nothing => return Ok(None),
        };
        if let Some(last) = rows.last() {
            self.next = Next::After(last.seq);
        }
        for row in &rows {
            match self.format {
                Format::Jsonl => push_json(&mut text, row)?,
                Format::Csv => push_csv(&mut text, row),
            }
        }
        Ok(Some((text.into(), self)))
    }
}

fn push_json(text: &mut String, row: &AuditEntry) -> Result<(), Error> {
    text.push_str(&serde_json::to_string(&AuditObject::from(row))?);
    text.push('\n');
    Ok(())
}

const HEADER: &str =
    "seq,at,actor_kind,actor,action,object,workspace,request_id,address,before,after,hash\r\n";

fn push_csv(text: &mut String, row: &AuditEntry) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{},{}", row.seq, row.at);
    for field in [&row.actor_kind, &row.actor, &row.action, &row.object] {
        push_field(text, field);
    }
    for field in [&row.workspace, &row.request, &row.address, &row.before, &row.after] {
        push_field(text, field.as_deref().unwrap_or_default());
    }
    push_field(text, &row.hash.to_string());
    text.push_str("\r\n");
}

/// A field after a comma, quoted. What a spreadsheet would take for a formula gets an apostrophe in front, since
/// callers choose some of these texts themselves, such as the request's id.
fn push_field(text: &mut String, field: &str) {
    text.push_str(",\"");
    if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        text.push('\'');
    }
    for c in field.chars() {
        if c == '"' {
            text.push('"');
        }
        text.push(c);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut line = String::new();
        push_field(&mut line, text);
        line
    }

    #[test]
    fn no_field_is_a_formula_for_a_spreadsheet() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            assert_eq!(field(&format!("{start}1+1")), format!(",\"'{start}1+1\""));
        }
        assert_eq!(field("1=1"), ",\"1=1\"");
    }

    #[test]
    fn quotes_commas_and_lines_stay_in_their_field() {
        assert_eq!(field("{\"a\":\"b,c\"}\r\nd"), ",\"{\"\"a\"\":\"\"b,c\"\"}\r\nd\"");
    }
}
