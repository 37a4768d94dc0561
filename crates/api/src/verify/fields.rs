//! Texts and header fields in a question.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use smallvec::SmallVec;
use utoipa::ToSchema;

/// A text, borrowed from the body unless it has escapes. It may be a secret and is never printed.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'b>(#[serde(borrow)] pub(super) Cow<'b, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// One line of a header field, or several.
#[derive(ToSchema)]
#[schema(as = HeaderLines)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what `Lines` parses")]
pub(crate) enum FieldLines {
    /// The field's value.
    One(String),
    /// The field's values, in the order they came.
    Several(Vec<String>),
}

/// Header fields; a name may stand once, however it is spelled.
#[derive(Default)]
pub(super) struct Fields(pub(super) HeaderMap);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields, A::Error> {
        let mut fields = HeaderMap::with_capacity(members.size_hint().unwrap_or(8));
        while let Some(FieldName(name)) = members.next_key()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "header `{name}` stands twice; a field that came several times has a list of values"
                )));
            }
            for FieldValue(value) in members.next_value::<Lines>()?.0 {
                let full = fields.try_append(&name, value).is_err();
                if full {
                    return Err(A::Error::custom("too many header fields"));
                }
            }
        }
        Ok(Fields(fields))
    }
}

struct FieldName(HeaderName);

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let name = HeaderName::from_bytes(text.as_bytes());
        name.map(Self).map_err(|_| D::Error::custom("not a header field's name"))
    }
}

struct FieldValue(HeaderValue);

impl FieldValue {
    fn parse<E: serde::de::Error>(text: &str) -> Result<Self, E> {
        let value = HeaderValue::from_bytes(text.as_bytes());
        value.map(Self).map_err(|_| E::custom("not a header field's value: it has control characters"))
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Text::deserialize(deserializer)?)
    }
}

/// The lines of one field.
struct Lines(SmallVec<[FieldValue; 1]>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LinesVisitor)
    }
}

struct LinesVisitor;

impl<'de> Visitor<'de> for LinesVisitor {
    type Value = Lines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Lines, E> {
        FieldValue::parse(text).map(|value| Lines(std::iter::once(value).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Lines, A::Error> {
        let mut lines = SmallVec::new();
        while let Some(value) = items.next_element()? {
            lines.push(value);
        }
        Ok(Lines(lines))
    }
}
