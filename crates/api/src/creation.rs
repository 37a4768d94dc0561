//! Creates that may be repeated: a body and its `Idempotency-Key`.

use axum::extract::{FromRequest, Request};
use claviger_engine::{Engine, IdempotencyKey};
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use crate::body::SentBytes;
use crate::problem::{Code, Place, Problem, Refusal};
use crate::state::Shared;

/// The header that makes a create repeatable (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The body of a create.
#[derive(Debug)]
pub(crate) struct Creation<T> {
    /// What is to be made.
    pub(crate) new: T,
    /// Under which key it happens only once.
    pub(crate) once: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Creation<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, doors: &Shared) -> Result<Self, Refusal> {
        let head = Head {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            key: idempotency_text(request.headers()),
        };
        let sent = SentBytes::from_request(request, doors).await?;
        let refuse = |problem: Problem| sent.context().refuse(problem);
        let once = head.once(&doors.engine, sent.as_bytes()).map_err(refuse)?;
        let new = sent.parse().map_err(refuse)?;
        Ok(Self { new, once })
    }
}

/// What of the request's head the key is bound to.
struct Head {
    method: Method,
    path: String,
    key: Result<Option<String>, Problem>,
}

impl Head {
    fn once(self, engine: &Engine, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(text) = self.key? else { return Ok(None) };
        let mut request = Vec::with_capacity(self.path.len() + body.len() + 16);
        for part in [self.method.as_str().as_bytes(), b" ", self.path.as_bytes(), b"\n", body] {
            request.extend_from_slice(part);
        }
        engine.idempotency_key(&text, &request).map(Some).ok_or_else(malformed)
    }
}

fn idempotency_text(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|text| Some(text.to_owned())).map_err(|_| malformed()),
        (Some(_), Some(_)) => Err(malformed()),
    }
}

fn malformed() -> Problem {
    let detail = "an Idempotency-Key is sent once and has 1 to 255 printable ASCII characters";
    Problem::new(Code::InvalidIdempotencyKey, detail).at(Place::Header(IDEMPOTENCY_KEY.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_key_is_sent_at_most_once_and_in_ascii() {
        let mut headers = HeaderMap::new();
        assert_eq!(idempotency_text(&headers).unwrap(), None);
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a-1"));
        assert_eq!(idempotency_text(&headers).unwrap().as_deref(), Some("a-1"));
        headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("a-1"));
        assert_eq!(idempotency_text(&headers).unwrap_err().code(), Code::InvalidIdempotencyKey);
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(idempotency_text(&headers).unwrap_err().code(), Code::InvalidIdempotencyKey);
    }
}
