//! Keys: issue, list, edit, rotate, end an overlap, revoke. One file per use case.

mod edit;
mod end_tokens;
mod issue;
mod overlap;
mod pair;
mod read;
mod restrict;
mod revoke;
mod rotate;

use claviger_domain::{
    ApiId, CollectionName, Environment, ErrorKind, Key, KeyKind, KeyTransitionError, Label, Limit, Metadata,
    NotAllowed, Receipt, Scope, ScopeSet, Timestamp, WorkspaceId,
};
use claviger_secrets::Plain;
use ipnet::IpNet;

pub(crate) use issue::change_of;
pub use read::KeyLook;

use crate::error::Error;

/// What a new key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The API it opens.
    pub api: ApiId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The world it belongs to.
    pub environment: Environment,
    /// Single or pair.
    pub kind: KeyKind,
    /// What people call it.
    pub name: Label,
    /// What it may do.
    pub scopes: ScopeSet,
    /// It does not work before.
    pub not_before: Option<Timestamp>,
    /// It does not work from then on; none for the contract's default life.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from; empty for anywhere.
    pub addresses: Vec<IpNet>,
    /// Its own limits.
    pub limits: Vec<Limit>,
    /// Free data of its owner.
    pub metadata: Metadata,
    /// Whether it is a canary: it opens nothing, and each use of it is found.
    pub is_canary: bool,
}

/// A key and, this once, its text.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: Key,
    /// What its holder presents. Kept nowhere.
    pub text: Plain,
    /// Whether this repeats the answer to an earlier request with the same `Idempotency-Key`.
    pub is_repeat: bool,
}

/// A pair and, this once, its secret.
#[derive(Debug)]
pub struct IssuedSecret {
    /// The pair.
    pub key: Key,
    /// The secret half. Kept nowhere.
    pub secret: Plain,
}

/// A revoked key and, when asked for, the proof that no node accepts it any more.
#[derive(Debug)]
pub struct RevokedKey {
    /// The key.
    pub key: Key,
    /// The proof; none when the caller did not wait.
    pub receipt: Option<Receipt>,
}

/// A value to belong to a key.
#[derive(Clone, Debug)]
pub struct BelongingRequest {
    /// The contract's list it stands in.
    pub collection: CollectionName,
    /// The value: 1 to 200 printable characters.
    pub value: String,
}

/// Why a key could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such API.
    #[error("no API of this name or id is loaded")]
    UnknownApi,
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// There is no such key, or not in this workspace.
    #[error("no such key")]
    UnknownKey,
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The API's contract has no such scope.
    #[error("the API has no scope `{0}`")]
    UndefinedScope(Scope),
    /// The API's contract has no such list of values.
    #[error("the API has no list `{0}`")]
    UndefinedCollection(CollectionName),
    /// The value is not in the list.
    #[error("the key has no such value")]
    UnknownBelonging,
    /// The value is empty, too long or has control characters.
    #[error("a value has 1 to 200 printable characters")]
    BelongingForm,
    /// The API's contract has no key of this kind in this environment.
    #[error("the API hands out no {} keys for {environment}", kind.as_str())]
    NoFormat {
        /// The kind asked for.
        kind: KeyKind,
        /// The environment asked for.
        environment: Environment,
    },
    /// A pair's key is a name; what proves is its secret.
    #[error("a pair keeps its key; replace its secret instead")]
    PairKeepsItsKey,
    /// It would end before it starts, or has already ended.
    #[error("`expires_at` must lie in the future and after `not_before`")]
    EndsTooEarly,
    /// It would live longer than its contract allows.
    #[error("the API's keys live at most {max_seconds} seconds")]
    LivesTooLong {
        /// The longest life.
        max_seconds: u64,
    },
    /// The overlap is longer than its contract allows.
    #[error("a rotated key may go on for at most {max_seconds} seconds")]
    OverlapTooLong {
        /// The longest overlap.
        max_seconds: u64,
    },
    /// There are too many limits or addresses.
    #[error("a key may have at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// Its state forbids it.
    #[error(transparent)]
    Transition(#[from] KeyTransitionError),
    /// Someone else changed it at the same time.
    #[error("the key was changed by someone else meanwhile; read it again and repeat")]
    ChangedMeanwhile,
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl KeyError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownKey | Self::UnknownBelonging => ErrorKind::NotFound,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::UnknownApi
            | Self::UnknownWorkspace
            | Self::UndefinedScope(_)
            | Self::UndefinedCollection(_)
            | Self::BelongingForm
            | Self::NoFormat { .. }
            | Self::PairKeepsItsKey
            | Self::EndsTooEarly
            | Self::LivesTooLong { .. }
            | Self::OverlapTooLong { .. }
            | Self::TooMany { .. }
            | Self::IdempotencyMismatch => ErrorKind::InvalidRequest,
            Self::Transition(_) | Self::ChangedMeanwhile => ErrorKind::Conflict,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownApi => "/api",
            Self::UnknownWorkspace => "/workspace",
            Self::UndefinedScope(_) => "/scopes",
            Self::NoFormat { .. } => "/environment",
            Self::EndsTooEarly | Self::LivesTooLong { .. } => "/expires_at",
            Self::OverlapTooLong { .. } => "/overlap_seconds",
            Self::BelongingForm => "/id",
            _ => return None,
        })
    }
}

impl From<claviger_store::Error> for KeyError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for KeyError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}
