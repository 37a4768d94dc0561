//! What keys look like: `<prefix><base62 random><6 characters base62 CRC-32>`, or a UUID for pairs.
//!
//! The checksum lets scanners find leaked keys and lets us drop junk without a lookup.

use claviger_domain::{Entropy, KeyFormat, KeyHint, KeyKind, KeyShape};

use crate::base62;
use crate::plain::Plain;

/// Characters of the checksum.
pub(crate) const CHECKSUM: usize = 6;
const UUID_LENGTH: usize = 36;

/// What a presented text is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognized<'f> {
    /// It has the form of this format, checksum included.
    Key(&'f KeyFormat),
    /// It starts like a key of ours, but is none: cut, mistyped or made up.
    Junk,
    /// It does not start like any key.
    Foreign,
}

/// Tells what `text` is. Touches nothing but its arguments and allocates nothing.
pub fn recognize<'f>(text: &[u8], formats: &'f [KeyFormat]) -> Recognized<'f> {
    let mut answer = Recognized::Foreign;
    for format in formats {
        let Some(body) = text.strip_prefix(format.prefix.as_bytes()) else { continue };
        let fits = match format.shape {
            KeyShape::Checked { random } => is_checked(text, body, usize::from(random)),
            KeyShape::Uuid => is_uuid(body),
        };
        if fits {
            return Recognized::Key(format);
        }
        if !format.prefix.is_empty() {
            answer = Recognized::Junk;
        }
    }
    answer
}

/// A new key of this format.
pub fn generate_key(format: &KeyFormat, entropy: &dyn Entropy) -> Plain {
    let mut text = String::with_capacity(format.prefix.len() + 64);
    text.push_str(&format.prefix);
    match format.shape {
        KeyShape::Checked { random } => {
            push_base62(&mut text, usize::from(random), entropy);
            return with_checksum(text);
        }
        KeyShape::Uuid => push_uuid(&mut text, entropy),
    }
    Plain::new(text)
}

/// The text with the checksum that ends it.
pub(crate) fn with_checksum(mut text: String) -> Plain {
    let sum = checksum(text.as_bytes());
    text.extend(sum.iter().map(|byte| char::from(*byte)));
    Plain::new(text)
}

/// What may be shown of a key for ever.
pub fn hint(format: &KeyFormat, key: &Plain) -> KeyHint {
    let text = key.expose();
    let last_four = text.get(text.len().saturating_sub(4)..).unwrap_or_default();
    KeyHint { prefix: format.prefix.clone(), last_four: last_four.into() }
}

impl Recognized<'_> {
    /// Single or pair, when it is a key at all.
    pub const fn key_kind(&self) -> Option<KeyKind> {
        match self {
            Self::Key(format) => Some(format.kind),
            Self::Junk | Self::Foreign => None,
        }
    }
}

/// Whether what follows a prefix is so many characters and the checksum of the whole `text`.
pub(crate) fn is_checked(text: &[u8], body: &[u8], random: usize) -> bool {
    if body.len() != random + CHECKSUM || !body.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let Some((signed, sum)) = text.split_last_chunk::<CHECKSUM>() else { return false };
    // Not a secret compare: the checksum can be computed by anyone.
    checksum(signed) == *sum
}

fn checksum(signed: &[u8]) -> [u8; CHECKSUM] {
    let mut crc = crc32fast::hash(signed);
    let mut sum = [b'0'; CHECKSUM];
    for place in sum.iter_mut().rev() {
        *place = base62::digit(crc % 62);
        crc /= 62;
    }
    sum
}

fn push_base62(text: &mut String, count: usize, entropy: &dyn Entropy) {
    let mut left = count;
    let mut pool = zeroize::Zeroizing::new([0_u8; 64]);
    while left > 0 {
        entropy.fill(pool.as_mut_slice());
        // 248 = 4 · 62: bytes above would favour the first digits.
        for byte in pool.iter().copied().filter(|byte| *byte < 248).take(left) {
            text.push(char::from(base62::digit(u32::from(byte % 62))));
            left -= 1;
        }
    }
}

fn push_uuid(text: &mut String, entropy: &dyn Entropy) {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 16]);
    entropy.fill(bytes.as_mut_slice());
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&data_encoding::HEXLOWER.encode(&[*byte]));
    }
}

/// Whether it is a UUID as RFC 9562 section 4 writes it, in small letters.
pub(crate) fn is_uuid(body: &[u8]) -> bool {
    body.len() == UUID_LENGTH
        && body.iter().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
#[path = "key_format_tests.rs"]
mod tests;
