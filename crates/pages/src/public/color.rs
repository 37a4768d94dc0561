//! The API's colour, mended until text in it and on it can be read (WCAG 2.2, contrast at least 4.5 to 1).

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color([u8; 3]);

/// The least contrast of text.
const READABLE: f64 = 4.5;
/// The darkest ground of light pages, and the lightest of dark ones: what can be read there can be read everywhere.
const LIGHT: Color = Color([0xef, 0xed, 0xe8]);
const DARK: Color = Color([0x2a, 0x29, 0x27]);
const WHITE: Color = Color([0xff; 3]);
const BLACK: Color = Color([0x15, 0x15, 0x14]);

impl Color {
    /// The colour of `#rrggbb` or `#rgb`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let value = |text: &str| u8::from_str_radix(text, 16).ok();
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        match digits.len() {
            6 if is_hex => {
                Some(Self([value(digits.get(..2)?)?, value(digits.get(2..4)?)?, value(digits.get(4..)?)?]))
            }
            3 if is_hex => {
                let double = |at: usize| value(digits.get(at..=at)?).map(|digit| digit * 17);
                Some(Self([double(0)?, double(1)?, double(2)?]))
            }
            _ => None,
        }
    }

    /// As CSS writes it.
    pub(crate) fn css(self) -> String {
        let Self([red, green, blue]) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The nearest colour in which text can be read on light pages.
    pub(crate) fn on_light(self) -> Self {
        self.until_readable(LIGHT, BLACK)
    }

    /// The nearest colour in which text can be read on dark pages.
    pub(crate) fn on_dark(self) -> Self {
        self.until_readable(DARK, WHITE)
    }

    /// A step towards black, or towards white.
    pub(crate) fn stronger(self, is_dark: bool) -> Self {
        self.mixed(if is_dark { WHITE } else { BLACK }, 0.25)
    }

    /// White or black: what can be read on it better.
    pub(crate) fn ink(self) -> Self {
        if contrast(self, WHITE) >= contrast(self, BLACK) { WHITE } else { BLACK }
    }

    fn until_readable(self, ground: Self, towards: Self) -> Self {
        (0..=20)
            .map(|step| self.mixed(towards, f64::from(step) / 20.0))
            .find(|color| contrast(*color, ground) >= READABLE)
            .unwrap_or(towards)
    }

    fn mixed(self, Self(other): Self, share: f64) -> Self {
        let Self(own) = self;
        let mix = |own: u8, other: u8| {
            let mixed = f64::from(own) + (f64::from(other) - f64::from(own)) * share;
            // Between two bytes, so it is one.
            mixed.round() as u8
        };
        let [red, green, blue] = own;
        let [to_red, to_green, to_blue] = other;
        Self([mix(red, to_red), mix(green, to_green), mix(blue, to_blue)])
    }

    /// The relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let Self([red, green, blue]) = self;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_colours_are_colours() {
        assert_eq!(Color::parse("#4f46e5").map(Color::css).as_deref(), Some("#4f46e5"));
        assert_eq!(Color::parse("#Fa0").map(Color::css).as_deref(), Some("#ffaa00"));
        for other in ["", "#", "red", "4f46e5", "#4f46e", "#4f46eg", "#+1+1+1", "#ééé", "#fff;}"] {
            assert_eq!(Color::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_colour_becomes_readable(channels: [u8; 3]) {
            let color = Color(channels);
            let (light, dark) = (color.on_light(), color.on_dark());
            prop_assert!(contrast(light, LIGHT) >= READABLE);
            prop_assert!(contrast(dark, DARK) >= READABLE);
            for shown in [light, dark, light.stronger(false), dark.stronger(true)] {
                prop_assert!(contrast(shown, shown.ink()) >= READABLE, "{}", shown.css());
            }
            prop_assert!(contrast(light.stronger(false), LIGHT) >= READABLE);
            prop_assert!(contrast(dark.stronger(true), DARK) >= READABLE);
        }
    }
}
