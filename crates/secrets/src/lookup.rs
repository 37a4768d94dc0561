//! Keyed hashes: how a machine secret of 128 bits or more is kept and found.

use std::fmt;

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::master::MasterKey;

/// The HMAC-SHA-256 of a secret under a pepper that the database never holds.
///
/// Finding a row by it leaks nothing through timing: who can't compute the HMAC can't steer the comparison.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lookup([u8; 32]);

impl Lookup {
    /// The hash a database row holds.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bare hash, for the database.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// Whether both are the same, in constant time.
    pub fn matches(self, other: Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup(…)")
    }
}

/// What a hash is for; the same text under two purposes has unrelated hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Keys of any API.
    Key,
    /// The secret half of a pair.
    PairSecret,
    /// Operator tokens.
    OperatorToken,
    /// The cookies of browser sessions.
    Session,
    /// The tokens by which a form proves that it is one of ours, made from its browser's cookie.
    FormToken,
    /// Access and refresh tokens of any form.
    Token,
    /// Names of sessions, together with their key.
    SessionName,
    /// What a token is given again for: key, session and scopes.
    Reuse,
    /// Bodies of idempotent requests, which may hold secrets.
    Idempotency,
    /// Ids of assertions and proofs, which work once.
    SeenOnce,
    /// The value by which a database recognizes its master key.
    MasterKeyCheck,
}

impl Purpose {
    const ALL: [Self; 11] = [
        Self::Key,
        Self::PairSecret,
        Self::OperatorToken,
        Self::Session,
        Self::FormToken,
        Self::Token,
        Self::SessionName,
        Self::Reuse,
        Self::Idempotency,
        Self::SeenOnce,
        Self::MasterKeyCheck,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Key => "lookup: key",
            Self::PairSecret => "lookup: pair secret",
            Self::OperatorToken => "lookup: operator token",
            Self::Session => "lookup: session",
            Self::FormToken => "derive: form token",
            Self::Token => "lookup: token",
            Self::SessionName => "lookup: session name",
            Self::Reuse => "lookup: reuse",
            Self::Idempotency => "lookup: idempotency",
            Self::SeenOnce => "lookup: seen once",
            Self::MasterKeyCheck => "check: master key",
        }
    }
}

/// Computes keyed hashes with the peppers kept ready.
#[derive(Clone)]
pub struct LookupHasher {
    keys: [hmac::Key; Purpose::ALL.len()],
}

impl LookupHasher {
    /// Derives the peppers.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn new(master: &MasterKey) -> Result<Self, Error> {
        let key = |purpose: Purpose| {
            let bytes = master.derive(purpose.label())?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
        };
        let [a, b, c, d, e, f, g, h, i, j, k] = Purpose::ALL;
        Ok(Self {
            keys: [
                key(a)?,
                key(b)?,
                key(c)?,
                key(d)?,
                key(e)?,
                key(f)?,
                key(g)?,
                key(h)?,
                key(i)?,
                key(j)?,
                key(k)?,
            ],
        })
    }

    /// The keyed hash of `text` for `purpose`.
    pub fn hash(&self, purpose: Purpose, text: &[u8]) -> Lookup {
        let [key, pair, operator, session, form, token, name, reuse, idempotency, seen, master] = &self.keys;
        let key = match purpose {
            Purpose::Key => key,
            Purpose::PairSecret => pair,
            Purpose::OperatorToken => operator,
            Purpose::Session => session,
            Purpose::FormToken => form,
            Purpose::Token => token,
            Purpose::SessionName => name,
            Purpose::Reuse => reuse,
            Purpose::Idempotency => idempotency,
            Purpose::SeenOnce => seen,
            Purpose::MasterKeyCheck => master,
        };
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(key, text).as_ref());
        Lookup(bytes)
    }
}

impl fmt::Debug for LookupHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupHasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_differ_by_purpose_and_by_master_key() {
        let one = LookupHasher::new(&MasterKey::parse(&"A".repeat(43).add_pad()).unwrap()).unwrap();
        let two = LookupHasher::new(&MasterKey::parse(&"E".repeat(43).add_pad()).unwrap()).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for hasher in [&one, &two] {
            for purpose in Purpose::ALL {
                assert!(seen.insert(hasher.hash(purpose, b"x")), "{purpose:?}");
            }
        }
        assert!(one.hash(Purpose::Key, b"x").matches(one.hash(Purpose::Key, b"x")));
    }

    trait AddPad {
        fn add_pad(self) -> String;
    }

    impl AddPad for String {
        fn add_pad(self) -> String {
            self + "="
        }
    }
}
