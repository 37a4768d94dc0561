//! Short human or machine names, parsed once and then trusted.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It has no character, or only spaces.
    #[error("must not be empty")]
    Empty,
    /// It has more characters than allowed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The allowed number of characters.
        max: usize,
    },
    /// It holds a character that names of this kind may not have.
    #[error("must not contain {found:?}")]
    BadCharacter {
        /// The first such character.
        found: char,
    },
}

/// The name of an API, which is its contract's name: `a-z`, `0-9`, `-`, at most 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiName(Arc<str>);

impl ApiName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > 40 {
            return Err(TextError::TooLong { max: 40 });
        }
        match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for ApiName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person calls a thing: 1 to 100 printable characters, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// The longest label, in characters.
    pub const MAX: usize = 100;

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
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

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person writes: 1 to 2,000 characters in lines, trimmed, without other control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose(Arc<str>);

impl Prose {
    /// The longest text, in characters.
    pub const MAX: usize = 2_000;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Prose {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        // A browser sends lines that end as those of a letter do.
        let text = text.trim().replace("\r\n", "\n");
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(TextError::TooLong { max: Self::MAX });
        }
        match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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

as_text!(ApiName, Label, Prose);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_trimmed_and_bounded() {
        assert_eq!("  a b ".parse::<Label>().unwrap().as_str(), "a b");
        assert_eq!("   ".parse::<Label>(), Err(TextError::Empty));
        assert_eq!("a\u{0}b".parse::<Label>(), Err(TextError::BadCharacter { found: '\0' }));
        assert_eq!("x".repeat(101).parse::<Label>(), Err(TextError::TooLong { max: 100 }));
    }

    #[test]
    fn prose_has_lines_and_is_bounded() {
        assert_eq!(" a\r\nb ".parse::<Prose>().unwrap().as_str(), "a\nb");
        assert_eq!(" \n".parse::<Prose>(), Err(TextError::Empty));
        assert_eq!("a\u{1b}b".parse::<Prose>(), Err(TextError::BadCharacter { found: '\u{1b}' }));
        assert_eq!("x".repeat(2_001).parse::<Prose>(), Err(TextError::TooLong { max: 2_000 }));
    }

    #[test]
    fn api_names_fit_a_host_label() {
        assert!("redox-2".parse::<ApiName>().is_ok());
        assert_eq!("Redox".parse::<ApiName>(), Err(TextError::BadCharacter { found: 'R' }));
    }
}
