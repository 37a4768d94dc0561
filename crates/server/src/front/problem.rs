//! The front's own refusals, before any door is known: RFC 9457 problems.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

/// A problem that only the front can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
}

/// The host cannot be told (RFC 9112 section 3.2).
pub(crate) const BAD_HOST: Problem =
    Problem { status: StatusCode::BAD_REQUEST, code: "bad_host", title: "The request's host is unclear" };

/// The host is none of ours (RFC 9110 section 15.5.20).
pub(crate) const MISDIRECTED: Problem = Problem {
    status: StatusCode::MISDIRECTED_REQUEST,
    code: "unknown_host",
    title: "No API is served under this host",
};

/// One address asks too much (RFC 6585 section 4).
pub(crate) const TOO_MANY_REQUESTS: Problem = Problem {
    status: StatusCode::TOO_MANY_REQUESTS,
    code: "rate_limited",
    title: "Too many requests from this address",
};

/// Our fault.
pub(crate) const INTERNAL: Problem = Problem {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal",
    title: "Something went wrong on our side",
};

impl Problem {
    /// The answer. Its connection is as good as before.
    pub(crate) fn respond(self, detail: Option<&str>, request_id: &str) -> Response<Bytes> {
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "code": self.code,
            "request_id": request_id,
        });
        if let (Some(detail), Some(members)) = (detail, body.as_object_mut()) {
            members.insert("detail".to_owned(), detail.into());
        }
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
