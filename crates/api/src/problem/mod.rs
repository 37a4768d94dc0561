//! Refusals and faults, as RFC 9457 problem documents.

mod code;
mod engine;

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use code::Code;

use crate::call::CallContext;

/// The content type of problem documents (RFC 9457 section 6.1).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a call is refused, before it is tied to the call and rendered.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<Violation>,
    challenge: Option<HeaderValue>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with what is to be said about this occurrence.
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), challenge: None, source: None }
    }

    /// The same problem, blamed on a part of the request; the detail is repeated there.
    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.errors.push(Violation { place, detail: self.detail.clone() });
        self
    }

    /// The same problem with a `WWW-Authenticate` challenge.
    #[must_use]
    pub(crate) fn challenged(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(HeaderValue::from_static(challenge));
        self
    }

    /// The same problem with the failure behind it, for the log alone.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Whether it says that nobody knows who is calling.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.code == Code::Unauthenticated
    }

    /// Which problem it is.
    #[cfg(test)]
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// Where the first error lies, as JSON.
    #[cfg(test)]
    pub(crate) fn first_error(&self) -> serde_json::Value {
        serde_json::to_value(self.errors.first()).unwrap()
    }

    fn log(&self, context: &CallContext) {
        let (code, request_id, address) = (self.code.as_str(), &*context.request_id, context.address);
        let cause = self.source.as_deref().map(chain).unwrap_or_default();
        // The detail may quote what the caller sent, a secret included; it is not logged.
        if self.code.kind().is_fault() {
            tracing::error!(code, request_id, %address, cause, "request failed");
        } else {
            tracing::info!(code, request_id, %address, cause, "request refused");
        }
    }

    fn render(self, request_id: &str) -> Response {
        let document = ProblemDocument {
            kind: self.code.path(),
            title: self.code.title(),
            status: self.code.status(),
            detail: &self.detail,
            code: self.code.as_str(),
            request_id,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = Response::new(body.into());
        *response.status_mut() =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.code.kind().retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// An error and everything behind it, outermost first.
fn chain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// A member of the body, as a JSON pointer (RFC 6901); empty for the whole body.
    Pointer(Cow<'static, str>),
    /// A query parameter.
    Parameter(Cow<'static, str>),
    /// A header field.
    Header(Cow<'static, str>),
}

/// What is wrong with one part of the request.
#[derive(Debug, Serialize)]
struct Violation {
    #[serde(flatten)]
    place: Place,
    detail: Cow<'static, str>,
}

/// Why a request was refused or failed (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/problems/undefined-scope",
    "title": "The API has no such scope",
    "status": 400,
    "detail": "the API has no scope `wirte`",
    "code": "undefined_scope",
    "request_id": "req_06f0z7q4s9v8n3c2k1m5t7x9d0",
    "errors": [{"pointer": "/scopes", "detail": "the API has no scope `wirte`"}],
}))]
pub(crate) struct ProblemDocument<'p> {
    /// Names the problem and leads to its help text on the control origin.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// One short phrase, the same for every occurrence.
    title: &'p str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time, for people.
    detail: &'p str,
    /// The problem's stable name, for programs.
    code: &'p str,
    /// The id under which the server logged the call.
    request_id: &'p str,
    /// The parts of the request that are to blame.
    #[serde(skip_serializing_if = "<[Violation]>::is_empty")]
    #[schema(value_type = Vec<ProblemPart>, required = false)]
    errors: &'p [Violation],
}

/// A part of the request that is to blame. One of `pointer`, `parameter` and `header` is there.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Violation` serializes to, whose one-of is a flattened enum")]
pub(crate) struct ProblemPart {
    /// The member of the body, as a JSON pointer (RFC 6901); empty for the whole body.
    pointer: Option<String>,
    /// The query parameter.
    parameter: Option<String>,
    /// The header field.
    header: Option<String>,
    /// What is wrong with it.
    detail: String,
}

/// A problem that was logged and rendered for its call. Only [`CallContext::refuse`] makes one.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Response>);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl CallContext {
    /// Logs a problem once, with its whole chain, and renders it for this call.
    pub(crate) fn refuse(&self, problem: impl Into<Problem>) -> Refusal {
        let problem = problem.into();
        problem.log(self);
        Refusal(Box::new(problem.render(&self.request_id)))
    }
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
