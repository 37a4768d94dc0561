//! Whether the record is whole, in words.

use askama::Template;
use axum::extract::State;
use claviger_domain::{ChainFault, ChainPin, FaultKind};
use claviger_engine::AuditVerdict;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::Answer;
use crate::permit::AuditRead;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// What a check found.
struct Finding {
    is_whole: bool,
    checked: i64,
    /// Where the record ends, to be noted elsewhere.
    end: Option<String>,
    fault: Option<Phrase>,
    /// Whether an earlier note was looked for.
    had_pin: bool,
}

#[derive(Template)]
#[template(path = "audit_check.html")]
struct AuditCheck<'p> {
    chrome: Chrome<'p>,
    finding: Option<Finding>,
    pin: &'p str,
    complaints: Complaints,
}

/// `POST /console/audit/verify`
pub(crate) async fn verify_audit(
    State(state): State<PagesState>,
    Sent { permit, fields }: Sent<AuditRead>,
) -> Answer {
    let pin = fields.given("pin").map(str::parse::<ChainPin>).transpose();
    let (status, finding, complaints) = match pin {
        Ok(pin) => {
            let verdict = state.engine.verify_audit(pin).await?;
            (StatusCode::OK, Some(finding(&verdict, pin.is_some())), Complaints::default())
        }
        Err(_) => {
            let complaint = Complaints::one("pin", say("audit-check-no-note"));
            (StatusCode::UNPROCESSABLE_ENTITY, None, complaint)
        }
    };
    let chrome = Chrome::new(permit.signed_in(), Section::Audit);
    page(status, &AuditCheck { chrome, finding, pin: fields.get("pin"), complaints })
}

fn finding(verdict: &AuditVerdict, had_pin: bool) -> Finding {
    Finding {
        is_whole: verdict.fault.is_none(),
        checked: verdict.checked,
        end: verdict.end.map(|pin| pin.to_string()),
        fault: verdict.fault.map(said),
        had_pin,
    }
}

fn said(ChainFault { kind, seq }: ChainFault) -> Phrase {
    match kind {
        FaultKind::Altered => say("audit-check-altered").with("row", seq),
        FaultKind::Missing => say("audit-check-missing").with("row", seq),
        FaultKind::Inserted => say("audit-check-inserted").with("row", seq),
        FaultKind::Reordered => say("audit-check-reordered").with("row", seq),
        FaultKind::Truncated => say("audit-check-truncated").with("row", seq),
        FaultKind::HeadAltered => say("audit-check-head-altered").with("row", seq),
        FaultKind::NotAsPinned => say("audit-check-not-as-pinned").with("row", seq),
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::AuditSeq;

    use super::*;

    #[test]
    fn every_fault_is_told_in_a_sentence_that_names_the_row() {
        for kind in FaultKind::ALL {
            let text = said(ChainFault { kind, seq: AuditSeq::from_i64(17) }).to_string();
            assert!(text.contains("ow 17") && text.ends_with('.'), "{text}");
        }
    }
}
