//! Passwords: what may be chosen, and argon2id (RFC 9106) for keeping them.

use std::fmt;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use claviger_domain::Entropy;

use crate::error::Error;
use crate::plain::Plain;

/// OWASP's parameters for argon2id: 19 MiB of memory, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT: usize = 16;

/// What nobody may choose; see the head of the file for where it comes from.
const COMMON: &str = include_str!("common_passwords.txt");

/// A password as somebody typed it: bounded, since hashing takes time that grows with it, and otherwise anything.
#[derive(Clone, Debug)]
pub struct Password(Plain);

impl Password {
    /// The fewest characters that may be chosen.
    pub const MIN: usize = 12;
    /// The most characters, also of what is typed to sign in.
    pub const MAX: usize = 128;

    /// Takes what was typed to sign in.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`]: then it is nobody's password.
    pub fn typed(text: String) -> Result<Self, PasswordError> {
        let text = Plain::new(text);
        if text.expose().chars().count() > Self::MAX {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(text))
    }
}

/// A password that may be chosen: 12 to 128 characters and not among the first that an attacker tries.
#[derive(Clone, Debug)]
pub struct NewPassword(Password);

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has too few characters.
    #[error("must have at least {min} characters", min = Password::MIN)]
    TooShort,
    /// It has too many characters.
    #[error("must have at most {max} characters", max = Password::MAX)]
    TooLong,
    /// It is common, or a common one with digits around it, or one piece repeated.
    #[error("is too easy to guess")]
    Common,
}

impl NewPassword {
    /// Takes a password that somebody chose.
    ///
    /// # Errors
    /// When it is too short, too long or too easy to guess.
    pub fn choose(text: String) -> Result<Self, PasswordError> {
        let password = Password::typed(text)?;
        let text = password.0.expose();
        if text.chars().count() < Password::MIN {
            return Err(PasswordError::TooShort);
        }
        if is_common(text) {
            return Err(PasswordError::Common);
        }
        Ok(Self(password))
    }

    /// The password.
    pub const fn as_password(&self) -> &Password {
        &self.0
    }
}

fn is_common(text: &str) -> bool {
    let folded = zeroize::Zeroizing::new(text.to_lowercase());
    let stem = folded.trim_matches(|c: char| !c.is_alphabetic());
    let is_listed = COMMON.lines().any(|line| line == *folded || line == stem);
    is_listed || is_repetition(&folded)
}

/// Whether it is one piece again and again, as `abcabcabcabc` is.
fn is_repetition(text: &str) -> bool {
    let chars = zeroize::Zeroizing::new(text.chars().collect::<Vec<_>>());
    (1..=chars.len() / 2).any(|piece| {
        chars.len().is_multiple_of(piece) && chars.iter().zip(chars.iter().skip(piece)).all(|(a, b)| a == b)
    })
}

/// An argon2id hash with its salt and parameters: a PHC string.
#[derive(Clone)]
pub struct PasswordHash(phc::PasswordHash);

impl PasswordHash {
    /// Hashes a password. Takes tens of milliseconds and 19 MiB: never on a thread that serves requests.
    ///
    /// # Errors
    /// When the hash function refuses.
    pub fn create(password: &Password, entropy: &dyn Entropy) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        entropy.fill(&mut salt);
        Ok(Self(argon2()?.hash_password_with_salt(password.bytes(), &salt).map_err(|_| Error::Crypto)?))
    }

    /// The hash of no password: comparing with it takes as long as with a real one and never succeeds.
    ///
    /// # Errors
    /// When the hash function refuses its parameters.
    pub fn of_nobody() -> Result<Self, Error> {
        let params = phc::ParamsString::try_from(argon2()?.params()).map_err(|_| Error::Crypto)?;
        Ok(Self(phc::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(phc::Salt::new(&[0; SALT]).map_err(|_| Error::Crypto)?),
            hash: Some(phc::Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).map_err(|_| Error::Crypto)?),
        }))
    }

    /// Reads the form that the database holds.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let hash = phc::PasswordHash::new(text).map_err(|_| Error::PasswordHashForm)?;
        if hash.algorithm != Algorithm::Argon2id.ident() || hash.salt.is_none() || hash.hash.is_none() {
            return Err(Error::PasswordHashForm);
        }
        Ok(Self(hash))
    }

    /// The form that the database holds.
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }

    /// Whether `password` is the one, in time that does not depend on the answer. Takes as long as
    /// [`PasswordHash::create`].
    ///
    /// # Errors
    /// When the hash's parameters cannot be used.
    pub fn matches(&self, password: &Password) -> Result<bool, Error> {
        use argon2::password_hash::Error as Refused;
        match argon2()?.verify_password(password.bytes(), &self.0) {
            Ok(()) => Ok(true),
            Err(Refused::PasswordInvalid) => Ok(false),
            Err(_) => Err(Error::PasswordHashForm),
        }
    }

    /// Whether it was made with other parameters than are used now, and should be made anew at the next sign-in.
    pub fn is_outdated(&self) -> bool {
        match (argon2(), Params::try_from(&self.0)) {
            (Ok(now), Ok(made)) => {
                let (now, version) = (now.params().clone(), phc::Decimal::from(Version::V0x13));
                (made.m_cost(), made.t_cost(), made.p_cost()) != (now.m_cost(), now.t_cost(), now.p_cost())
                    || self.0.version != Some(version)
            }
            _ => true,
        }
    }
}

impl Password {
    fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Error::Crypto)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn typed(text: &str) -> Password {
        Password::typed(text.to_owned()).unwrap()
    }

    fn choose(text: &str) -> Result<(), PasswordError> {
        NewPassword::choose(text.to_owned()).map(drop)
    }

    #[test]
    fn a_hash_round_trips_through_text_and_knows_its_password() {
        let hash = PasswordHash::create(&typed("correct horse battery"), &Fixed(1)).unwrap();
        let text = hash.to_text();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        let hash = PasswordHash::parse(&text).unwrap();
        assert!(hash.matches(&typed("correct horse battery")).unwrap());
        assert!(!hash.matches(&typed("correct horse batterY")).unwrap());
        assert!(!hash.is_outdated());
    }

    #[test]
    fn salts_differ() {
        let one = PasswordHash::create(&typed("x"), &Fixed(1)).unwrap();
        let two = PasswordHash::create(&typed("x"), &Fixed(2)).unwrap();
        assert_ne!(one.to_text(), two.to_text());
    }

    #[test]
    fn the_hash_of_nobody_has_todays_parameters_and_matches_nothing() {
        let nobody = PasswordHash::of_nobody().unwrap();
        assert!(!nobody.is_outdated());
        assert!(!nobody.matches(&typed("")).unwrap());
        let real = PasswordHash::create(&typed(""), &Fixed(1)).unwrap().to_text();
        let cost = |text: &str| text.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(&nobody.to_text()), cost(&real));
    }

    #[test]
    fn a_weaker_hash_still_matches_and_is_outdated() {
        let params = Params::new(64, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let text = weak.hash_password_with_salt(b"old password", &[7; SALT]).unwrap().to_string();
        let hash = PasswordHash::parse(&text).unwrap();
        assert!(hash.matches(&typed("old password")).unwrap());
        assert!(hash.is_outdated());
    }

    #[test]
    fn what_is_no_argon2id_hash_is_refused() {
        for text in
            ["", "x", "$argon2id$", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA"]
        {
            assert_eq!(PasswordHash::parse(text).unwrap_err(), Error::PasswordHashForm, "{text}");
        }
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        assert_eq!(choose("elevenchars"), Err(PasswordError::TooShort));
        assert_eq!(choose(&"ä9".repeat(65)), Err(PasswordError::TooLong));
        let common =
            ["Password12345", "qwertyuiop!!", "123456789123", "JustinBieber", "aaaaaaaaaaaa", "xyzaxyzaxyza"];
        for text in common {
            assert_eq!(choose(text), Err(PasswordError::Common), "{text}");
        }
        for text in ["correct horse battery", "pässwörter-im-Wald", "x7!kQ2#pLm9z", "abcabcabcabcd"] {
            assert_eq!(choose(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_list_is_folded_so_that_it_can_be_compared() {
        let entries: Vec<_> = COMMON.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(entries.len() > 1_000);
        assert!(entries.iter().all(|line| **line == line.to_lowercase() && !line.trim().is_empty()));
    }

    #[test]
    fn neither_passwords_nor_hashes_print() {
        let chosen = NewPassword::choose("correct horse battery".to_owned()).unwrap();
        assert!(!format!("{chosen:?}").contains("horse"));
        assert_eq!(format!("{:?}", PasswordHash::of_nobody().unwrap()), "PasswordHash(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_policy_panic(text in ".{0,140}") {
            let _ = NewPassword::choose(text);
        }
    }
}
