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

    /// Every name with its value, as they were sent.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Adds a value.
    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Takes the values of a name out; answers the first.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let taken = self.0.extract_if(.., |(found, _)| found == name);
        taken.map(|(_, value)| value).collect::<Vec<_>>().into_iter().next()
    }

    /// The lines of the first value of this name that say something.
    pub(crate) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).lines().map(str::trim).filter(|line| !line.is_empty())
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
    fn what_is_taken_is_gone() {
        let mut fields = Fields::parse(b"a=1&b=2&a=3");
        assert_eq!((fields.take("a").as_deref(), fields.take("a"), fields.get("b")), (Some("1"), None, "2"));
    }

    #[test]
    fn lines_that_say_nothing_are_left_out() {
        let fields = Fields::parse(b"uris=+a+%0D%0A%0D%0Ab%0A");
        assert_eq!(fields.lines("uris").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_fingerprint_tells_other_fields_apart() {
        let print = |text: &str| Fields::parse(text.as_bytes()).fingerprint("token");
        assert_eq!(print("a=1&token=x"), print("a=1&token=y"));
        assert_ne!(print("a=1&b=2"), print("a=1%26b=2"));
    }
}
