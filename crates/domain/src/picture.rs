//! Pictures of others that we show: what kind they are, and what they are called by.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

/// A kind of picture that every browser shows and that can hold no script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// PNG (RFC 2083).
    Png,
    /// JPEG.
    Jpeg,
    /// WebP (RFC 9649).
    Webp,
    /// GIF.
    Gif,
}

impl PictureKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Webp, Self::Gif];

    /// The kind of these bytes by how they begin, whatever anybody says of them; none for anything else.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', _, ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, _, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', _, ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', _, ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The kind of this media type.
    pub fn from_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == text)
    }
}

/// The SHA-256 of a picture, which is its name: another picture has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureDigest([u8; 32]);

impl PictureDigest {
    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 digits and lower-case letters.
impl fmt::Display for PictureDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// A text is no picture's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the digest of a picture")]
pub struct PictureDigestError;

impl FromStr for PictureDigest {
    type Err = PictureDigestError;

    fn from_str(text: &str) -> Result<Self, PictureDigestError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| PictureDigestError)?;
        Ok(Self(bytes.try_into().map_err(|_| PictureDigestError)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        for (bytes, kind) in [
            (b"\x89PNG\r\n\x1a\n\0".as_slice(), PictureKind::Png),
            (b"\xFF\xD8\xFF\xE0", PictureKind::Jpeg),
            (b"RIFF\0\0\0\0WEBPV", PictureKind::Webp),
            (b"GIF89a\0", PictureKind::Gif),
            (b"GIF87a\0", PictureKind::Gif),
        ] {
            assert_eq!(PictureKind::of(bytes), Some(kind));
            assert_eq!(PictureKind::from_media_type(kind.media_type()), Some(kind));
        }
        for bytes in [
            "",
            "\u{89}PNG",
            "<svg xmlns=\"http://www.w3.org/2000/svg\">",
            "<!doctype html>",
            "GIF88a.",
            "RIFF1234WAVE1",
        ] {
            assert_eq!(PictureKind::of(bytes.as_bytes()), None, "{bytes}");
        }
        assert_eq!(PictureKind::from_media_type("image/svg+xml"), None);
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let digest = PictureDigest::from_bytes([0xAB; 32]);
        let text = digest.to_string();
        assert_eq!((text.len(), text.parse()), (64, Ok(digest)));
        for other in [text.to_uppercase(), text[1..].to_owned(), format!("{text}00"), "..".to_owned()] {
            assert_eq!(other.parse::<PictureDigest>(), Err(PictureDigestError), "{other}");
        }
    }
}
