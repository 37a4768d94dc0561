//! Answers of OAuth endpoints: JSON, and one table from what went wrong to the wire.

use std::borrow::Cow;

use bytes::Bytes;
use claviger_contract::{ExchangeCause, ExchangeRefusal, Fault, StandardRefusal, Summons};
use claviger_domain::{ErrorKind, Timestamp};
use claviger_engine::OAuthError;
use claviger_oauth::{ErrorCode, Refusal};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::Asked;
use super::scheme::Scheme;

/// Why a request is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// The use case says so.
    OAuth(OAuthError),
    /// The use case says so of the token with which it was asked for.
    Token {
        error: OAuthError,
        /// How the token was sent; none without one.
        scheme: Option<Scheme>,
    },
    /// The body did not arrive as it should.
    Fault(Fault),
    /// The endpoint does not take this method.
    Method,
}

impl<E: Into<OAuthError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::OAuth(error.into())
    }
}

/// One line of the table.
struct Line<'r> {
    code: ErrorCode,
    status: u16,
    detail: Cow<'r, str>,
    retry_at: Option<Timestamp>,
}

impl<'r> Line<'r> {
    fn new(code: ErrorCode, detail: impl Into<Cow<'r, str>>) -> Self {
        Self { code, status: code.status(), detail: detail.into(), retry_at: None }
    }

    fn of(refused: &'r Refused) -> Self {
        match refused {
            Refused::OAuth(error) => Self::of_error(error),
            Refused::Token { error, .. } => {
                let line = Self::of_error(error);
                // Where a token is sent, a bad proof is a bad token (RFC 9449 section 7.1).
                let status = if line.code == ErrorCode::InvalidDpopProof { 401 } else { line.status };
                Self { status, ..line }
            }
            Refused::Fault(fault) => {
                let (status, detail) = match fault {
                    Fault::BodyTooLarge => (413, "the body is too large"),
                    Fault::RequestTimeout => (408, "the body took too long to arrive"),
                    _ => (400, "the body broke off"),
                };
                Self { status, ..Self::new(ErrorCode::InvalidRequest, detail) }
            }
            Refused::Method => {
                Self { status: 405, ..Self::new(ErrorCode::InvalidRequest, "the method is not taken here") }
            }
        }
    }

    fn of_error(error: &'r OAuthError) -> Self {
        match error {
            OAuthError::Refused(Refusal { code, description }) => Self::new(*code, description.as_ref()),
            OAuthError::TooMany { retry_at } => {
                let line = Self::new(ErrorCode::TooManyRequests, "too many attempts failed; try again later");
                Self { retry_at: Some(*retry_at), ..line }
            }
            OAuthError::Failed(error) if error.kind() == ErrorKind::Unavailable => {
                Self::new(ErrorCode::TemporarilyUnavailable, "the service is not available for now")
            }
            OAuthError::Failed(_) => Self::new(ErrorCode::ServerError, "something went wrong on our side"),
        }
    }

    /// The nearest of what a contract with an envelope of its own has words for.
    fn cause(&self) -> ExchangeCause {
        match self.code {
            ErrorCode::TooManyRequests => ExchangeCause::SlowDown,
            // The contract's cause of this name is about too many attempts.
            ErrorCode::SlowDown => ExchangeCause::InvalidGrant,
            code => {
                let alike = ExchangeCause::ALL.iter().find(|cause| cause.code() == code.as_str());
                alike.copied().unwrap_or(ExchangeCause::InvalidRequest)
            }
        }
    }
}

/// The refusal on the wire, and the one line about it.
pub(super) fn refuse(asked: &Asked<'_>, refused: &Refused, now: Timestamp) -> Response<Bytes> {
    let line = Line::of(refused);
    report(asked, refused, &line);
    let request_id = asked.call.request_id;
    // Rounded up: whoever waits that long is not too early.
    let wait = |at: Timestamp| u64::try_from(at.since(now).as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
    let retry_after = line.retry_at.map(|at| wait(at).max(1));
    let mut response = if asked.endpoint.has_oauth_errors() || matches!(refused, Refused::Method) {
        let parameters = parameters(asked, refused, &line);
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
        asked.contract().refuse_standard(&StandardRefusal {
            code: line.code.as_str(),
            status: line.status,
            detail: &line.detail,
            summons: summons(refused, &line, &parameters),
            retry_after,
            request_id,
        })
    } else {
        let (cause, detail) = (line.cause(), Some(&*line.detail));
        let refusal = ExchangeRefusal { cause, detail, retry_after, request_id };
        asked.contract().refuse_exchange(asked.endpoint, &refusal)
    };
    if matches!(refused, Refused::Method) {
        let allowed: Vec<&str> = asked.endpoint.methods().iter().map(http::Method::as_str).collect();
        // Names of methods are tokens, so they are a field's value.
        response.headers_mut().extend(HeaderValue::try_from(allowed.join(", ")).ok().map(|v| (ALLOW, v)));
    }
    response
}

fn summons<'c>(refused: &Refused, line: &Line<'_>, parameters: &'c [(&'c str, &'c str)]) -> Summons<'c> {
    match (refused, line.status) {
        (Refused::Token { scheme, .. }, 401 | 403) => Summons::Token {
            scheme: scheme.unwrap_or_default().as_str(),
            was_sent: scheme.is_some(),
            parameters,
        },
        (_, 401) => Summons::Client,
        _ => Summons::None,
    }
}

/// What a challenge says beside the error (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
fn parameters(asked: &Asked<'_>, refused: &Refused, line: &Line<'_>) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    if line.code == ErrorCode::InsufficientScope {
        parameters.push(("scope", "openid".to_owned()));
    }
    if matches!(refused, Refused::Token { scheme: Some(Scheme::Dpop), .. }) {
        let names = claviger_domain::Algorithm::PROOFS.map(claviger_domain::Algorithm::as_str);
        parameters.push(("algs", names.join(" ")));
    }
    parameters.extend(asked.contract().resource_metadata().map(|address| ("resource_metadata", address)));
    parameters
}

fn report(asked: &Asked<'_>, refused: &Refused, line: &Line<'_>) {
    macro_rules! line {
        ($level:ident, $reason:expr) => {
            tracing::$level!(
                request_id = asked.call.request_id,
                code = line.code.as_str(),
                reason = $reason,
                api = %asked.contract().name(),
                address = %asked.call.address,
                purpose = ?asked.endpoint.purpose,
                "request refused"
            )
        };
    }
    match refused {
        Refused::OAuth(OAuthError::Failed(error))
        | Refused::Token { error: OAuthError::Failed(error), .. } => {
            let error: &dyn std::error::Error = error;
            if line.code == ErrorCode::TemporarilyUnavailable {
                line!(warn, error);
            } else {
                line!(error, error);
            }
        }
        _ => line!(info, &*line.detail),
    }
}

/// JSON that nobody may keep: it holds a token, a secret, or what one opens.
pub(super) fn json(asked: &Asked<'_>, status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let mut response = document(asked, body);
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// JSON that is public; whoever serves it says how long it may be kept.
pub(super) fn document(asked: &Asked<'_>, body: &impl Serialize) -> Response<Bytes> {
    // Maps and texts cannot fail to serialize.
    let mut response = Response::new(Bytes::from(serde_json::to_vec(body).unwrap_or_default()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    asked.contract().write_request_id(asked.call.request_id, headers);
    response
}
