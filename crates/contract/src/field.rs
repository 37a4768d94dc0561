//! Ways into a JSON body, as rules of routes and token endpoints are written.

use std::fmt;
use std::str::FromStr;

/// A way into a JSON body: `Meta.Destinations[].ID`, where `[]` means each member of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath {
    text: String,
    pub(crate) steps: Vec<Step>,
}

/// One name on the way, and whether each member of a list there is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) each: bool,
}

/// The text is no way into a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a field is written like `name`, `outer.inner` or `list[].inner`")]
pub struct FieldPathError;

impl FieldPath {
    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for FieldPath {
    type Err = FieldPathError;

    fn from_str(text: &str) -> Result<Self, FieldPathError> {
        let step = |part: &str| {
            let each = part.ends_with("[]");
            let name = part.strip_suffix("[]").unwrap_or(part);
            let plain = !name.is_empty() && !name.contains(['[', ']', '{', '}', ' ']);
            plain.then(|| Step { name: name.to_owned(), each }).ok_or(FieldPathError)
        };
        Ok(Self { text: text.to_owned(), steps: text.split('.').map(step).collect::<Result<_, _>>()? })
    }
}
