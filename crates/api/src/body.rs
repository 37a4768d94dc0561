//! Bodies: bounded, declared as JSON, parsed strictly, and blamed by JSON pointer.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::call::CallContext;
use crate::json::{self, Object};
use crate::problem::{Code, Place, Problem, Refusal};

/// The most bytes a body can have.
const MAX_BYTES: usize = 64 * 1024;

/// How long a caller may take to send it.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// A body that has to be there, parsed.
#[derive(Debug)]
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let bytes = SentBytes::from_request(request, _state).await?;
        bytes.parse().map(Self).map_err(|problem| bytes.context.refuse(problem))
    }
}

/// A body that may be left out, which means the default.
#[derive(Debug)]
pub(crate) struct SentOrDefault<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for SentOrDefault<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        Sent::from_request(request, _state).await.map(|Sent(value)| Self(value))
    }
}

/// A body that has to be there, not parsed yet, so that its texts can be borrowed.
#[derive(Debug)]
pub(crate) struct SentBytes {
    bytes: Bytes,
    context: CallContext,
}

impl SentBytes {
    /// The bytes as they came.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The call they came with.
    pub(crate) const fn context(&self) -> &CallContext {
        &self.context
    }

    /// Parses them as JSON.
    pub(crate) fn parse<'b, T: Deserialize<'b>>(&'b self) -> Result<T, Problem> {
        parse(&self.bytes)
    }
}

impl<S: Send + Sync> FromRequest<S> for SentBytes {
    type Rejection = Refusal;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let context = CallContext::of(&parts.extensions);
        let checked = check_content_type(&parts.headers);
        let read = match checked {
            Ok(()) => read(body).await,
            Err(problem) => Err(problem),
        };
        match read {
            Ok(bytes) => Ok(Self { bytes, context }),
            Err(problem) => Err(context.refuse(problem)),
        }
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let declared = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let essence = declared.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType, "the body must be declared as application/json")
        .at(Place::Header("Content-Type".into())))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Code::BodyTooLarge, format!("a body has at most {MAX_BYTES} bytes"));
    // A declared length is refused before a byte is read.
    if body.size_hint().lower() > MAX_BYTES as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(MAX_WAIT, Limited::new(body, MAX_BYTES).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(Code::InvalidRequest, "the body broke off")),
        Err(_) => Err(Problem::new(Code::RequestTimeout, "the body did not come in time")),
    }
}

/// Parses a body. A body that fits is parsed once; one that does not, again with an eye on where.
fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map(|Object(value)| value).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => locate::<T>(bytes).unwrap_or_else(|| malformed(&error)),
        _ => malformed(&error),
    })
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Code::MalformedJson, error.to_string())
}

fn locate<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let error = serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer).err()?;
    let pointer = json::pointer(error.path());
    let detail = json::without_position(&error.into_inner().to_string());
    Some(Problem::new(Code::InvalidBody, detail).at(Place::Pointer(pointer.into())))
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
