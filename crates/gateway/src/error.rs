//! Why a request got no answer from its upstream.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use claviger_contract::Fault;
use claviger_domain::{Environment, ErrorKind};
use hyper_util::client::legacy;

/// Why a request got no answer from its upstream.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// CONNECT and TRACE are not served.
    #[error("the method is not served here")]
    Method,
    /// The header has too many fields or bytes.
    #[error("the request's header is too large")]
    HeaderTooLarge,
    /// Its length is stated twice, or wrongly (RFC 9112 section 6.3).
    #[error("the length of the request's body is ambiguous")]
    Framing,
    /// An upgrade may not carry a body: its bytes could be taken for the next protocol's.
    #[error("a request with a body asked for another protocol")]
    UpgradeWithBody,
    /// The contract cannot read it.
    #[error("the contract cannot read the request: {0:?}")]
    Unreadable(Fault),
    /// The body ended before its end.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The engine could not decide.
    #[error("the engine could not decide")]
    Engine(#[source] claviger_engine::Error),
    /// The contract names no upstream for the environment of the credential.
    #[error("there is no upstream for the environment `{0}`")]
    NoUpstream(Environment),
    /// The upstream's address and the request's path make no target together.
    #[error("no target for the upstream")]
    Target(#[from] http::Error),
    /// No connection to the upstream: refused, unreachable, no such name, or no TLS.
    #[error("no connection to the upstream")]
    Connect(#[source] legacy::Error),
    /// No connection to the upstream in time.
    #[error("no connection to the upstream in time")]
    ConnectTimeout(#[source] legacy::Error),
    /// No answer in time.
    #[error("the upstream did not answer in time")]
    ResponseTimeout,
    /// The connection broke before the answer, or the answer was not HTTP or too large a header.
    #[error("the upstream gave no answer")]
    Upstream(#[source] legacy::Error),
    /// The upstream switched to a protocol that nobody asked for.
    #[error("the upstream switched protocols unasked")]
    UnaskedUpgrade,
}

/// Why a request's body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is larger than allowed.
    #[error("the request's body is too large")]
    TooLarge,
    /// The next chunk did not come in time.
    #[error("the request's body did not come in time")]
    TimedOut,
    /// The caller went away, or sent what is no body.
    #[error("the request's body broke off")]
    Broken,
}

impl Error {
    /// What the client of the pool says, sorted by whose fault it is.
    pub(crate) fn of_client(error: legacy::Error) -> Self {
        match (error.is_connect(), is_io_timeout(&error)) {
            (true, true) => Self::ConnectTimeout(error),
            (true, false) => Self::Connect(error),
            (false, _) => Self::Upstream(error),
        }
    }

    /// What the contract calls it on the wire.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Method | Self::Framing | Self::Upload(UploadError::Broken) => Fault::BadRequest,
            Self::HeaderTooLarge => Fault::HeaderTooLarge,
            Self::UpgradeWithBody => Fault::UpgradeRefused,
            Self::Unreadable(fault) => *fault,
            Self::Upload(UploadError::TooLarge) => Fault::BodyTooLarge,
            Self::Upload(UploadError::TimedOut) => Fault::RequestTimeout,
            Self::Engine(_) => Fault::Unavailable,
            Self::NoUpstream(_) | Self::Connect(_) | Self::Upstream(_) | Self::UnaskedUpgrade => {
                Fault::UpstreamUnreachable
            }
            Self::ConnectTimeout(_) | Self::ResponseTimeout => Fault::UpstreamTimeout,
            Self::Target(_) => Fault::Internal,
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self.fault() {
            Fault::BadRequest
            | Fault::BodyTooLarge
            | Fault::HeaderTooLarge
            | Fault::RequestTimeout
            | Fault::UpgradeRefused => ErrorKind::InvalidRequest,
            Fault::UpstreamUnreachable | Fault::UpstreamTimeout | Fault::Unavailable => {
                ErrorKind::Unavailable
            }
            Fault::Internal => ErrorKind::Internal,
        }
    }

    /// Whether the connection cannot be used again, since an unread body may follow on it.
    pub(crate) const fn closes(&self) -> bool {
        matches!(
            self,
            Self::Method | Self::HeaderTooLarge | Self::Framing | Self::UpgradeWithBody | Self::Upload(_)
        )
    }
}

/// The connector reports its deadline as an I/O error somewhere down the chain.
fn is_io_timeout(error: &legacy::Error) -> bool {
    causes(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// The errors below this one.
fn causes<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// An error with its causes, for one line of a log.
pub(crate) struct Chain<'e>(pub(crate) &'e (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        for cause in causes(self.0) {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_fault_is_none_of_the_operators() {
        for error in [
            Error::Method,
            Error::Framing,
            Error::HeaderTooLarge,
            Error::UpgradeWithBody,
            Error::Upload(UploadError::TooLarge),
            Error::Upload(UploadError::TimedOut),
            Error::Upload(UploadError::Broken),
        ] {
            assert!(!error.kind().is_fault(), "{error}");
            assert!(error.closes(), "{error}");
        }
        for error in [Error::NoUpstream(Environment::Live), Error::ResponseTimeout, Error::UnaskedUpgrade] {
            assert!(error.kind().is_fault(), "{error}");
            assert!(!error.closes(), "{error}");
        }
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        let cause = http::uri::PathAndQuery::try_from("no path").unwrap_err();
        let error = Error::Target(cause.into());
        assert_eq!(Chain(&error).to_string(), "no target for the upstream: path does not start with slash");
    }
}
