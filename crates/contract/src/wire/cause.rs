//! Why a request is answered by us instead of the upstream: the closed list a contract writes its errors for.

use claviger_domain::{Denial, DenialReason, LimitState, Pace};

/// What went wrong on the way, through no decision about a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The request cannot be understood, such as a path with dot segments: 400.
    BadRequest,
    /// The body is larger than allowed: 413.
    BodyTooLarge,
    /// The header is larger than allowed: 431.
    HeaderTooLarge,
    /// The request took too long to arrive: 408.
    RequestTimeout,
    /// The request asks for a protocol that is not passed on: 400.
    UpgradeRefused,
    /// No connection to the upstream, or it died before it answered: 502.
    UpstreamUnreachable,
    /// The upstream took too long to answer: 504.
    UpstreamTimeout,
    /// A part we need is away: 503.
    Unavailable,
    /// Our fault: 500.
    Internal,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::BadRequest,
        Self::BodyTooLarge,
        Self::HeaderTooLarge,
        Self::RequestTimeout,
        Self::UpgradeRefused,
        Self::UpstreamUnreachable,
        Self::UpstreamTimeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The word for logs, metrics and contract files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_path",
            Self::BodyTooLarge => "body_too_large",
            Self::HeaderTooLarge => "header_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::UpgradeRefused => "upgrade_refused",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

/// A cause that a contract can say something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// Its key in a contract file.
    pub(crate) name: &'static str,
    /// Groups from the widest to the narrowest; what is said of a group is said of its members.
    pub(crate) groups: &'static [&'static str],
    pub(crate) status: u16,
    /// The message, unless the contract has its own.
    pub(crate) message: &'static str,
}

/// What is said of `any` is said of every cause.
const ANY: &[&str] = &["any"];
const UNAUTHORIZED: &[&str] = &["any", "unauthorized"];
const INVALID: &[&str] = &["any", "unauthorized", "invalid"];
const FORBIDDEN: &[&str] = &["any", "forbidden"];
const BAD_REQUEST: &[&str] = &["any", "bad_request"];
const TOO_MANY: &[&str] = &["any", "too_many"];
/// A quota by the calendar is a limit like any other, unless the contract tells it apart.
const BY_CALENDAR: &[&str] = &["any", "too_many", "rate_limited"];
const FAILURE: &[&str] = &["any", "failure"];

/// The names that stand for several causes, with the groups they lie in.
pub(crate) const GROUPS: [&str; 7] =
    ["any", "unauthorized", "invalid", "forbidden", "bad_request", "too_many", "failure"];

/// The text for a credential that is nobody's, whatever the reason: outsiders learn nothing from it.
const NOT_VALID: &str = "The credential is not valid";

const fn cause(
    name: &'static str,
    groups: &'static [&'static str],
    status: u16,
    message: &'static str,
) -> Cause {
    Cause { name, groups, status, message }
}

impl Cause {
    /// Every cause: denials, then faults, each list in the order of its enum; then what is told apart within a denial.
    pub(crate) const ALL: [Self; 32] = [
        cause("missing", UNAUTHORIZED, 401, "No credential was sent; this request needs {wanted}"),
        cause("malformed", INVALID, 401, NOT_VALID),
        cause("multiple", BAD_REQUEST, 400, "The request carries two different credentials; send one"),
        cause("in_query", BAD_REQUEST, 400, "A credential must not stand in the query; send {wanted}"),
        cause("unknown", INVALID, 401, NOT_VALID),
        cause("revoked", INVALID, 401, NOT_VALID),
        cause("expired", INVALID, 401, "The credential has expired"),
        cause("not_yet_valid", INVALID, 401, NOT_VALID),
        cause("disabled", INVALID, 401, NOT_VALID),
        cause(
            "wrong_environment",
            FORBIDDEN,
            403,
            "This credential belongs to the {environment} environment at {host}",
        ),
        cause("wrong_kind", UNAUTHORIZED, 401, "This request needs {wanted}"),
        cause("address_not_allowed", FORBIDDEN, 403, "The credential may not be used from this address"),
        cause("wrong_workspace", FORBIDDEN, 403, "The credential does not belong to this workspace"),
        cause("insufficient_scope", FORBIDDEN, 403, "The credential lacks a scope; needed: {scope}"),
        cause("rate_limited", TOO_MANY, 429, "Too many requests; try again in {retry_after} seconds"),
        cause("credits_exhausted", TOO_MANY, 429, "No credits are left"),
        cause("unknown_route", ANY, 404, "There is nothing here"),
        cause("invalid_request", BAD_REQUEST, 400, "{detail}"),
        cause("foreign_value", FORBIDDEN, 403, "{detail}"),
        cause("unproved", INVALID, 401, NOT_VALID),
        cause("cross_site", FORBIDDEN, 403, "A cookie does not prove that this request is its owner's wish"),
        cause("bad_path", BAD_REQUEST, 400, "The request cannot be understood"),
        cause("body_too_large", BAD_REQUEST, 413, "The body is too large"),
        cause("header_too_large", BAD_REQUEST, 431, "The header is too large"),
        cause("request_timeout", BAD_REQUEST, 408, "The request took too long to arrive"),
        cause("upgrade_refused", BAD_REQUEST, 400, "This change of protocol is not offered"),
        cause("upstream_unreachable", FAILURE, 502, "The service cannot be reached"),
        cause("upstream_timeout", FAILURE, 504, "The service took too long to answer"),
        cause("unavailable", FAILURE, 503, "The service is not available for now"),
        cause("internal", FAILURE, 500, "Something went wrong on our side"),
        cause(
            "daily_limit",
            BY_CALENDAR,
            429,
            "The requests of this day are used up; try again in {retry_after} seconds",
        ),
        cause(
            "monthly_limit",
            BY_CALENDAR,
            429,
            "The requests of this month are used up; try again in {retry_after} seconds",
        ),
    ];

    /// Every name that can stand under `errors`.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        GROUPS.into_iter().chain(Self::ALL.iter().map(|cause| cause.name))
    }

    /// Whether what is said of `name` is said of this cause.
    pub(crate) fn is_in(&self, name: &str) -> bool {
        self.name == name || self.groups.contains(&name)
    }
}

/// The place of a reason in [`Cause::ALL`].
pub(crate) const fn of_reason(reason: DenialReason) -> usize {
    reason as usize
}

/// The place of a denial in [`Cause::ALL`]: of several limits that refused, the one that refuses longest says why.
pub(crate) fn of_denial(denial: &Denial, limits: &[LimitState]) -> usize {
    let longest = limits.iter().filter(|state| state.retry_at.is_some()).max_by_key(|state| state.retry_at);
    match (denial.reason, longest.map(|state| state.limit.pace)) {
        (DenialReason::RateLimited, Some(Pace::Day)) => DAILY_LIMIT,
        (DenialReason::RateLimited, Some(Pace::Month)) => DAILY_LIMIT + 1,
        (reason, _) => of_reason(reason),
    }
}

/// The place of the first cause that is told apart within a denial.
const DAILY_LIMIT: usize = DenialReason::ALL.len() + Fault::ALL.len();

/// The place of a fault in [`Cause::ALL`].
pub(crate) const fn of_fault(fault: Fault) -> usize {
    DenialReason::ALL.len() + fault as usize
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use claviger_domain::{Limit, Timestamp};

    use super::*;

    #[test]
    fn every_denial_and_fault_has_its_own_cause() {
        let name = |reason: DenialReason| match reason {
            DenialReason::Multiple => "multiple",
            DenialReason::InQuery => "in_query",
            other => other.as_str(),
        };
        for reason in DenialReason::ALL {
            assert_eq!(Cause::ALL[of_reason(reason)].name, name(reason));
        }
        for fault in Fault::ALL {
            assert_eq!(Cause::ALL[of_fault(fault)].name, fault.as_str());
        }
        assert_eq!(Cause::ALL.len(), DenialReason::ALL.len() + Fault::ALL.len() + 2);
    }

    #[test]
    fn the_limit_that_refuses_longest_says_why() {
        let minute = NonZeroU32::new(60).unwrap();
        let state = |pace, retry_at: Option<i64>| LimitState {
            limit: Arc::new(Limit { pace, ..Limit::even("a".parse().unwrap(), minute, minute) }),
            remaining: 0,
            reset_at: Timestamp::from_seconds(0),
            retry_at: retry_at.map(Timestamp::from_seconds),
        };
        let even = Pace::Even { per_seconds: minute, burst: minute };
        let name = |reason, limits: &[LimitState]| Cause::ALL[of_denial(&Denial::new(reason), limits)].name;
        let limited = |limits: &[LimitState]| name(DenialReason::RateLimited, limits);
        assert_eq!(limited(&[state(even, Some(5)), state(Pace::Day, None)]), "rate_limited");
        assert_eq!(limited(&[state(even, Some(5)), state(Pace::Day, Some(900))]), "daily_limit");
        assert_eq!(limited(&[state(Pace::Day, Some(900)), state(Pace::Month, Some(9_000))]), "monthly_limit");
        assert_eq!(limited(&[]), "rate_limited");
        assert_eq!(name(DenialReason::Expired, &[state(Pace::Day, Some(900))]), "expired");
    }

    #[test]
    fn outsiders_cannot_tell_why_a_credential_is_nobodys() {
        let alike = ["malformed", "unknown", "revoked", "disabled", "not_yet_valid", "unproved"];
        for cause in Cause::ALL.iter().filter(|c| alike.contains(&c.name)) {
            assert_eq!((cause.status, cause.message, cause.groups), (401, NOT_VALID, INVALID));
        }
    }
}
