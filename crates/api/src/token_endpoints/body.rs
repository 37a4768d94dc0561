//! Bodies of token requests: bounded, in time, of an encoding that the endpoint reads.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use claviger_contract::{Encoding, ExchangeCause, Fault, TokenEndpoint, TokenRequest};
use futures_util::FutureExt as _;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;

use super::answer::Refused;

/// The most bytes a body can have.
const MAX_BYTES: usize = 64 * 1024;

/// The most bytes that are read from a body that has too many: a caller who is still sending when the answer comes
/// may never see it.
const DRAINED: usize = 1024 * 1024;

/// How long a caller may take to send it.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Reads a request as its endpoint's contract has it.
pub(super) async fn read<B>(endpoint: &TokenEndpoint, head: &Parts, body: B) -> Result<TokenRequest, Refused>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let encoding = encoding(endpoint, head)?;
    let bytes = collect(body).await.map_err(Refused::Fault)?;
    endpoint
        .read_request(encoding, &bytes)
        .map_err(|error| Refused::detailed(ExchangeCause::InvalidRequest, error.to_string()))
}

/// The declared encoding, if the endpoint reads it. Without a declaration, what the contract names first.
fn encoding(endpoint: &TokenEndpoint, head: &Parts) -> Result<Encoding, Refused> {
    let encoding = match declared(head) {
        Declared::Nothing => endpoint.encodings.first().copied(),
        Declared::Known(encoding) => Some(encoding).filter(|known| endpoint.encodings.contains(known)),
        Declared::Other => None,
    };
    encoding.ok_or_else(unread)
}

/// What a request says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// Nothing.
    Nothing,
    /// One of the encodings of token requests.
    Known(Encoding),
    /// Something else.
    Other,
}

/// What a request says of its body.
pub(crate) fn declared(head: &Parts) -> Declared {
    let Some(declared) = head.headers.get(CONTENT_TYPE) else { return Declared::Nothing };
    let essence = declared.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Declared::Known(Encoding::Form)
    } else if essence.eq_ignore_ascii_case(b"application/json") {
        Declared::Known(Encoding::Json)
    } else {
        Declared::Other
    }
}

fn unread() -> Refused {
    Refused::detailed(ExchangeCause::InvalidRequest, "the body is declared as what is not read here")
}

/// A whole body.
///
/// # Errors
/// When it is too large, takes too long, or breaks off.
pub(crate) async fn collect<B>(body: B) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // A declared length is refused before a byte is read.
    if body.size_hint().lower() > DRAINED as u64 {
        return Err(Fault::BodyTooLarge);
    }
    let mut reading = pin!(read_through(body));
    // Nearly always all of it is there already, and nobody has to look at a clock.
    if let Some(read) = reading.as_mut().now_or_never() {
        return read;
    }
    match tokio::time::timeout(MAX_WAIT, reading).await {
        Ok(read) => read,
        Err(_) => Err(Fault::RequestTimeout),
    }
}

async fn read_through<B>(body: B) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes> + Send,
{
    let mut body = pin!(body);
    // Nearly always the first piece is all there is, and need not be copied.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::BadRequest)?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > DRAINED {
            break;
        }
        if seen > MAX_BYTES {
            continue;
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if seen > MAX_BYTES {
        return Err(Fault::BodyTooLarge);
    }
    Ok(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
}
