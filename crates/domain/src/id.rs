//! Typed ids: a three-letter prefix and a UUIDv7 in lower-case base32, e.g. `key_06…`.
//!
//! Ids are public. Nothing may ever be authorized by knowing one.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use uuid::Uuid;

use crate::time::{Clock, Entropy, Timestamp};

/// Crockford's alphabet in lower case: no `i l o u`, so an id read aloud survives.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    // The symbols are a constant of 32 distinct ASCII letters; the specification cannot be refused.
    spec.encoding().unwrap_or(data_encoding::BASE32HEX_NOPAD)
});

/// What a UUID takes in base32.
const DIGITS: usize = 26;

/// Why a text is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {expected}_…")]
pub struct IdParseError {
    expected: &'static str,
}

/// A UUIDv7 (RFC 9562 section 5.7) for this instant with this randomness.
fn uuid_v7(at: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0_u8; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix every id of this kind starts with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, ordered by time.
            pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                Self(uuid_v7(clock.now(), entropy))
            }

            /// A new id for a known instant.
            pub fn generate_at(at: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(uuid_v7(at, entropy))
            }

            /// The id that a database row holds as this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// When it was made, to the millisecond, by the clock of whoever made it.
            pub fn made_at(self) -> Timestamp {
                // The first 48 bits (RFC 9562 section 5.7).
                let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or_default();
                Timestamp::from_micros(millis.saturating_mul(1_000))
            }

            /// The bare UUID, for the database.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Written in one piece, so that a new text has room for it at once.
                let mut text = [0_u8; concat!($prefix, "_").len() + DIGITS];
                let (prefix, digits) = text.split_at_mut(concat!($prefix, "_").len());
                prefix.copy_from_slice(concat!($prefix, "_").as_bytes());
                BASE32.encode_mut(self.0.as_bytes(), digits);
                f.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            fn from_str(text: &str) -> Result<Self, IdParseError> {
                let bad = IdParseError { expected: $prefix };
                let body = text.strip_prefix(concat!($prefix, "_")).ok_or(bad.clone())?;
                if body.len() != DIGITS {
                    return Err(bad);
                }
                let mut bytes = [0; 16];
                BASE32.decode_mut(body.as_bytes(), &mut bytes).map_err(|_| bad)?;
                Ok(Self(Uuid::from_bytes(bytes)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An API: a resource server that we protect.
    ApiId = "api";
    /// A workspace: a customer or partner of the provider.
    WorkspaceId = "wsp";
    /// Credits that were given to a workspace.
    CreditGrantId = "cgr";
    /// A static credential of a workspace.
    KeyId = "key";
    /// One generation of a key's secret; a rotation adds one.
    SecretId = "sec";
    /// An account: someone who can sign in, whichever pool they belong to.
    AccountId = "acc";
    /// An invitation to become a member of a workspace.
    InvitationId = "inv";
    /// A request for access from somebody outside.
    AccessRequestId = "acr";
    /// A browser session of an account.
    SessionId = "ses";
    /// A family of tokens that were bought together.
    FamilyId = "fam";
    /// An OAuth client; it is its `client_id`.
    ClientId = "cli";
    /// One secret of a client; a rotation adds one.
    ClientSecretId = "cls";
    /// What a user allowed a client.
    GrantId = "grt";
    /// A key that signs tokens; it is its `kid`.
    SigningKeyId = "sig";
    /// A passkey of an account.
    PasskeyId = "psk";
    /// A token by which an operator's script manages this instance.
    OperatorTokenId = "otk";
    /// Something unusual that was found.
    FindingId = "fnd";
    /// An endpoint that is told of what happens.
    WebhookId = "whk";
    /// A message to an endpoint.
    WebhookMessageId = "msg";
    /// A running process of this server.
    NodeId = "nod";
    /// A reset of an API's test environment.
    ResetId = "rst";
    /// One request, echoed to its caller and written in every log line about it.
    RequestId = "req";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_round_trips(bytes: [u8; 16]) {
            let id = KeyId::from_uuid(Uuid::from_bytes(bytes));
            prop_assert_eq!(id.to_string().parse::<KeyId>().unwrap(), id);
            prop_assert!(id.to_string().parse::<WorkspaceId>().is_err());
        }

        #[test]
        fn an_id_says_when_it_was_made(bytes: [u8; 16]) {
            let id = KeyId::from_uuid(Uuid::from_bytes(bytes));
            let [a, b, c, d, e, f, ..] = bytes;
            let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
            prop_assert_eq!(id.made_at(), Timestamp::from_micros(millis * 1_000));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<KeyId>();
        }
    }
}
