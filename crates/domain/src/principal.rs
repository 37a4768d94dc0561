//! Whom a credential stands for, and what kinds of credential there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::environment::Environment;
use crate::id::{ApiId, WorkspaceId};
use crate::key::KeyVersion;
use crate::policy::CollectionName;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What kind of credential was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CredentialKind {
    /// A static key.
    Key,
    /// A bought or granted token.
    Token,
    /// A browser session.
    Session,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Key, Self::Token, Self::Session];

    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Token => "token",
            Self::Session => "session",
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// All kinds.
    pub const ANY: Self = Self(0b111);
    /// No kind.
    pub const NONE: Self = Self(0);

    /// The set with `kind` added.
    #[must_use]
    pub const fn with(self, kind: CredentialKind) -> Self {
        Self(self.0 | 1 << (kind as u8))
    }

    /// Whether `kind` is in it.
    pub const fn contains(self, kind: CredentialKind) -> bool {
        self.0 & (1 << (kind as u8)) != 0
    }

    /// The kinds in it.
    pub fn iter(self) -> impl Iterator<Item = CredentialKind> {
        CredentialKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<CredentialKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = CredentialKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Values that belong to a credential, by collection; only verified ones are here.
pub type Belongings = BTreeMap<CollectionName, Vec<String>>;

/// Whom a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The API.
    pub api: ApiId,
    /// The workspace the credential belongs to.
    pub workspace: WorkspaceId,
    /// The kind of credential.
    pub kind: CredentialKind,
    /// The credential's public id, e.g. `key_…`.
    pub credential: Arc<str>,
    /// Which version of a key was presented; none for what is no key.
    pub version: Option<KeyVersion>,
    /// The end user, where there is one.
    pub subject: Option<Arc<str>>,
    /// The OAuth client, where there is one.
    pub client: Option<Arc<str>>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// The world it belongs to.
    pub environment: Environment,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Values that belong to it, which routes can demand.
    pub belongings: Belongings,
}
