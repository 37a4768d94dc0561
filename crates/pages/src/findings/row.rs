//! A finding as lists show it.

use claviger_domain::{Finding, Response, Timestamp};

use super::words;
use crate::moment::Moment;
use crate::words::{Phrase, say};

/// What a list shows of a finding.
pub(crate) struct FindingRow {
    pub(crate) id: String,
    pub(crate) title: Phrase,
    pub(crate) subject: String,
    pub(crate) explanation: Phrase,
    pub(crate) count: u64,
    pub(crate) last_seen: Moment,
    pub(crate) response: Phrase,
    pub(crate) is_open: bool,
}

impl FindingRow {
    pub(crate) fn new(finding: &Finding, now: Timestamp) -> Self {
        Self {
            id: finding.id.to_string(),
            title: words::title(finding.rule),
            subject: finding.subject.to_string(),
            explanation: words::evidence(&finding.evidence),
            count: finding.count,
            last_seen: Moment::ago(finding.last_seen_at, now),
            response: finding.answer.map_or(say("finding-waiting"), |(response, _)| done(response)),
            is_open: finding.is_open(),
        }
    }
}

/// What was done, in a word or two.
pub(super) const fn done(response: Response) -> Phrase {
    match response {
        Response::Notify => say("finding-told"),
        Response::Throttle => say("finding-slowed-down"),
        Response::Quarantine => say("finding-read-only"),
        Response::Revoke => say("shared-revoked"),
    }
}
