//! Which paths are let through, and the form in which they are compared with patterns.
//!
//! A path that this server and an upstream could read differently opens the wrong door, so it is refused.

use std::borrow::Cow;

use super::cause::Fault;

/// The path as patterns see it: escapes of ASCII characters undone, no slash at the end.
///
/// # Errors
/// `Fault::BadRequest` for anything with two readings: dot segments, empty segments, an escaped slash, dot
/// segment or NUL, backslashes, control characters, broken escapes, or no slash in front.
pub(crate) fn normalize(path: &str) -> Result<Cow<'_, str>, Fault> {
    if !path.starts_with('/') {
        return Err(Fault::BadRequest);
    }
    let suspicious = |b: u8| b < 0x20 || matches!(b, 0x7F | b'%' | b'\\' | b'?' | b'#');
    let plain = if path.bytes().any(suspicious) { decode(path)? } else { Cow::Borrowed(path) };
    let trimmed = match plain {
        Cow::Borrowed(path) => Cow::Borrowed(path.strip_suffix('/').unwrap_or(path)),
        Cow::Owned(mut path) => {
            if path.ends_with('/') {
                path.pop();
            }
            Cow::Owned(path)
        }
    };
    let segments = trimmed.strip_prefix('/').unwrap_or_default();
    if trimmed.is_empty() {
        return Ok(Cow::Borrowed("/"));
    }
    match segments.split('/').any(|s| matches!(s, "" | "." | "..")) {
        true => Err(Fault::BadRequest),
        false => Ok(trimmed),
    }
}

fn decode(path: &str) -> Result<Cow<'_, str>, Fault> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        check_plain(before)?;
        out.push_str(before);
        let (digits, after) = escape.get(1..3).zip(escape.get(3..)).ok_or(Fault::BadRequest)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::BadRequest);
        }
        match u8::from_str_radix(digits, 16).map_err(|_| Fault::BadRequest)? {
            0..0x20 | 0x7F | b'/' | b'\\' => return Err(Fault::BadRequest),
            byte if byte.is_ascii() => out.push(char::from(byte)),
            // A part of a longer character is compared as it is written.
            _ => {
                out.push('%');
                out.push_str(digits);
            }
        }
        rest = after;
    }
    check_plain(rest)?;
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

fn check_plain(text: &str) -> Result<(), Fault> {
    match text.bytes().any(|b| b < 0x20 || matches!(b, 0x7F | b'\\' | b'?' | b'#')) {
        true => Err(Fault::BadRequest),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_with_two_readings_is_refused() {
        for bad in [
            "",
            "v1",
            "*",
            "/a//b",
            "//a",
            "/a//",
            "/.",
            "/a/..",
            "/a/../b",
            "/a/./b",
            "/%2e",
            "/a/%2E%2e/b",
            "/a/.%2e",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/a\0",
            "/a%0a",
            "/a\u{7f}",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/a?b",
            "/a#b",
        ] {
            assert_eq!(normalize(bad), Err(Fault::BadRequest), "{bad:?}");
        }
    }

    #[test]
    fn escapes_and_the_last_slash_make_no_difference() {
        assert_eq!(normalize("/v1/%75sers/").unwrap(), "/v1/users");
        assert_eq!(normalize("/v1/users").unwrap(), "/v1/users");
        assert_eq!(normalize("/v1/users/").unwrap(), "/v1/users");
        assert_eq!(normalize("/").unwrap(), "/");
        assert_eq!(normalize("/a/.../b..c").unwrap(), "/a/.../b..c");
        assert_eq!(normalize("/%C3%BC/ü").unwrap(), "/%C3%BC/ü");
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in "/?[/.%a-f0-9\\\\\u{0}-\u{ff}]*") {
            if let Ok(path) = normalize(&path) {
                prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains("/../"));
            }
        }
    }
}
