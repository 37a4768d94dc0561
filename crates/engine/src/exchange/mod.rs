//! Tokens bought with a key, a client's secret or a user's password: log in, refresh, log out, sessions. One file per
//! use case.

mod buy;
mod end;
mod failure;
mod hold;
mod log_in;
mod prove;
mod prove_client;
mod prove_user;
mod reach;
mod refresh;
mod sessions;
mod tree;

use claviger_domain::{DenialReason, ErrorKind, Scope, ScopeSet, SessionName, Timestamp};

pub use reach::FamilyError;
pub use tree::{Branch, BranchState, EndedFamily, TokenTree};

use crate::error::Error;
use crate::hashing::HashingError;

/// A key as it is presented. Both texts are secrets.
#[derive(Clone, Copy)]
pub struct KeyProof<'p> {
    /// The key.
    pub key: &'p str,
    /// Its secret, where one is presented.
    pub secret: Option<&'p str>,
}

/// What someone logs in with. Every text but names is a secret.
#[derive(Clone, Copy)]
pub enum Proof<'p> {
    /// A key, perhaps with its secret.
    Key(KeyProof<'p>),
    /// A client, for itself.
    Client {
        /// Its id.
        id: &'p str,
        /// Its secret.
        secret: &'p str,
    },
    /// A user of the API.
    User {
        /// The address by which they sign in.
        name: &'p str,
        /// What was typed.
        password: &'p str,
    },
}

impl<'p> From<KeyProof<'p>> for Proof<'p> {
    fn from(proof: KeyProof<'p>) -> Self {
        Self::Key(proof)
    }
}

/// What someone who logs in asks for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Whose token it shall be; none for that of no session.
    pub session: Option<SessionName>,
    /// What it shall be good for; none for whatever the credential may do.
    pub scopes: Option<ScopeSet>,
}

/// A living session of a key, client or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSession {
    /// Its name.
    pub name: SessionName,
    /// When its oldest living token was bought.
    pub created_at: Timestamp,
    /// When its youngest token ends.
    pub expires_at: Option<Timestamp>,
    /// What its tokens may do.
    pub scopes: ScopeSet,
}

/// Why no token was sold, or a session not found.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The credential is not good. The caller must not learn why.
    #[error("the credential was refused: {}", .0.as_str())]
    Refused(DenialReason),
    /// The refresh token is not good.
    #[error("the refresh token was refused: {}", .0.as_str())]
    RefreshRefused(DenialReason),
    /// Too many attempts failed.
    #[error("too many failed attempts")]
    TooMany {
        /// When the next is looked at.
        retry_at: Timestamp,
    },
    /// Too many passwords are being hashed.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// The API has no such scope, or the credential lacks it.
    #[error("the scope `{0}` cannot be had with this credential")]
    Scope(Scope),
    /// The credential holds as many sessions as it may.
    #[error("the credential holds {max} sessions already; end one first")]
    TooManySessions {
        /// How many it may hold.
        max: u32,
    },
    /// The credential has no such session.
    #[error("the credential has no such session")]
    UnknownSession,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl ExchangeError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::RefreshRefused(_) => ErrorKind::Unauthenticated,
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Busy => ErrorKind::Unavailable,
            Self::Scope(_) | Self::TooManySessions { .. } => ErrorKind::InvalidRequest,
            Self::UnknownSession => ErrorKind::NotFound,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for ExchangeError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for ExchangeError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HashingError> for ExchangeError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => error.into(),
        }
    }
}

/// No text.
impl std::fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Client { .. } => "Client(…)",
            Self::User { .. } => "User(…)",
        })
    }
}

/// Neither text.
impl std::fmt::Debug for KeyProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyProof(…)")
    }
}
