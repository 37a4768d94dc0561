//! Numbered changes, by which nodes learn what other nodes did.

use crate::id::{AccountId, ApiId, ClientId, FamilyId, GrantId, KeyId, OperatorTokenId, WorkspaceId};

/// A position in the feed of changes. Commits happen in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeSeq(i64);

impl ChangeSeq {
    /// The position a database row holds.
    pub const fn from_i64(seq: i64) -> Self {
        Self(seq)
    }

    /// The bare number, for the database.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The number after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What changed, with what a cache needs to forget it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A key was made, edited, rotated, disabled, enabled or revoked.
    Key {
        /// The key.
        key: KeyId,
        /// The keyed hashes of all its generations: the names under which it may be cached.
        lookups: Vec<[u8; 32]>,
    },
    /// Tokens were ended or spent. The tokens of a key that changed are not named: they ask for their key again.
    Token {
        /// Their family.
        family: FamilyId,
        /// The keyed hashes under which they may be cached.
        lookups: Vec<[u8; 32]>,
    },
    /// A workspace was made, edited, suspended or resumed.
    Workspace(WorkspaceId),
    /// An operator token was made or revoked.
    OperatorToken {
        /// The token.
        token: OperatorTokenId,
        /// Its keyed hash: the name under which it may be cached.
        lookup: [u8; 32],
    },
    /// An API was registered.
    Api(ApiId),
    /// A client was made, edited, disabled or deleted, or its secrets changed.
    Client(ClientId),
    /// An account was made, edited, disabled or deleted, or a session of it was ended.
    Account(AccountId),
    /// A grant was widened or revoked.
    Grant(GrantId),
    /// The signing keys of an API changed.
    SigningKeys(ApiId),
    /// A workspace's test clock was put ahead, or returned.
    TestClock(WorkspaceId),
    /// A reset of an API's test environment began or ended.
    Sandbox(ApiId),
}

/// One row of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where in the feed it stands.
    pub seq: ChangeSeq,
    /// What changed.
    pub kind: ChangeKind,
}

/// The proof that every live node has applied a change, or how many had not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The change.
    pub seq: ChangeSeq,
    /// Nodes holding a lease when it was asked for.
    pub nodes: u32,
    /// Those that had confirmed the position when the wait ended.
    pub confirmed: u32,
}

impl Receipt {
    /// Whether no live node can still act on the old state.
    pub const fn is_complete(self) -> bool {
        self.confirmed >= self.nodes
    }
}
