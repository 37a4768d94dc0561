//! What went wrong, said to whoever did it, in their language. Errors themselves speak English, to the log and to
//! programs; what only the makers of an application can act on stays as it is.

mod account;
mod console;
mod values;

use std::time::Duration;

use crate::words::{Phrase, say};

pub(crate) use values::mistake;

/// An error that people are told of.
pub(crate) trait Explain {
    /// A whole sentence, or several.
    fn explain(&self) -> Phrase;
}

/// An error's text as a sentence.
pub(crate) fn sentence(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    first + chars.as_str() + "."
}

/// A part below failed: nobody can help it from where they are.
const fn fault() -> Phrase {
    say("explain-fault")
}

/// Somebody was too fast.
fn too_many(retry_after: Duration) -> Phrase {
    say("explain-too-many").count("seconds", retry_after.as_secs() + 1)
}

#[cfg(test)]
mod tests {
    use claviger_engine::{AccountError, KeyError, SignInError};

    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(KeyError::UnknownKey.explain().to_string(), "No such key.");
        assert_eq!(
            (sentence(&KeyError::UnknownKey), sentence(&"")),
            ("No such key.".to_owned(), ".".to_owned())
        );
        assert_eq!(SignInError::Wrong.explain().to_string(), "E-mail address or password is wrong.");
        let wait = AccountError::TooMany { retry_after: Duration::from_secs(4) };
        assert_eq!(wait.explain().to_string(), "Too many attempts; try again in 5 seconds.");
    }
}
