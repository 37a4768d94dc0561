//! Documents of others, from the network: an effect, given to the engine from outside.

use std::fmt;
use std::time::Duration;

use claviger_secrets::Plain;
use futures_util::future::BoxFuture;

/// How much of a document is waited for.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// The longest time, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// The longest body in bytes.
    pub bytes: usize,
}

/// A document.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub body: Vec<u8>,
    /// How long its server says it may be kept; none when it does not say.
    pub max_age: Option<Duration>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fetched({} bytes)", self.body.len())
    }
}

/// A form to be sent. It holds secrets.
#[derive(Clone, Debug)]
pub struct Form {
    /// The fields, as `application/x-www-form-urlencoded`.
    pub body: Plain,
    /// The value of the `Authorization` field; none to send none.
    pub authorization: Option<Plain>,
}

/// A message to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Header fields beside those that every request has, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body: JSON.
    pub body: String,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} bytes)", self.body.len())
    }
}

/// What a message was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// How long its server asks to be left alone, where it does.
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answered({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why a document could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not one that may be asked: not `https`, or inside some network.
    #[error("the address may not be asked")]
    Address,
    /// Its server cannot be reached.
    #[error("its server cannot be reached")]
    Unreachable,
    /// It took too long.
    #[error("its server took too long")]
    Timeout,
    /// It is too long.
    #[error("the document is too long")]
    TooLong,
    /// The answer is no such document: another status (redirects are not followed), or no JSON.
    #[error("its server answered with something else")]
    Answer,
}

/// Gets documents from the network.
///
/// Whoever implements it refuses addresses inside, follows no redirect and keeps to the limits: the addresses come from
/// strangers.
pub trait Fetch: Send + Sync + 'static {
    /// The JSON document at this address.
    fn get<'f>(&'f self, url: &'f str, limits: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>>;

    /// Whatever is at this address, said to be whatever: the caller looks for itself whether it is a picture.
    fn get_picture<'f>(
        &'f self,
        url: &'f str,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>>;

    /// What the server at this address answers to a form, in JSON.
    fn post_form<'f>(
        &'f self,
        url: &'f str,
        form: &'f Form,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>>;

    /// Whether the address may be asked, as far as its text tells.
    fn may_ask(&self, url: &str) -> bool;

    /// What the server at this address answers to a message, whatever its status. No more of the body is read than
    /// the limit says, and an answer that goes on is no failure.
    fn post_message<'f>(
        &'f self,
        url: &'f str,
        message: &'f Outgoing,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>>;
}

/// An engine without a network: every address is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetch;

impl Fetch for NoFetch {
    fn get<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn get_picture<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn may_ask(&self, _: &str) -> bool {
        false
    }

    fn post_message<'f>(
        &'f self,
        _: &'f str,
        _: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }
}
