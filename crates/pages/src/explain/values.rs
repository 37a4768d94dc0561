//! What is wrong with a value that was typed.

use claviger_domain::{EmailError, TextError, WebhookAddressError};
use claviger_engine::PasswordError;

use crate::words::{Phrase, say};

/// A text that is no value of its type.
pub(crate) trait Mistake {
    /// A sentence about what was typed, which is its subject: “The name”.
    fn about(&self, what: Phrase) -> Phrase;
}

/// That sentence. A function, so that the error's type may be inferred from what is done with the value.
pub(crate) fn mistake(what: Phrase, error: &impl Mistake) -> String {
    error.about(what).to_string()
}

impl Mistake for TextError {
    fn about(&self, what: Phrase) -> Phrase {
        match self {
            Self::Empty => say("wrong-empty").with("what", what),
            Self::TooLong { max } => say("wrong-too-long").with("what", what).count("max", max),
            Self::BadCharacter { found } => {
                say("wrong-character").with("what", what).with("found", format!("{found:?}"))
            }
        }
    }
}

impl Mistake for EmailError {
    fn about(&self, what: Phrase) -> Phrase {
        match self {
            Self::Empty => say("wrong-empty").with("what", what),
            Self::TooLong => {
                say("wrong-email-too-long").with("what", what).count("max", claviger_domain::Email::MAX)
            }
            Self::Form => say("wrong-email").with("what", what),
        }
    }
}

impl Mistake for PasswordError {
    fn about(&self, what: Phrase) -> Phrase {
        match self {
            Self::TooShort => {
                say("wrong-too-short").with("what", what).count("min", claviger_engine::Password::MIN)
            }
            Self::TooLong => {
                say("wrong-too-long").with("what", what).count("max", claviger_engine::Password::MAX)
            }
            Self::Common => say("wrong-too-common").with("what", what),
        }
    }
}

impl Mistake for WebhookAddressError {
    fn about(&self, what: Phrase) -> Phrase {
        match self {
            Self::TooLong => say("wrong-url-too-long").with("what", what),
            Self::Form => say("wrong-url").with("what", what),
            Self::Fragment => say("wrong-url-fragment").with("what", what),
            Self::UserInfo => say("wrong-url-user").with("what", what),
            Self::Insecure => say("wrong-url-insecure").with("what", what),
        }
    }
}
