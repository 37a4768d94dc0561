//! QR codes as the path of an inline SVG picture.

use qrcode::{Color, QrCode};

/// A QR code, one unit per module, with the quiet zone that readers need.
pub(crate) struct Picture {
    /// Width and height.
    pub(crate) size: usize,
    /// The dark modules, as the `d` of an SVG path.
    pub(crate) path: String,
}

/// Light modules on each side (ISO/IEC 18004).
const QUIET: usize = 4;

impl Picture {
    /// The picture of a text; none for one that is too long for any.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (at % width + QUIET, at / width + QUIET);
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
        Some(Self { size: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_finder_patterns_and_a_quiet_zone() {
        let picture = Picture::of("otpauth://totp/a?secret=A").unwrap();
        assert!(picture.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"));
        assert!(picture.size >= 21 + 8);
        assert!(Picture::of(&"x".repeat(5_000)).is_none());
    }
}
