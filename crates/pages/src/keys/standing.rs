//! What a key's state and dates come to at this moment, in a word.

use claviger_domain::{Key, KeyState, Timestamp};

use crate::words::{Phrase, say};

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Active,
    NotYetValid,
    Disabled,
    Expired,
    Revoked,
}

impl Standing {
    /// How this key stands at `now`. What is final comes first.
    pub(crate) fn of(key: &Key, now: Timestamp) -> Self {
        match key.state {
            KeyState::Revoked { .. } => Self::Revoked,
            _ if key.expires_at.is_some_and(|end| end <= now) => Self::Expired,
            KeyState::Disabled { .. } => Self::Disabled,
            KeyState::Active if key.not_before.is_some_and(|start| now < start) => Self::NotYetValid,
            KeyState::Active => Self::Active,
        }
    }

    /// For people.
    pub(crate) const fn word(self) -> Phrase {
        match self {
            Self::Active => say("word-active"),
            Self::NotYetValid => say("key-not-yet-valid"),
            Self::Disabled => say("word-disabled"),
            Self::Expired => say("key-expired"),
            Self::Revoked => say("shared-revoked"),
        }
    }

    /// The class of the badge; the word says the same to whoever sees no colour.
    pub(crate) const fn tone(self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::NotYetValid | Self::Disabled => "rest",
            Self::Expired | Self::Revoked => "over",
        }
    }
}
