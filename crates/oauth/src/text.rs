//! Text that came in pieces: form encoding, strictly, and which characters may stand in a value.

/// Undoes form encoding (`+` and `%xx`). None for a broken escape and for what is not UTF-8.
pub(crate) fn decode_form(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => *other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Whether a text holds characters that no parameter needs and that can break a log, a header or a page.
pub(crate) fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_undone_or_refused_but_never_guessed() {
        assert_eq!(decode_form(b"a+b%2Bc%C3%a4").as_deref(), Some("a b+c\u{e4}"));
        for broken in [b"%".as_slice(), b"%1", b"%+1", b"%zz", b"%ff", b"\xff"] {
            assert_eq!(decode_form(broken), None, "{broken:?}");
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
