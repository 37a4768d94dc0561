//! What is wrong with a form, said beside the field.

use std::fmt::Display;

/// Messages by field.
#[derive(Default)]
pub(crate) struct Complaints(Vec<(&'static str, String)>);

impl Complaints {
    /// One complaint.
    pub(crate) fn one(field: &'static str, message: impl Display) -> Self {
        Self(vec![(field, message.to_string())])
    }

    /// Adds what is wrong with a field.
    pub(crate) fn add(&mut self, field: &'static str, message: impl Display) {
        self.0.push((field, message.to_string()));
    }

    /// What is wrong with this field.
    pub(crate) fn about(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| *found == field).map(|(_, message)| message.as_str())
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, or a complaint in its place.
    pub(crate) fn take<T>(&mut self, field: &'static str, parsed: Result<T, impl Display>) -> Option<T> {
        parsed.map_err(|message| self.add(field, message)).ok()
    }
}
