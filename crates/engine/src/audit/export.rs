//! Exporting the record from end to end, as JSON lines or CSV, a step at a time.

use std::fmt::Write as _;
use std::sync::Arc;

use claviger_domain::{Actor, AuditEntry, AuditSeq, Timestamp};
use claviger_store::AuditFilter;
use futures_util::{Stream, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::Value;

use super::AuditError;
use super::read::Reach;
use crate::engine::Engine;
use crate::error::Error;

/// Rows of one step: a connection is held for no longer than it takes to read them.
const STEP: u32 = 500;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A JSON object a line.
    JsonLines,
    /// RFC 4180, with a line of names.
    Csv,
}

impl ExportFormat {
    /// What an answer in this form says that it is.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What an answer in this form says of how it is best kept (RFC 6266).
    pub const fn disposition(self) -> &'static str {
        match self {
            Self::JsonLines => "attachment; filename=\"audit.jsonl\"",
            Self::Csv => "attachment; filename=\"audit.csv\"",
        }
    }
}

/// An export that is going on. It holds a connection only while rows are read, and as many rows as one step has.
pub struct AuditExport {
    engine: Engine,
    reach: Reach,
    format: ExportFormat,
    next: Next,
    request: Option<Arc<str>>,
}

/// What comes next.
enum Next {
    /// The first rows, with what stands above them.
    First(Vec<AuditEntry>),
    /// Those after a row.
    After(AuditSeq),
    Nothing,
}

impl Engine {
    /// Begins an export of what the actor may read of the record, oldest first. The first rows are read at once, so that
    /// a database that is away is an error here and no export that breaks off.
    ///
    /// # Errors
    /// When the actor may read nothing of it, or the database fails.
    pub async fn export_audit(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        format: ExportFormat,
    ) -> Result<AuditExport, AuditError> {
        let reach = Reach::of(actor, filter)?;
        let first =
            self.store().read().await?.list_audit_after(&reach.filter, AuditSeq::default(), STEP).await?;
        let request = actor.call.request.clone();
        Ok(AuditExport { engine: self.clone(), reach, format, next: Next::First(first), request })
    }
}

impl AuditExport {
    /// The export, piece by piece. When the database fails, it breaks off: what was written until then is not the whole
    /// record.
    pub fn into_stream(self) -> impl Stream<Item = Result<String, Error>> + Send + use<> {
        let request = self.request.clone();
        stream::try_unfold(self, Self::step).inspect_err(move |error| {
            // Whoever reads it has had a good answer's head: all that is left is to say it here.
            let error: &dyn std::error::Error = error;
            tracing::error!(request_id = request.as_deref(), error, "an export broke off");
        })
    }

    /// The next piece, and what is left to do; none when it is done.
    async fn step(mut self) -> Result<Option<(String, Self)>, Error> {
        let mut text = String::new();
        let rows = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First(rows) => {
                if self.format == ExportFormat::Csv {
                    text.push_str(HEADER);
                }
                rows
            }
            Next::After(seq) => {
                let mut conn = self.engine.store().read().await?;
                conn.list_audit_after(&self.reach.filter, seq, STEP).await?
            }
            Next::Nothing => return Ok(None),
        };
        if let Some(last) = rows.last() {
            self.next = Next::After(last.seq);
        }
        for row in self.reach.show(rows) {
            match self.format {
                ExportFormat::JsonLines => push_json(&mut text, &row)?,
                ExportFormat::Csv => push_csv(&mut text, &row),
            }
        }
        Ok(Some((text, self)))
    }
}

/// A row as a line of JSON: the members that lists of the management API have.
#[derive(Serialize)]
struct Line<'e> {
    seq: i64,
    at: Timestamp,
    actor_kind: &'e str,
    actor: &'e str,
    action: &'e str,
    object: &'e str,
    workspace: Option<&'e str>,
    request_id: Option<&'e str>,
    address: Option<&'e str>,
    before: Option<Value>,
    after: Option<Value>,
    hash: String,
}

fn push_json(text: &mut String, row: &AuditEntry) -> Result<(), Error> {
    let line = Line {
        seq: row.seq.as_i64(),
        at: row.at,
        actor_kind: &row.actor_kind,
        actor: &row.actor,
        action: &row.action,
        object: &row.object,
        workspace: row.workspace.as_deref(),
        request_id: row.request.as_deref(),
        address: row.address.as_deref(),
        before: json(row.before.as_deref()),
        after: json(row.after.as_deref()),
        hash: row.hash.to_string(),
    };
    text.push_str(&serde_json::to_string(&line)?);
    text.push('\n');
    Ok(())
}

/// What is no JSON was not written by this server, and is found by a check; here it shows as nothing.
fn json(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(text?).ok()
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
