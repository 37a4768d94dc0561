//! Parameters of a request, from a query, a form or a JSON object (RFC 6749 sections 3.1 and 3.2).

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::code::ErrorCode;
use crate::refusal::Refusal;
use crate::text::{decode_form, has_control};

/// Why parameters are not understood. No variant holds what was sent, but for names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// It is not of its declared encoding, or not UTF-8.
    #[error("the request is not {0}")]
    Form(&'static str),
    /// A parameter stands there twice.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// A name or value is too long.
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

impl From<ParametersError> for Refusal {
    fn from(error: ParametersError) -> Self {
        Self::new(ErrorCode::InvalidRequest, error.to_string())
    }
}

/// Names and values, each name once but for `resource` and `audience`. Values may be secrets, so it does not print.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

/// What may be repeated (RFC 8707 section 2, RFC 8693 section 2.1).
const REPEATED: [&str; 2] = ["resource", "audience"];
/// The most parameters.
const MOST: usize = 100;
/// The longest name in bytes.
const LONGEST_NAME: usize = 100;
/// The longest value in bytes: an assertion or a token.
const LONGEST: usize = 16 * 1024;

const A_FORM: ParametersError = ParametersError::Form("a form in UTF-8");
const AN_OBJECT: ParametersError = ParametersError::Form("a JSON object");

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`, as in a query or a form. A parameter without a value counts as left
    /// out (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// When an escape is broken, something is repeated or too long, or no text.
    pub fn from_form(text: &[u8]) -> Result<Self, ParametersError> {
        let mut collector = Collector::default();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode_form(halves.next().unwrap_or_default()).ok_or(A_FORM)?;
            let value = decode_form(halves.next().unwrap_or_default()).ok_or(A_FORM)?;
            collector.add(name, value)?;
        }
        Ok(Self(collector.pairs))
    }

    /// Reads a JSON object. Members that are no text are refused, `null` counts as left out; what may be repeated in a
    /// form may be an array of texts.
    ///
    /// # Errors
    /// When it is no object, or something is repeated, too long or no text.
    pub fn from_json(text: &[u8]) -> Result<Self, ParametersError> {
        let Members(members) = serde_json::from_slice(text).map_err(|_| AN_OBJECT)?;
        let mut collector = Collector::default();
        let mut names = HashSet::new();
        for (name, value) in members {
            if !names.insert(name.clone()) {
                return Err(ParametersError::Twice(shown(&name)));
            }
            match value {
                Value::Null => {}
                Value::String(value) => collector.add(name, value)?,
                Value::Array(values) if REPEATED.contains(&name.as_str()) => {
                    for value in values {
                        let Value::String(value) = value else {
                            return Err(ParametersError::Type(shown(&name)));
                        };
                        collector.add(name.clone(), value)?;
                    }
                }
                _ => return Err(ParametersError::Type(shown(&name))),
            }
        }
        Ok(Self(collector.pairs))
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

    /// The value of this name, which must be there.
    pub(crate) fn need(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| Refusal::new(ErrorCode::InvalidRequest, format!("`{name}` is missing")))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Checks each pair as it comes. What has no value is not kept.
#[derive(Default)]
struct Collector {
    pairs: Vec<(String, String)>,
}

impl Collector {
    fn add(&mut self, name: String, value: String) -> Result<(), ParametersError> {
        if name.len() > LONGEST_NAME || value.len() > LONGEST {
            return Err(ParametersError::TooLong(shown(&name)));
        }
        if has_control(&name) || has_control(&value) {
            return Err(ParametersError::Character(shown(&name)));
        }
        if value.is_empty() {
            return Ok(());
        }
        if self.pairs.len() >= MOST {
            return Err(ParametersError::TooMany);
        }
        // There are few.
        if self.pairs.iter().any(|(seen, _)| *seen == name) && !REPEATED.contains(&name.as_str()) {
            return Err(ParametersError::Twice(shown(&name)));
        }
        self.pairs.push((name, value));
        Ok(())
    }
}

/// A name as it may be repeated to its sender.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// The members of an object in their order, repeated ones included, which a map would merge.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
