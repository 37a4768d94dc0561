//! Bodies of token requests: bounded, in time, of an encoding that the endpoint reads.

use std::time::Duration;

use bytes::Bytes;
use claviger_contract::{Encoding, ExchangeCause, Fault, TokenEndpoint, TokenRequest};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::answer::Refused;

/// The most bytes a body can have.
const MAX_BYTES: usize = 64 * 1024;

/// How long a caller may take to send it.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Reads a request as its endpoint's contract has it.
pub(super) async fn read<B>(endpoint: &TokenEndpoint, head: &Parts, body: B) -> Result<TokenRequest, Refused>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let encoding = encoding(endpoint, head)?;
    let bytes = collect(body).await?;
    endpoint
        .read_request(encoding, &bytes)
        .map_err(|error| Refused::detailed(ExchangeCause::InvalidRequest, error.to_string()))
}

/// The declared encoding, if the endpoint reads it. Without a declaration, what the contract names first.
fn encoding(endpoint: &TokenEndpoint, head: &Parts) -> Result<Encoding, Refused> {
    let Some(declared) = head.headers.get(CONTENT_TYPE) else {
        return endpoint.encodings.first().copied().ok_or_else(unread);
    };
    let essence = declared.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let encoding = match essence.to_ascii_lowercase().as_slice() {
        b"application/json" => Encoding::Json,
        b"application/x-www-form-urlencoded" => Encoding::Form,
        _ => return Err(unread()),
    };
    endpoint.encodings.contains(&encoding).then_some(encoding).ok_or_else(unread)
}

fn unread() -> Refused {
    Refused::detailed(ExchangeCause::InvalidRequest, "the body is declared as what is not read here")
}

async fn collect<B>(body: B) -> Result<Bytes, Refused>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // A declared length is refused before a byte is read.
    if body.size_hint().lower() > MAX_BYTES as u64 {
        return Err(Refused::Fault(Fault::BodyTooLarge));
    }
    match tokio::time::timeout(MAX_WAIT, Limited::new(body, MAX_BYTES).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::Fault(Fault::BodyTooLarge)),
        Ok(Err(_)) => Err(Refused::Fault(Fault::BadRequest)),
        Err(_) => Err(Refused::Fault(Fault::RequestTimeout)),
    }
}
