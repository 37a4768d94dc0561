//! Recovery codes: typed by people who have lost their authenticator, each once.

use std::fmt;

use claviger_domain::Entropy;
use zeroize::Zeroizing;

use crate::lookup::Lookup;
use crate::plain::Plain;

/// Lower-case letters and digits without those that are taken for others: 32 of them, five bits each.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 80 bits: far beyond what limited guessing reaches.
const CHARS: usize = 16;
const GROUP: usize = 4;

/// A recovery code in the one form in which it is hashed.
#[derive(Clone)]
pub struct RecoveryCode(Plain);

impl RecoveryCode {
    /// A new code.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0_u8; CHARS]);
        entropy.fill(bytes.as_mut_slice());
        let digit = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
        Self(Plain::new(bytes.iter().map(digit).collect()))
    }

    /// The code that a keyed hash stands for: whoever has the key can say it again, and nobody else.
    pub fn derived(hash: Lookup) -> Self {
        let digit = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
        Self(Plain::new(hash.bytes().iter().take(CHARS).map(digit).collect()))
    }

    /// Reads what somebody typed: case, spaces and dashes do not count. None for what is no such code.
    pub fn read(typed: &str) -> Option<Self> {
        let mut text = Zeroizing::new(String::with_capacity(CHARS));
        for c in typed.chars().filter(|c| !matches!(c, '-' | ' ')) {
            let c = c.to_ascii_lowercase();
            if text.len() == CHARS || !c.is_ascii() || !ALPHABET.contains(&u8::try_from(c).ok()?) {
                return None;
            }
            text.push(c);
        }
        (text.len() == CHARS).then(|| Self(Plain::new(std::mem::take(&mut *text))))
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }

    /// As it is shown, this once: in groups.
    pub fn to_shown(&self) -> Plain {
        let mut shown = String::with_capacity(CHARS + CHARS / GROUP);
        for (at, c) in self.0.expose().chars().enumerate() {
            if at > 0 && at.is_multiple_of(GROUP) {
                shown.push('-');
            }
            shown.push(c);
        }
        Plain::new(shown)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.iter_mut().zip(37..).for_each(|(byte, value)| *byte = value);
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode::generate(&Counting);
        assert_eq!(code.to_shown().expose(), "5678-9abc-defg-hjkm");
        for typed in ["56789abcdefghjkm", "5678 9ABC DEFG HJKM", " 5678-9abc-defg-hjkm "] {
            assert_eq!(RecoveryCode::read(typed).unwrap().as_bytes(), code.as_bytes(), "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }

    #[test]
    fn a_derived_code_is_the_same_for_the_same_hash_alone() {
        let code = |byte| RecoveryCode::derived(Lookup::from_bytes([byte; 32])).to_shown();
        assert_eq!(code(37).expose(), "5555-5555-5555-5555");
        assert_ne!(code(37).expose(), code(38).expose());
    }

    #[test]
    fn what_is_no_code_is_told_without_a_lookup() {
        for typed in ["", "123456", "5678-9abc-defg-hjk", "5678-9abc-defg-hjkmm", "5678-9abc-defg-hjkl"] {
            assert!(RecoveryCode::read(typed).is_none(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = RecoveryCode::read(&text);
        }
    }
}
