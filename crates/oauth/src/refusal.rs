//! A refusal: a registered code, and a sentence for the developer who gets it.

use std::borrow::Cow;
use std::fmt;

use crate::code::ErrorCode;

/// Why a request is refused. The description may be shown to the caller; it holds nothing that was sent but names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The registered code.
    pub code: ErrorCode,
    /// What exactly, and what to do. ASCII without `"` and `\` (RFC 6749 section 5.2).
    pub description: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with this sentence. Characters that the RFC does not allow in one are replaced.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        let is_allowed = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        if description.chars().all(is_allowed) {
            return Self { code, description };
        }
        let mended = description.chars().map(|c| if is_allowed(c) { c } else { '\'' }).collect::<String>();
        Self { code, description: mended.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}

impl std::error::Error for Refusal {}
