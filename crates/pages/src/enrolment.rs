//! A new secret for an authenticator, to be scanned or typed.

use crate::picture::Picture;
use crate::words::{Phrase, say};

/// What is said of a code that is not right.
pub(crate) const WRONG_CODE: Phrase = say("enrolment-code-wrong-used-already-wait");
/// The longest address that is drawn; a longer one is none of ours.
const LONGEST_ADDRESS: usize = 500;

/// A secret as a page shows it.
pub(crate) struct Enrolment<'p> {
    /// The secret in groups of four, for typing.
    pub(crate) spelled: String,
    pub(crate) secret: &'p str,
    pub(crate) address: &'p str,
    pub(crate) picture: Option<Picture>,
}

impl<'p> Enrolment<'p> {
    /// This secret, and the address that holds it.
    pub(crate) fn of(secret: &'p str, address: &'p str) -> Self {
        let is_ours = address.starts_with("otpauth://") && address.len() <= LONGEST_ADDRESS;
        let picture = is_ours.then(|| Picture::of(address)).flatten();
        Self { spelled: spell(secret), secret, address, picture }
    }
}

/// A secret in groups of four characters.
fn spell(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_spelled_in_groups() {
        assert_eq!(spell("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!(spell(""), "");
    }

    #[test]
    fn only_an_address_of_ours_is_drawn() {
        let address = "otpauth://totp/a?secret=ABCD";
        assert!(Enrolment::of("ABCD", address).picture.is_some());
        assert!(Enrolment::of("ABCD", "https://evil.example").picture.is_none());
        assert!(Enrolment::of("ABCD", &format!("{address}{}", "x".repeat(500))).picture.is_none());
    }
}
