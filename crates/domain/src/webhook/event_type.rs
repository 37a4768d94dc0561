//! What endpoints can be told of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! event_types {
    ($($(#[doc = $about:literal])* $name:ident = $word:literal;)*) => {
        /// What happened. The words are kept for ever: one is never given another meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $($(#[doc = $about])* $name,)*
        }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word on the wire and in the database: the kind of object, a dot, what happened.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// What happened, as a sentence.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($about),*).trim_start(),)*
                }
            }
        }
    };
}

event_types! {
    /// A key was made.
    KeyCreated = "key.created";
    /// A key's name, scopes, dates, addresses, limits or secret were changed, or its older text was ended.
    KeyChanged = "key.changed";
    /// A key was given a new text; the old one may go on for a while.
    KeyRotated = "key.rotated";
    /// A key was switched off.
    KeyDisabled = "key.disabled";
    /// A key was switched on again.
    KeyEnabled = "key.enabled";
    /// A key was ended for ever.
    KeyRevoked = "key.revoked";
    /// A key ends soon: told 30, 7 and 1 days before.
    KeyExpiring = "key.expiring";
    /// A key's end came.
    KeyExpired = "key.expired";
    /// A key was found where it does not belong.
    KeyExposed = "key.exposed";
    /// An application was registered.
    ClientCreated = "client.created";
    /// An application's metadata was changed, or it was switched off or on.
    ClientChanged = "client.changed";
    /// An application was given a new secret.
    ClientSecretRotated = "client.secret_rotated";
    /// An application was deleted, with its grants and tokens.
    ClientDeleted = "client.deleted";
    /// A user allowed an application something.
    GrantCreated = "grant.created";
    /// A user allowed an application more than before.
    GrantChanged = "grant.changed";
    /// What a user allowed an application was taken back.
    GrantRevoked = "grant.revoked";
    /// One browser session was ended by hand, or all of an account's at once.
    SessionEnded = "session.ended";
    /// Requests were refused because a limit was used up.
    LimitReached = "limit.reached";
    /// Something unusual was found, or found again after it had been acknowledged and quiet.
    UnusualActivityFound = "unusual_activity.found";
    /// Somebody outside asked for access.
    AccessRequestMade = "access_request.made";
    /// A request for access was approved or declined.
    AccessRequestDecided = "access_request.decided";
    /// A reset of an API's test environment began: its own data may be reset now.
    SandboxResetBegun = "sandbox.reset_begun";
    /// The test environment of an API was reset.
    SandboxReset = "sandbox.reset";
    /// Somebody asked for a message to try an endpoint.
    WebhookTest = "webhook.test";
}

impl EventType {
    /// What kind of object it is about: what stands before the dot.
    pub fn kind(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no event type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown event type `{0}`")]
pub struct UnknownEventType(String);

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        let found = Self::ALL.iter().copied().find(|event| event.as_str() == text);
        found.ok_or_else(|| UnknownEventType(text.chars().take(40).collect()))
    }
}

impl Serialize for EventType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_type_has_a_word_of_its_own_that_reads_back() {
        let words: BTreeSet<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
        assert_eq!(words.len(), EventType::ALL.len());
        for event in EventType::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
            assert!(event.about().ends_with('.') && !event.about().starts_with(' '), "{event}");
        }
        assert_eq!(EventType::ClientSecretRotated.kind(), "client");
        assert!("key.forged".parse::<EventType>().is_err());
    }
}
