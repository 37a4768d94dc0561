//! A request to the management API, as a value.

use std::fmt::{Display, Write};

use http::Method;
use serde_json::{Map, Value};

/// A request to the management API.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query, already encoded.
    pub(super) target: String,
    pub(super) body: Option<Value>,
    pub(super) idempotency_key: Option<String>,
}

impl Call {
    /// Reads something.
    pub(super) fn get(segments: &[&dyn Display]) -> Self {
        Self::new(Method::GET, segments)
    }

    /// Makes or does something.
    pub(super) fn post(segments: &[&dyn Display]) -> Self {
        Self::new(Method::POST, segments)
    }

    /// Changes something.
    pub(super) fn patch(segments: &[&dyn Display]) -> Self {
        Self::new(Method::PATCH, segments)
    }

    /// Sets something as a whole.
    pub(super) fn put(segments: &[&dyn Display]) -> Self {
        Self::new(Method::PUT, segments)
    }

    /// Ends something for ever.
    pub(super) fn delete(segments: &[&dyn Display]) -> Self {
        Self::new(Method::DELETE, segments)
    }

    fn new(method: Method, segments: &[&dyn Display]) -> Self {
        let mut target = "/v1".to_owned();
        for segment in segments {
            target.push('/');
            push_encoded(&mut target, &segment.to_string());
        }
        Self { method, target, body: None, idempotency_key: None }
    }

    /// Adds a parameter to the query, when there is a value for it.
    pub(super) fn query(mut self, name: &str, value: Option<&dyn Display>) -> Self {
        if let Some(value) = value {
            self.target.push(if self.target.contains('?') { '&' } else { '?' });
            self.target.push_str(name);
            self.target.push('=');
            push_encoded(&mut self.target, &value.to_string());
        }
        self
    }

    /// Sets the body.
    pub(super) fn body(mut self, members: Members) -> Self {
        self.body = Some(Value::Object(members.0));
        self
    }

    /// Makes a repetition harmless: the server answers it with what it answered first.
    pub(super) fn once(mut self, idempotency_key: Option<&str>) -> Self {
        self.idempotency_key = idempotency_key.map(str::to_owned);
        self
    }
}

/// Everything but RFC 3986's unreserved characters is encoded.
fn push_encoded(target: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            target.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(target, "%{byte:02X}");
        }
    }
}

/// The members of a JSON object that is sent. What was not given is left out.
#[derive(Debug, Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// Starts with these members.
    pub(super) const fn of(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        // Arguments are texts, numbers and lists of them, which JSON can always hold.
        self.0.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Adds a member when there is a value for it.
    pub(super) fn with_some(self, name: &str, value: Option<impl serde::Serialize>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a list unless it is empty.
    pub(super) fn with_list<T: serde::Serialize>(self, name: &str, values: &[T]) -> Self {
        if values.is_empty() { self } else { self.with(name, values) }
    }

    /// Adds a null, which removes what was set before.
    pub(super) fn clearing(self, name: &str, is_cleared: bool) -> Self {
        if is_cleared { self.with(name, Value::Null) } else { self }
    }

    /// Adds an empty list, which removes what was listed before.
    pub(super) fn emptying(self, name: &str, is_emptied: bool) -> Self {
        if is_emptied { self.with(name, Value::Array(Vec::new())) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_place_in_the_target() {
        let call = Call::get(&[&"apis", &"../keys?x"]).query("cursor", Some(&"a b&c=d"));
        assert_eq!(call.target, "/v1/apis/..%2Fkeys%3Fx?cursor=a%20b%26c%3Dd");
    }
}
