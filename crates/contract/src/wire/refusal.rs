//! Refusals and faults as the contract says them.

use bytes::Bytes;
use claviger_domain::{Denial, KindSet, LimitState, Timestamp};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::cause::Cause;
use super::identity::header_value;
use super::quota;
use super::rules::RuleViolation;
use super::template::{Body, Text, Value, Values, Word};

/// What a refusal may need besides the denial.
#[derive(Clone, Copy, Debug)]
pub struct RefusalContext<'c> {
    /// The request's id.
    pub request_id: &'c str,
    /// The present instant.
    pub now: Timestamp,
    /// The limits the request was counted against.
    pub limits: &'c [LimitState],
    /// The host the request came to, with its port if it had one.
    pub host: &'c str,
}

/// What an error body can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalWord {
    RequestId,
    /// The scopes that are needed.
    Scope,
    /// The places that would do, in words.
    Wanted,
    /// The kinds that would do.
    Accepted,
    /// Seconds.
    RetryAfter,
    /// The right host for the credential's environment.
    Host,
    /// The credential's environment.
    Environment,
    /// The limit that refused.
    Limit,
    /// What a rule of the route found wrong.
    Detail,
    /// Where it found it.
    Field,
    /// The present instant, RFC 3339.
    Time,
    /// The present instant in Unix seconds.
    UnixTime,
}

impl Word for RefusalWord {
    const ALL: &'static [(&'static str, Self)] = &[
        ("request_id", Self::RequestId),
        ("scope", Self::Scope),
        ("wanted", Self::Wanted),
        ("accepted", Self::Accepted),
        ("retry_after", Self::RetryAfter),
        ("host", Self::Host),
        ("environment", Self::Environment),
        ("limit", Self::Limit),
        ("detail", Self::Detail),
        ("field", Self::Field),
        ("time", Self::Time),
        ("unix_time", Self::UnixTime),
    ];
}

/// One cause, ready to be said.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) cause: Cause,
    pub(crate) status: StatusCode,
    pub(crate) content_type: HeaderValue,
    pub(crate) headers: Vec<(HeaderName, Text<RefusalWord>)>,
    pub(crate) body: Body<RefusalWord>,
}

/// What the words stand for in one refusal.
#[derive(Default)]
pub(crate) struct Said<'c> {
    pub(crate) request_id: &'c str,
    pub(crate) now: Option<Timestamp>,
    pub(crate) denial: Option<&'c Denial>,
    pub(crate) violation: Option<&'c RuleViolation>,
    pub(crate) limits: &'c [LimitState],
    pub(crate) retry_after: Option<u64>,
    pub(crate) wanted: String,
    pub(crate) host: Option<String>,
    pub(crate) detail: Option<&'c str>,
}

impl Said<'_> {
    pub(crate) fn scope(&self) -> String {
        let scopes = self.denial.map(|d| d.required_scopes.as_ref()).unwrap_or_default();
        scopes.iter().map(claviger_domain::Scope::as_str).collect::<Vec<_>>().join(" ")
    }

    fn detail(&self) -> Option<&str> {
        self.violation.map(|v| v.message.as_str()).or(self.detail)
    }
}

impl Values<RefusalWord> for Said<'_> {
    fn value(&self, word: RefusalWord) -> Value<'_> {
        match word {
            RefusalWord::RequestId => Value::text(self.request_id),
            RefusalWord::Scope => Value::text(self.scope()),
            RefusalWord::Wanted => Value::text(self.wanted.as_str()),
            RefusalWord::Accepted => {
                let kinds = self.denial.map_or(KindSet::ANY, |d| d.accepted);
                Value::List(kinds.iter().map(|kind| kind.as_str().into()).collect())
            }
            RefusalWord::RetryAfter => match self.retry_after {
                Some(seconds) => Value::Number(i64::try_from(seconds).unwrap_or(i64::MAX)),
                None => Value::Absent,
            },
            RefusalWord::Host => Value::optional(self.host.as_deref()),
            RefusalWord::Environment => Value::optional(
                self.denial.and_then(|d| d.environment).map(claviger_domain::Environment::as_str),
            ),
            RefusalWord::Limit => {
                let refusing = self.limits.iter().filter(|state| state.retry_at.is_some());
                Value::optional(refusing.max_by_key(|s| s.retry_at).map(|state| state.limit.name.as_str()))
            }
            RefusalWord::Detail => match self.detail() {
                Some(detail) => Value::text(detail),
                None => Value::text(GENERAL),
            },
            RefusalWord::Time => {
                Value::optional(self.now.map(|now| Timestamp::from_seconds(now.seconds()).to_string()))
            }
            RefusalWord::UnixTime => self.now.map_or(Value::Absent, |now| Value::Number(now.seconds())),
            RefusalWord::Field => Value::optional(self.violation.map(|v| v.field.as_str())),
        }
    }
}

/// Stands for the detail of a refusal that came without one.
const GENERAL: &str = "The request does not meet the rules of this operation";

/// Seconds after which a part that is away may be back.
const UNAVAILABLE_RETRY: u64 = 1;

impl Refusal {
    /// The answer without a challenge and limits, which need more of the contract.
    pub(crate) fn respond(&self, said: &Said<'_>) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.body.render(said)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.write_retry_after(said, headers);
        for (name, text) in &self.headers {
            headers.insert(name, header_value(&text.render(said)));
        }
        response
    }

    fn write_retry_after(&self, said: &Said<'_>, headers: &mut HeaderMap) {
        let seconds = match self.status {
            StatusCode::TOO_MANY_REQUESTS => said.retry_after,
            StatusCode::SERVICE_UNAVAILABLE => Some(said.retry_after.unwrap_or(UNAVAILABLE_RETRY)),
            _ => None,
        };
        if let Some(seconds) = seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// Seconds to wait, for a cause that is about waiting. A 429 always has some.
pub(crate) fn retry_after(cause: &Cause, limits: &[LimitState], now: Option<Timestamp>) -> Option<u64> {
    if cause.is_in("too_many") {
        let refused = now.and_then(|now| quota::retry_after(limits, now));
        let until_full =
            || now.and_then(|now| limits.iter().map(|s| quota::seconds_until(s.reset_at, now).max(1)).max());
        return refused.or_else(until_full).or(Some(EXHAUSTED_RETRY));
    }
    (cause.name == "unavailable").then_some(UNAVAILABLE_RETRY)
}

/// Seconds to wait when no limit says how long.
const EXHAUSTED_RETRY: u64 = 60;
