//! A row of the record on the wire.

use claviger_domain::{AuditEntry, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What somebody did. Nothing secret stands in it, and nothing of what people are called.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditObject<'e> {
    /// Where it stands in the record: 1, 2, 3 … without a gap.
    #[schema(example = 42)]
    seq: i64,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What sort of actor did it: `operator`, `member`, `user`, `operator_token`, `client`, `local` for the command
    /// line on the server's machine, `visitor` for somebody who has proved nothing, `system`.
    #[schema(example = "operator_token")]
    actor_kind: &'e str,
    /// Who did it: an id, `local`, `visitor` or `system`.
    #[schema(example = "otk_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    actor: &'e str,
    /// What was done: the kind of object, a dot, what was done to it.
    #[schema(example = "key.revoked")]
    action: &'e str,
    /// To what.
    #[schema(example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    object: &'e str,
    /// The workspace whose object it is.
    workspace: Option<&'e str>,
    /// The id of the request.
    request_id: Option<&'e str>,
    /// The address it came from.
    address: Option<&'e str>,
    /// What the object was; null where there is nothing to show.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What the object is since.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The keyed hash that chains it to the row before, in hexadecimal.
    hash: String,
}

impl<'e> From<&'e AuditEntry> for AuditObject<'e> {
    fn from(entry: &'e AuditEntry) -> Self {
        Self {
            seq: entry.seq.as_i64(),
            at: entry.at,
            actor_kind: &entry.actor_kind,
            actor: &entry.actor,
            action: &entry.action,
            object: &entry.object,
            workspace: entry.workspace.as_deref(),
            request_id: entry.request.as_deref(),
            address: entry.address.as_deref(),
            before: json(entry.before.as_deref()),
            after: json(entry.after.as_deref()),
            hash: entry.hash.to_string(),
        }
    }
}

/// What is no JSON was not written by this server, and is found by a check; here it shows as nothing.
fn json(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(text?).ok()
}
