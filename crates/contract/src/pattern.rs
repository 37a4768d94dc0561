//! Path patterns, as routes and token endpoints are written.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How a parameter is written in a canonical pattern; no plain segment can hold braces.
pub(crate) const PARAMETER: &str = "{}";

/// A path pattern: `/v1/users/{id}`, or `/v1/customers/**` for that path and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: Arc<str>,
    /// With parameters stripped of their names, so that equal patterns are equal texts.
    pub(crate) canonical: String,
    /// Whether it ends with `**`.
    pub(crate) open: bool,
}

/// Why a text is no path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathPatternError {
    /// It has no slash in front.
    #[error("a path begins with `/`")]
    NoSlash,
    /// It has an empty segment, such as a slash at its end.
    #[error("a path has no empty segment; a slash at the end of a request makes no difference")]
    EmptySegment,
    /// `**` stands before the end.
    #[error("`**` can only be the last segment")]
    EarlyRest,
    /// A segment is neither plain, nor `{name}`, nor `**`.
    #[error("the segment `{segment}` is neither plain text, nor `{{name}}`, nor `**`")]
    Segment {
        /// The segment.
        segment: String,
    },
}

impl PathPattern {
    /// `/`.
    pub(crate) fn root() -> Self {
        Self { text: "/".into(), canonical: String::new(), open: false }
    }

    /// The same, for whoever keeps it.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a normalized path begins as it does before its first parameter, in whatever case.
    pub(crate) fn is_above(&self, path: &str) -> bool {
        let fixed = self.text.split('{').next().unwrap_or_default();
        path.get(..fixed.len()).is_some_and(|start| start.eq_ignore_ascii_case(fixed))
    }

    /// Whether it has neither parameters nor `**`.
    pub fn is_fixed(&self) -> bool {
        !self.open && !self.canonical.contains('{')
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PathPattern {
    type Err = PathPatternError;

    fn from_str(text: &str) -> Result<Self, PathPatternError> {
        let body = text.strip_prefix('/').ok_or(PathPatternError::NoSlash)?;
        let mut canonical = String::new();
        let mut open = false;
        for segment in body.split('/') {
            if open {
                return Err(PathPatternError::EarlyRest);
            }
            let named = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
            match named {
                Some(name) if is_name(name) => {
                    canonical.push('/');
                    canonical.push_str(PARAMETER);
                }
                None if segment == "**" => open = true,
                None if segment.is_empty() && body.is_empty() => {}
                None if segment.is_empty() => return Err(PathPatternError::EmptySegment),
                None if is_plain(segment) => {
                    canonical.push('/');
                    canonical.push_str(segment);
                }
                _ => return Err(PathPatternError::Segment { segment: segment.to_owned() }),
            }
        }
        Ok(Self { text: text.into(), canonical, open })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Characters of RFC 3986 section 3.3 without the escape: requests are compared with escapes undone.
fn is_plain(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@".contains(&b);
    segment.bytes().all(plain) && !matches!(segment, "." | "..")
}
