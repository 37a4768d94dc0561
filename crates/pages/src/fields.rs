//! The fields of a form or a query, which may repeat.

/// Names with values, as they were sent.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`. Any bytes are some fields.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of this name; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The first value of this name without white space around it, unless nothing is left.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value of this name.
    pub(crate) fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A text that is the same for the same fields, apart from the one named.
    pub(crate) fn fingerprint(&self, without: &str) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.0.iter().filter(|(name, _)| name != without));
        text.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_repeat_and_may_be_missing() {
        let fields = Fields::parse(b"scope=a&scope=b%20c&name=+x+&empty=+");
        assert_eq!(fields.all("scope").collect::<Vec<_>>(), ["a", "b c"]);
        assert_eq!((fields.given("name"), fields.given("empty"), fields.get("none")), (Some("x"), None, ""));
    }

    #[test]
    fn a_fingerprint_tells_other_fields_apart() {
        let print = |text: &str| Fields::parse(text.as_bytes()).fingerprint("token");
        assert_eq!(print("a=1&token=x"), print("a=1&token=y"));
        assert_ne!(print("a=1&b=2"), print("a=1%26b=2"));
    }
}
