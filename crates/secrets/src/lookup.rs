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

macro_rules! purposes {
    ($($(#[$doc:meta])* $variant:ident $field:ident = $label:literal;)*) => {
        /// What a hash is for; the same text under two purposes has unrelated hashes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Purpose {
            $($(#[$doc])* $variant,)*
        }

        /// Computes keyed hashes with the peppers kept ready.
        #[derive(Clone)]
        pub struct LookupHasher {
            $($field: hmac::Key,)*
        }

        impl LookupHasher {
            /// Derives the peppers.
            ///
            /// # Errors
            /// When the crypto library refuses.
            pub fn new(master: &MasterKey) -> Result<Self, Error> {
                let key = |label| {
                    let bytes = master.derive(label)?;
                    Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
                };
                Ok(Self { $($field: key($label)?,)* })
            }

            const fn key(&self, purpose: Purpose) -> &hmac::Key {
                match purpose {
                    $(Purpose::$variant => &self.$field,)*
                }
            }
        }

        #[cfg(test)]
        const ALL: &[Purpose] = &[$(Purpose::$variant),*];
    };
}

purposes! {
    /// Keys of any API.
    Key key = "lookup: key";
    /// The secret half of a pair.
    PairSecret pair_secret = "lookup: pair secret";
    /// Operator tokens.
    OperatorToken operator_token = "lookup: operator token";
    /// The cookies of browser sessions.
    Session session = "lookup: session";
    /// The tokens by which a form proves that it is one of ours, made from its browser's cookie.
    FormToken form_token = "derive: form token";
    /// What people type to sign in, so that those who fail can be told apart without being known.
    SignInName sign_in_name = "watch: sign-in name";
    /// Access and refresh tokens of any form.
    Token token = "lookup: token";
    /// Names of sessions, together with their key.
    SessionName session_name = "lookup: session name";
    /// Secrets of clients.
    ClientSecret client_secret = "lookup: client secret";
    /// The tokens by which clients manage their registration.
    Registration registration = "lookup: registration";
    /// What a token is given again for: key, session and scopes.
    Reuse reuse = "lookup: reuse";
    /// Authorization codes.
    AuthorizationCode authorization_code = "lookup: authorization code";
    /// The URIs of pushed authorization requests.
    PushedRequest pushed_request = "lookup: pushed request";
    /// What devices ask with.
    DeviceCode device_code = "lookup: device code";
    /// What people type for a device, together with the API.
    UserCode user_code = "lookup: user code";
    /// What users are called where they have another name for each client.
    PairwiseSubject pairwise_subject = "derive: pairwise subject";
    /// Ids of assertions and proofs, which work once.
    SeenOnce seen_once = "lookup: seen once";
    /// Bodies of idempotent requests, which may hold secrets.
    Idempotency idempotency = "lookup: idempotency";
    /// The tokens in links that are sent by mail.
    MailToken mail_token = "lookup: mail token";
    /// The tokens in the links to requests for access.
    AccessRequest access_request = "lookup: access request";
    /// The tokens in the links of invitations.
    Invitation invitation = "lookup: invitation";
    /// Recovery codes.
    RecoveryCode recovery_code = "lookup: recovery code";
    /// The code that guards the making of the first operator.
    SetupCode setup_code = "derive: setup code";
    /// The ids that authenticators give passkeys.
    Passkey passkey = "lookup: passkey";
    /// Ceremonies of passkeys that were completed.
    Ceremony ceremony = "lookup: ceremony";
    /// Rows of the audit record, each with the hash of the one before.
    Audit audit = "chain: audit";
    /// The note of where the audit record ends.
    AuditHead audit_head = "chain: audit head";
    /// The value by which a database recognizes its master key.
    MasterKeyCheck master_key_check = "check: master key";
}

impl LookupHasher {
    /// The keyed hash of `text` for `purpose`.
    pub fn hash(&self, purpose: Purpose, text: &[u8]) -> Lookup {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(hmac::sign(self.key(purpose), text).as_ref());
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
            for purpose in ALL {
                assert!(seen.insert(hasher.hash(*purpose, b"x")), "{purpose:?}");
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
