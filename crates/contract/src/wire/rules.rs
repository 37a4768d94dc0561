//! What a route demands of a request besides a credential: headers, body fields, values that are the caller's own.

use std::collections::HashSet;
use std::fmt;

use claviger_domain::{Belongings, CollectionName, DenialReason};
use http::{HeaderMap, HeaderName};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::field::{FieldPath, Step};

/// What a field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Whatever but `null`.
    Any,
    /// A text that is not empty.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A truth value.
    Boolean,
    /// An object.
    Object,
    /// A list.
    List,
}

impl FieldKind {
    fn fits(self, value: &Json) -> bool {
        match self {
            Self::Any => !value.is_null(),
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Object => value.is_object(),
            Self::List => value.is_array(),
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Text => "a text that is not empty",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
            Self::Object => "an object",
            Self::List => "a list",
        }
    }
}

/// A demand on one body field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Which field.
    pub path: FieldPath,
    /// What it must be.
    pub kind: FieldKind,
    /// Whether it must be there; a list on its way must then have a member.
    pub required: bool,
    /// The caller's list in which its value must stand.
    pub belongs_to: Option<CollectionName>,
}

/// A demand on one header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// Which header.
    pub name: HeaderName,
    /// What it must be: compared without regard to case and to parameters after `;`; `*` stands for any text.
    pub pattern: String,
}

/// What a route demands of its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestRules {
    pub(crate) headers: Vec<HeaderRule>,
    pub(crate) fields: Vec<FieldRule>,
}

/// A demand that a request does not meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleViolation {
    /// `InvalidRequest` or `ForeignValue`.
    pub reason: DenialReason,
    /// The header or field.
    pub field: String,
    /// What is wrong, for the caller. Never holds a value that the caller sent.
    pub message: String,
}

impl RuleViolation {
    fn invalid(field: impl Into<String>, message: String) -> Self {
        Self { reason: DenialReason::InvalidRequest, field: field.into(), message }
    }
}

impl RequestRules {
    /// Whether the body has to be at hand for [`RequestRules::check`].
    pub fn needs_body(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The demands on headers.
    pub fn headers(&self) -> &[HeaderRule] {
        &self.headers
    }

    /// The demands on body fields.
    pub fn fields(&self) -> &[FieldRule] {
        &self.fields
    }

    /// Checks a request of a caller to whom `belongings` belong.
    ///
    /// A body in which an object names a member twice is refused: its readers could disagree on which one counts.
    ///
    /// # Errors
    /// The first demand that is not met.
    pub fn check(
        &self,
        headers: &HeaderMap,
        body: Option<&[u8]>,
        belongings: &Belongings,
    ) -> Result<(), RuleViolation> {
        for rule in &self.headers {
            check_header(rule, headers)?;
        }
        if !self.needs_body() {
            return Ok(());
        }
        let unreadable =
            |_| RuleViolation::invalid("body", "the body must be JSON without repeated members".to_owned());
        let StrictJson(json) = serde_json::from_slice(body.unwrap_or_default()).map_err(unreadable)?;
        self.fields.iter().try_for_each(|rule| check_field(rule, &rule.path.steps, &json, belongings))
    }
}

fn check_header(rule: &HeaderRule, headers: &HeaderMap) -> Result<(), RuleViolation> {
    let mut values = headers.get_all(&rule.name).iter();
    let (first, second) = (values.next(), values.next());
    let text = first.and_then(|v| v.to_str().ok()).map(|v| v.split(';').next().unwrap_or_default().trim());
    let fits = text.is_some_and(|text| glob(&rule.pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()));
    if fits && second.is_none() {
        return Ok(());
    }
    let message = match (rule.pattern.as_str(), first) {
        ("*", None) => format!("the header {} is required", rule.name),
        (pattern, _) => format!("the header {} must be {pattern}", rule.name),
    };
    Err(RuleViolation::invalid(rule.name.as_str(), message))
}

/// Whether `text` fits `pattern`, in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| match after.contains('*') {
            false => rest.ends_with(after),
            true => rest.char_indices().any(|(i, _)| glob(after, rest.get(i..).unwrap_or_default())),
        }),
    }
}

fn check_field(
    rule: &FieldRule,
    steps: &[Step],
    value: &Json,
    own: &Belongings,
) -> Result<(), RuleViolation> {
    let Some((step, rest)) = steps.split_first() else { return check_value(rule, value, own) };
    let missing = || RuleViolation::invalid(rule.path.as_str(), format!("{} is required", rule.path));
    let member = match value.get(&step.name) {
        Some(member) if !member.is_null() => member,
        _ if rule.required => return Err(missing()),
        _ => return Ok(()),
    };
    if !step.each {
        return check_field(rule, rest, member, own);
    }
    match member.as_array() {
        None => Err(RuleViolation::invalid(rule.path.as_str(), format!("{} must be a list", step.name))),
        Some(list) if list.is_empty() && rule.required => Err(missing()),
        Some(list) => list.iter().try_for_each(|item| check_field(rule, rest, item, own)),
    }
}

fn check_value(rule: &FieldRule, value: &Json, own: &Belongings) -> Result<(), RuleViolation> {
    if !rule.kind.fits(value) {
        let message = format!("{} must be {}", rule.path, rule.kind.noun());
        return Err(RuleViolation::invalid(rule.path.as_str(), message));
    }
    let Some(collection) = &rule.belongs_to else { return Ok(()) };
    let named = value.as_str().unwrap_or_default();
    if own.get(collection).is_some_and(|values| values.iter().any(|own| own == named)) {
        return Ok(());
    }
    let message = format!("{} must be one of this credential's verified {collection}", rule.path);
    Err(RuleViolation { reason: DenialReason::ForeignValue, field: rule.path.as_str().to_owned(), message })
}

/// JSON in which no object names a member twice.
struct StrictJson(Json);

impl<'de> Deserialize<'de> for StrictJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(StrictJson(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut seen = HashSet::new();
        let mut object = serde_json::Map::new();
        while let Some((name, StrictJson(value))) = members.next_entry::<String, StrictJson>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom("a member is named twice"));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
