//! Tokens bought with a credential: what they look like and under which conditions they are sold.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::text::TextError;

/// What a token looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// A signed JWT.
    Jwt {
        /// How it is signed.
        algorithm: Algorithm,
        /// Exactly its claims; empty for those of RFC 9068.
        claims: Vec<String>,
    },
    /// A prefix, base62 random characters and a checksum.
    Opaque {
        /// What it starts with.
        prefix: String,
    },
    /// A random UUID.
    Uuid,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// What it looks like.
    pub shape: TokenShape,
    /// How long it lives.
    pub lifetime: Duration,
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it looks like; never a JWT.
    pub shape: TokenShape,
    /// How long its family lives; none for as long as the grant.
    pub lifetime: Option<Duration>,
    /// How long it lives unused; none for as long as its family.
    pub idle: Option<Duration>,
}

/// What an endpoint sells, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token that comes with it, where one does.
    pub refresh: Option<RefreshToken>,
    /// When the same token is given again.
    pub reuse: Reuse,
    /// The most sessions a credential may hold at once; none for a thousand.
    pub max_sessions: Option<u32>,
}

/// When the same token is given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Never.
    #[default]
    Never,
    /// While it is valid, for the same credential, session and scopes.
    Session,
}

/// The name a client gives a session: 1 to 200 printable characters. It never shows in a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionName(Arc<str>);

impl SessionName {
    /// The longest name, in characters.
    pub const MAX: usize = 200;

    /// The name, for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionName(…)")
    }
}

impl FromStr for SessionName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(TextError::TooLong { max: Self::MAX });
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_is_bounded_printable_and_does_not_print() {
        let name: SessionName = "worker ü 7".parse().unwrap();
        assert_eq!(name.expose(), "worker ü 7");
        assert_eq!(format!("{name:?}"), "SessionName(…)");
        assert!("x".repeat(200).parse::<SessionName>().is_ok());
        assert_eq!("x".repeat(201).parse::<SessionName>(), Err(TextError::TooLong { max: 200 }));
        assert_eq!(" ".parse::<SessionName>(), Err(TextError::Empty));
        assert_eq!("a\nb".parse::<SessionName>(), Err(TextError::BadCharacter { found: '\n' }));
    }
}
