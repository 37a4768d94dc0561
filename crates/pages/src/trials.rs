//! Trials, as the server sends them: what a reader of the docs tries goes through the gateway, which pages do not know.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_contract::Installed;
use claviger_domain::{Environment, Principal};
use http::{HeaderMap, Request, StatusCode};

/// A request to a route of a contract, with the credential that the reader pasted.
#[derive(Debug)]
pub struct Trial {
    /// The API.
    pub installed: Arc<Installed>,
    /// The host it is for, without a port.
    pub host: String,
    /// The only environment that it may reach.
    pub environment: Environment,
    /// Where the reader sits, by whose address the request is judged, and whether they reach us by TLS.
    pub reader: (IpAddr, bool),
    /// Path, query, header and body.
    pub request: Request<Bytes>,
}

/// The answer to a trial.
#[derive(Debug)]
pub struct Tried {
    /// What the request is called.
    pub request_id: String,
    /// Its status.
    pub status: StatusCode,
    /// Its header.
    pub headers: HeaderMap,
    /// The first bytes of its body.
    pub body: Bytes,
    /// Whether there were more.
    pub is_cut: bool,
    /// Whom the credential stands for, where it was let in.
    pub principal: Option<Arc<Principal>>,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no answer to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialFailure {
    /// The API took too long.
    #[error("the API did not answer in time")]
    TimedOut,
    /// The answer broke off.
    #[error("the API's answer broke off")]
    Broken,
}

/// Sends trials the way that callers' own requests go: decided, counted and forwarded by the gateway, and by nothing
/// else. The answer is bounded in size and time.
pub trait Trials: Send + Sync {
    /// Sends one.
    fn send(&self, trial: Trial) -> Pin<Box<dyn Future<Output = Result<Tried, TrialFailure>> + Send + '_>>;
}
