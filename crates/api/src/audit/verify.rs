//! `POST /v1/audit/verify`.

use axum::extract::State;
use claviger_domain::{ChainFault, ChainPin, FaultKind};
use claviger_engine::AuditVerdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::query::Parsed;
use crate::body::Sent;
use crate::permit::{AuditRead, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// How to check the record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pin": null}))]
pub(crate) struct VerifyAudit {
    /// A row that was noted elsewhere, as an earlier check answered it in `end`. Without one, a record that was
    /// replaced as a whole by an older copy of itself looks good.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pin: Option<Parsed<ChainPin>>,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditCheck {
    /// Whether the record is whole, and every row in it as it was written.
    valid: bool,
    /// The rows that are good, from the first on.
    checked: i64,
    /// The last of them: a number, a colon and a hash. Note it where whoever holds the database cannot change it.
    end: Option<String>,
    /// The first row that cannot be trusted.
    fault: Option<FaultObject>,
}

/// The first row that cannot be trusted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultObject {
    /// What is wrong with it.
    #[schema(value_type = FaultWord)]
    kind: &'static str,
    /// Which row.
    seq: i64,
}

/// What can be wrong with the record.
#[derive(ToSchema)]
#[schema(as = AuditFaultKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words of `claviger_domain::FaultKind`")]
pub(crate) enum FaultWord {
    /// The row is not as it was written.
    Altered,
    /// A row that stood here is gone.
    Missing,
    /// The row was never written by this server.
    Inserted,
    /// The row is genuine and stands in the wrong place.
    Reordered,
    /// The record ends before this row, which was written.
    Truncated,
    /// The note of where the record ends is not as it was written, or was not when a row was added.
    HeadAltered,
    /// The row is not the one that was noted elsewhere.
    NotAsPinned,
}

impl From<AuditVerdict> for AuditCheck {
    fn from(verdict: AuditVerdict) -> Self {
        let AuditVerdict { checked, end, fault } = verdict;
        let fault = fault.map(|ChainFault { kind, seq }: ChainFault| FaultObject {
            kind: FaultKind::as_str(kind),
            seq: seq.as_i64(),
        });
        Self { valid: fault.is_none(), checked, end: end.map(|pin| pin.to_string()), fault }
    }
}

/// Check that the record is whole, and as it was written.
#[utoipa::path(
    post, path = "/v1/audit/verify", tag = "audit",
    security(("operator_token" = ["audit:read"])),
    request_body = VerifyAudit,
    responses((status = 200, description = "What was found; a record that is not whole is an answer, too.", body = AuditCheck)),
)]
pub(crate) async fn verify_audit(
    State(doors): State<Shared>,
    permit: Permit<AuditRead>,
    Sent(how): Sent<VerifyAudit>,
) -> Answer {
    let verdict = doors.engine.verify_audit(how.pin.map(|pin| pin.0)).await;
    let verdict = verdict.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&AuditCheck::from(verdict))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn the_document_has_every_kind_of_fault() {
        let schema = serde_json::to_value(FaultWord::schema()).unwrap();
        assert_eq!(schema["enum"], json!(FaultKind::ALL.map(FaultKind::as_str)));
    }
}
