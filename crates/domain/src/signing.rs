//! Signing keys: announced, active, retired, removed.

use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::id::{ApiId, SigningKeyId};
use crate::time::Timestamp;

/// A key pair that signs tokens of one API with one algorithm. Its private half is sealed and not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id, which is its `kid`.
    pub id: SigningKeyId,
    /// Whose tokens it signs.
    pub api: ApiId,
    /// How.
    pub algorithm: Algorithm,
    /// The public half as a JWK (RFC 7517) in JSON.
    pub public_jwk: String,
    /// When it was made, and first stood in the JWK set.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    /// When it stops; none until a successor is made.
    pub retires_at: Option<Timestamp>,
    /// When it leaves the JWK set: after the last token it signed has ended.
    pub removes_at: Option<Timestamp>,
}

/// Where in its life a signing key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKeyState {
    /// In the JWK set, so that verifiers know it before it is needed.
    Announced,
    /// It signs.
    Active,
    /// It signs no more; what it signed is still good.
    Retired,
    /// Nothing that it signed can be good any more.
    Removed,
}

impl SigningKeyState {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Removed => "removed",
        }
    }
}

impl SigningKey {
    /// Where in its life it is.
    pub fn state(&self, now: Timestamp) -> SigningKeyState {
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if is_past(self.removes_at) {
            SigningKeyState::Removed
        } else if is_past(self.retires_at) {
            SigningKeyState::Retired
        } else if self.activates_at <= now {
            SigningKeyState::Active
        } else {
            SigningKeyState::Announced
        }
    }
}

/// When signing keys change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningSchedule {
    /// How long a key signs.
    pub rotation: Duration,
    /// How long its successor is announced before it signs: longer than any verifier caches the JWK set.
    pub announcement: Duration,
}

impl Default for SigningSchedule {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self { rotation: Duration::from_secs(90 * DAY), announcement: Duration::from_secs(DAY) }
    }
}
