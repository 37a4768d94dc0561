//! A finding as lists show it.

use claviger_domain::{Finding, Response, Timestamp};

use crate::moment::Moment;

/// What a list shows of a finding.
pub(crate) struct FindingRow {
    /// The address of its page.
    pub(crate) href: String,
    pub(crate) title: &'static str,
    pub(crate) subject: String,
    pub(crate) explanation: String,
    pub(crate) count: u64,
    pub(crate) last_seen: Moment,
    pub(crate) response: &'static str,
    pub(crate) is_open: bool,
}

impl FindingRow {
    /// As the pages that begin here show it.
    pub(crate) fn new(finding: &Finding, now: Timestamp, base: &str) -> Self {
        Self {
            href: format!("{base}/findings/{}", finding.id),
            title: finding.rule.title(),
            subject: finding.subject.to_string(),
            explanation: finding.evidence.in_words(),
            count: finding.count,
            last_seen: Moment::ago(finding.last_seen_at, now),
            response: finding.answer.map_or("Waiting", |(response, _)| done(response)),
            is_open: finding.is_open(),
        }
    }
}

/// What was done, in a word or two.
pub(super) const fn done(response: Response) -> &'static str {
    match response {
        Response::Notify => "Told",
        Response::Throttle => "Slowed down",
        Response::Quarantine => "Read-only",
        Response::Revoke => "Revoked",
    }
}
