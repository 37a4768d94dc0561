//! The HTTP client of the commands: one request, one answer.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::call::Call;
use super::error::{Problem, RemoteError};
use super::target::Target;

/// Longer than a revocation waits for its nodes.
const PATIENCE: Duration = Duration::from_secs(30);
/// A page of 200 keys takes a few hundred kilobytes.
const MAX_ANSWER: usize = 8 << 20;

/// Asks one server.
#[derive(Debug)]
pub(super) struct Client {
    target: Target,
    http: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What a server answered when it did what was asked.
#[derive(Debug)]
pub(super) struct Answer {
    /// The body as it came; an empty object for an answer without one.
    pub(super) text: String,
    /// The same, parsed.
    pub(super) json: Value,
}

impl Client {
    /// A client of this server. Certificates are checked against Mozilla's roots.
    pub(super) fn new(target: Target) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_all_versions();
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector.build());
        Self { target, http }
    }

    /// Sends a request and reads its answer.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, RemoteError> {
        let url = || self.target.origin.clone();
        let request = self.request(call)?;
        let exchange = async {
            let answer = self.http.request(request).await.map_err(|error| self.unreachable(error.into()))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
            let body = body.map_err(|error| self.unreachable(error))?.to_bytes();
            Ok((status, body))
        };
        let outcome = tokio::time::timeout(PATIENCE, exchange).await;
        let (status, body) =
            outcome.map_err(|_| RemoteError::Silent { url: url(), seconds: PATIENCE.as_secs() })??;
        read_answer(status, &body).ok_or_else(|| RemoteError::Foreign { url: url(), status })?
    }

    /// Sends a request and writes its answer as it comes, however long it is.
    pub(super) async fn copy(&self, call: Call, out: &mut dyn Write) -> Result<(), RemoteError> {
        let url = || self.target.origin.clone();
        let silent = |_| RemoteError::Silent { url: url(), seconds: PATIENCE.as_secs() };
        let sent = self.http.request(self.request(call)?);
        let answer = tokio::time::timeout(PATIENCE, sent).await.map_err(silent)?;
        let answer = answer.map_err(|error| self.unreachable(error.into()))?;
        let status = answer.status();
        let mut body = answer.into_body();
        if !status.is_success() {
            let body = tokio::time::timeout(PATIENCE, Limited::new(body, MAX_ANSWER).collect()).await;
            let body = body.map_err(silent)?.map_err(|error| self.unreachable(error))?.to_bytes();
            let foreign = || RemoteError::Foreign { url: url(), status };
            return read_answer(status, &body).ok_or_else(foreign)?.map(drop);
        }
        while let Some(frame) = tokio::time::timeout(PATIENCE, body.frame()).await.map_err(silent)? {
            let frame = frame.map_err(|error| self.unreachable(error.into()))?;
            let Ok(data) = frame.into_data() else { continue };
            out.write_all(&data).map_err(RemoteError::Output)?;
        }
        out.flush().map_err(RemoteError::Output)
    }

    fn request(&self, call: Call) -> Result<Request<Full<Bytes>>, RemoteError> {
        let mut token = HeaderValue::try_from(format!("Bearer {}", self.target.token))
            .map_err(|_| RemoteError::TokenForm)?;
        token.set_sensitive(true);
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.target.origin, call.target))
            .header(AUTHORIZATION, token)
            .header(ACCEPT, "application/json, */*;q=0.5");
        if let Some(key) = call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = call.body.map(|value| value.to_string()).unwrap_or_default();
        // Origin, path and method are known to be good; only the idempotency key is free text.
        request.body(Full::from(body)).map_err(|error| self.unreachable(error.into()))
    }

    fn unreachable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> RemoteError {
        RemoteError::Unreachable { url: self.target.origin.clone(), source }
    }
}

/// None when the body is not what the management API answers with this status.
fn read_answer(status: StatusCode, body: &[u8]) -> Option<Result<Answer, RemoteError>> {
    let text = std::str::from_utf8(body).ok()?;
    if status == StatusCode::NO_CONTENT {
        return Some(Ok(Answer { text: "{}".to_owned(), json: Value::Object(serde_json::Map::new()) }));
    }
    if status.is_success() {
        let json: Value = serde_json::from_str(text).ok()?;
        return json.is_object().then(|| Ok(Answer { text: text.to_owned(), json }));
    }
    let problem: Problem = serde_json::from_str(text).ok()?;
    Some(Err(RemoteError::Refused(problem)))
}
