//! A credential as verification keeps it in memory.

use claviger_domain::{
    AccountId, Credential, FamilyId, Generation, KeyKind, Parent, Timestamp, TokenFamily, TokenPart,
};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::activity::{Activity, HasActivity};
use crate::limits::Allowance;
use crate::parents::Moment;
use crate::token_details::TokenDetails;

/// A credential as it is kept in memory: what the judgement needs, and what counting needs.
pub(crate) struct Known {
    pub(crate) credential: Credential,
    pub(crate) allowance: Allowance,
    pub(crate) activity: Activity,
    /// For tokens: what they depend on.
    pub(crate) bought: Option<Purchase>,
    /// For sessions: what they depend on.
    pub(crate) presence: Option<Presence>,
    /// For keys that have a secret beside their text, or should have one.
    pub(crate) pair: Option<Box<Pair>>,
}

/// What proves a key, beside its text.
pub(crate) struct Pair {
    pub(crate) kind: KeyKind,
    /// The keyed hash of the secret.
    pub(crate) secret: Option<[u8; 32]>,
}

/// What a session in memory depends on.
pub(crate) struct Presence {
    /// Whose it is: a change of the account, and each end of one of its sessions, ends what is in memory.
    pub(crate) account: AccountId,
    /// When it was read.
    pub(crate) read_at: Moment,
    /// From when on a use has to be noted, so that the session lasts.
    pub(crate) note_at: Timestamp,
}

/// What a token in memory depends on, and what can be told of it.
pub(crate) struct Purchase {
    /// The ids of all it stands on: those that end it when they change.
    pub(crate) stands_on: SmallVec<[Uuid; 4]>,
    /// When it was read.
    pub(crate) read_at: Moment,
    /// Access or refresh; one that refreshes opens nothing.
    pub(crate) part: TokenPart,
    /// Its family and generation, while its first use has yet to spend an older one.
    pub(crate) fresh: Option<Box<(TokenFamily, Generation)>>,
    /// For those who ask what it is.
    pub(crate) story: Box<Story>,
}

/// What a token says of itself, beside what its principal says.
pub(crate) struct Story {
    /// What it was bought with.
    pub(crate) parent: Parent,
    /// Its family and generation; none for a token without a row.
    pub(crate) family: Option<(FamilyId, Generation)>,
    /// Its `jti`, where it has one.
    pub(crate) id: Option<String>,
    /// Its `sub`.
    pub(crate) subject: String,
    /// By which its user signs in.
    pub(crate) username: Option<String>,
    /// When it was issued.
    pub(crate) issued_at: Option<Timestamp>,
    /// What else it was made of.
    pub(crate) details: TokenDetails,
}

impl HasActivity for Known {
    fn activity(&self) -> &Activity {
        &self.activity
    }
}
