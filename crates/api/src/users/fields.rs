//! Texts of a user, parsed while the body is read, so that a mistake is blamed by JSON pointer.

use claviger_domain::Label;
use claviger_engine::NewPassword;
use serde::{Deserialize, Deserializer};

/// An address, as people type it.
#[derive(Debug)]
pub(crate) struct Email(pub(crate) claviger_domain::Email);

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// A password that may be chosen. It does not print.
#[derive(Debug)]
pub(super) struct ChosenPassword(pub(super) NewPassword);

impl<'de> Deserialize<'de> for ChosenPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        NewPassword::choose(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What a person is called: 1 to 100 printable characters.
#[derive(Debug, Deserialize)]
pub(super) struct PersonName(Label);

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0.as_str().to_owned()
    }
}

/// A language, as BCP 47 has it: words of letters and digits, joined by hyphens.
#[derive(Debug)]
pub(super) struct Locale(String);

impl Locale {
    /// RFC 5646 section 4.4.1: an implementation must take at least 35 characters.
    const MAX: usize = 35;
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_word = |word: &str| {
            (1..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if text.len() <= Self::MAX && text.split('-').all(is_word) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom("expected a language, like `en` or `de-CH`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_language_is_a_few_short_words() {
        for good in ["en", "de-CH", "zh-Hant-TW"] {
            assert!(from_value::<Locale>(json!(good)).is_ok(), "{good}");
        }
        for bad in ["", "de_CH", "-", "de-", "languages-of-kings", "de CH"] {
            assert!(from_value::<Locale>(json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refused_password_is_not_repeated() {
        let refused = from_value::<ChosenPassword>(json!("hunter2")).unwrap_err().to_string();
        assert_eq!(refused, "must have at least 12 characters");
        let chosen = from_value::<ChosenPassword>(json!("four slow grey horses")).unwrap();
        assert!(!format!("{chosen:?}").contains("horses"));
    }
}
