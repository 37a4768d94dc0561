//! The little of DER (ITU-T X.690) that leads to the numbers of an RSA key, as our own crypto library writes it.

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1), without leading zeros, as a JWK wants them.
pub(crate) fn public_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, _) = value(der, SEQUENCE)?;
    let (n, rest) = number(body)?;
    let (e, _) = number(rest)?;
    Some((n, e))
}

/// The numbers of an RSA private key in PKCS #8 (RFC 5208 section 5, RFC 8017 appendix A.1.2) after those that are
/// public: `d`, `p`, `q`, `dp`, `dq`, `qi`, without leading zeros.
pub(crate) fn private_numbers(pkcs8: &[u8]) -> Option<[&[u8]; 6]> {
    let (document, _) = value(pkcs8, SEQUENCE)?;
    let (_version, rest) = value(document, INTEGER)?;
    let (_algorithm, rest) = value(rest, SEQUENCE)?;
    let (octets, _) = value(rest, OCTETS)?;
    let (key, _) = value(octets, SEQUENCE)?;
    let (_version, rest) = value(key, INTEGER)?;
    let (_n, rest) = number(rest)?;
    let (_e, mut rest) = number(rest)?;
    let mut found = [&[][..]; 6];
    for place in &mut found {
        (*place, rest) = number(rest)?;
    }
    Some(found)
}

/// A positive integer without leading zeros, and what follows it.
fn number(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, rest) = value(der, INTEGER)?;
    let first = digits.iter().position(|byte| *byte != 0)?;
    Some((digits.get(first..)?, rest))
}

/// The value of the first element, which must have this tag, and what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ ..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let add = |sum: usize, digit: &u8| sum.checked_mul(256)?.checked_add((*digit).into());
            (digits.iter().try_fold(0, add)?, rest)
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    (*found == tag).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_or_strange_der_has_no_numbers() {
        for der in [[].as_slice(), &[0x30], &[0x30, 0x84, 0xFF], &[0x30, 0x82, 0xFF, 0xFF, 0], &[0x31, 0]] {
            assert_eq!(public_numbers(der), None);
            assert_eq!(private_numbers(der), None);
        }
    }
}
