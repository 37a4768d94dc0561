//! Answers: JSON that no cache may keep.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::call::CallContext;
use crate::problem::{Code, Problem, Refusal};

/// A rendered answer, or the refusal.
pub(crate) type Answer = Result<Response, Refusal>;

impl CallContext {
    /// 200 with an object.
    pub(crate) fn ok<T: Serialize>(&self, object: &T) -> Answer {
        let body = serde_json::to_vec(object).map_err(|error| {
            self.refuse(Problem::new(Code::Internal, Code::Internal.title()).because(error))
        })?;
        Ok(json(body))
    }

    /// 201 with an object and where it can be read, or nowhere when it has no address of its own.
    pub(crate) fn created<T: Serialize>(&self, location: Option<String>, object: &T) -> Answer {
        let mut response = self.ok(object)?;
        *response.status_mut() = StatusCode::CREATED;
        if let Some(location) = location.and_then(|path| HeaderValue::try_from(path).ok()) {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }
}

/// 204: what was asked for is done, and nothing is left to show.
pub(crate) fn nothing() -> Response {
    (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response()
}

/// 200 with this JSON.
pub(crate) fn json(body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
