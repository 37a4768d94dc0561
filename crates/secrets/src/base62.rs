//! Numbers as digits and letters, so that a text can be selected with a double click and needs no escaping anywhere.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// One more than what ten digits can say, which 64 bits can.
const TEN_DIGITS: u128 = 62_u128.pow(10);

/// The digit of a value below 62.
pub(crate) fn digit(value: u32) -> u8 {
    // The fallback keeps the function total.
    usize::try_from(value).ok().and_then(|i| DIGITS.get(i)).copied().unwrap_or(b'0')
}

/// Appends the last `count` digits of a number.
pub(crate) fn push_number(text: &mut String, number: u128, count: usize) {
    let mut digits = [b'0'; 22];
    let mut left = number;
    for places in digits.rchunks_mut(10) {
        // Divided in pieces that a processor divides by itself.
        let mut piece = u64::try_from(left % TEN_DIGITS).unwrap_or_default();
        left /= TEN_DIGITS;
        for place in places.iter_mut().rev() {
            *place = digit(u32::try_from(piece % 62).unwrap_or_default());
            piece /= 62;
        }
    }
    let skipped = digits.len().saturating_sub(count);
    text.extend(digits.iter().skip(skipped).map(|byte| char::from(*byte)));
}

/// Reads the number in the last `count` digits, and answers what stands before it.
pub(crate) fn split_number(text: &[u8], count: usize) -> Option<(&[u8], u128)> {
    let (rest, digits) = text.split_at_checked(text.len().checked_sub(count)?)?;
    let number = digits.iter().try_fold(0_u128, |number, byte| {
        let value = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(value.into())
    })?;
    Some((rest, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_comes_back(number: u128, before in "[a-z_]{0,9}") {
            let mut text = before.clone();
            push_number(&mut text, number, 22);
            prop_assert_eq!(text.len(), before.len() + 22);
            prop_assert_eq!(split_number(text.as_bytes(), 22), Some((before.as_bytes(), number)));
        }

        #[test]
        fn nothing_makes_reading_panic(text: Vec<u8>, count in 0..40_usize) {
            let _ = split_number(&text, count);
        }
    }

    #[test]
    fn what_is_no_number_or_too_large_is_refused() {
        assert_eq!(split_number(b"zzzzzzzzzzzzzzzzzzzzzz", 22), None, "more than 128 bits");
        assert_eq!(split_number(b"12-4", 4), None);
        assert_eq!(split_number(b"123", 4), None, "too short");
        assert_eq!(split_number(b"xZ", 1), Some((b"x".as_slice(), 35)));
    }
}
