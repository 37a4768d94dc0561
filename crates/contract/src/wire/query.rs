//! Query strings, read without copying where that is possible.

use std::borrow::Cow;

/// The parameters, as they are written.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|p| !p.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn bytes(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes().iter();
    std::iter::from_fn(move || {
        let byte = *rest.next()?;
        if byte == b'+' {
            return Some(b' ');
        }
        let escape = (byte == b'%').then(|| rest.as_slice().get(..2)).flatten();
        let decoded = escape.and_then(|hex| {
            let digits =
                std::str::from_utf8(hex).ok().filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        if decoded.is_some() {
            rest.nth(1);
        }
        Some(decoded.unwrap_or(byte))
    })
}

/// The text with its escapes undone; broken ones stand for themselves.
pub(crate) fn decode(text: &str) -> Cow<'_, [u8]> {
    if text.bytes().any(|b| matches!(b, b'%' | b'+')) {
        Cow::Owned(bytes(text).collect())
    } else {
        Cow::Borrowed(text.as_bytes())
    }
}

/// Whether a parameter's name, once decoded, is `name` in any case.
pub(crate) fn is(written: &str, name: &str) -> bool {
    bytes(written).map(|b| b.to_ascii_lowercase()).eq(name.bytes().map(|b| b.to_ascii_lowercase()))
}

/// Whether the text, once decoded, starts with `prefix`.
pub(crate) fn starts_with(text: &str, prefix: &[u8]) -> bool {
    let mut decoded = bytes(text);
    prefix.iter().all(|wanted| decoded.next() == Some(*wanted))
}

/// The query without the parameters of this name; borrowed when there is none.
pub(crate) fn without<'q>(query: &'q str, unwanted: impl Fn(&str) -> bool) -> Cow<'q, str> {
    if !pairs(query).any(|(name, _)| unwanted(name)) {
        return Cow::Borrowed(query);
    }
    let name_of = |pair: &str| pair.split_once('=').map_or(pair.to_owned(), |(name, _)| name.to_owned());
    let kept: Vec<&str> = query.split('&').filter(|pair| !unwanted(&name_of(pair))).collect();
    Cow::Owned(kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_broken_ones_kept() {
        assert_eq!(decode("a%20b+c%zz%4").as_ref(), b"a b c%zz%4");
        assert!(starts_with("%73k_live_x", b"sk_live_"));
        assert!(!starts_with("sk_liv", b"sk_live_"));
        assert!(is("Access%5Ftoken", "access_token"));
    }

    #[test]
    fn only_the_unwanted_parameter_goes() {
        assert_eq!(without("a=1&key=x&b", |n| is(n, "key")), "a=1&b");
        assert_eq!(without("key=x", |n| is(n, "key")), "");
        assert!(matches!(without("a=1&b", |n| is(n, "key")), Cow::Borrowed("a=1&b")));
    }
}
