//! Text that came in pieces: form encoding, strictly, and which characters may stand in a value.

use memchr::memchr2;

/// Undoes form encoding (`+` and `%xx`). None for a broken escape and for what is not UTF-8.
pub(crate) fn decode_form(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    // Most of a long text is plain.
    while let Some((plain, escaped)) = memchr2(b'+', b'%', rest).and_then(|at| rest.split_at_checked(at)) {
        bytes.extend_from_slice(plain);
        rest = match escaped {
            [b'%', high, low, rest @ ..] => {
                bytes.push(hex(high)? << 4 | hex(low)?);
                rest
            }
            [b'+', rest @ ..] => {
                bytes.push(b' ');
                rest
            }
            _ => return None,
        };
    }
    bytes.extend_from_slice(rest);
    String::from_utf8(bytes).ok()
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Whether a text holds characters that no parameter needs and that can break a log, a header or a page.
pub(crate) fn has_control(text: &str) -> bool {
    // Most texts are printable ASCII, which is soon seen without a branch for each byte.
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~');
    let is_plain = text.bytes().fold(true, |is_plain, byte| is_plain & is_printable(byte));
    !is_plain && text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_undone_or_refused_but_never_guessed() {
        assert_eq!(decode_form(b"a+b%2Bc%C3%a4").as_deref(), Some("a b+c\u{e4}"));
        assert_eq!(decode_form(b"%2b+%2b").as_deref(), Some("+ +"));
        for broken in [b"%".as_slice(), b"%1", b"a%", b"a%1", b"%+1", b"%zz", b"%ff", b"\xff"] {
            assert_eq!(decode_form(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn control_characters_are_seen_wherever_they_stand() {
        for text in ["", "a b~", "\u{e4}\u{a0}", "\u{1f600}"] {
            assert!(!has_control(text), "{text:?}");
        }
        for control in ['\0', '\t', '\n', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}'] {
            assert!(has_control(&format!("{}{control}", "a".repeat(40))), "{control:?}");
            assert!(has_control(&format!("{control}{}", "\u{e4}".repeat(40))), "{control:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(text in ".*") {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            prop_assert_eq!(decode_form(encoded.as_bytes()), Some(text));
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes: Vec<u8>) {
            let _ = decode_form(&bytes);
        }
    }
}
