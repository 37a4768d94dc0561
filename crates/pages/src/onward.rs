//! Where somebody goes once they are signed in. A closed list: never an address from a parameter.

use claviger_engine::Flow;

use crate::fields::Fields;

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    /// To their own account.
    Account,
    /// To the device whose code they were about to enter.
    Device(String),
    /// Back to an authorization request.
    Flow(Flow),
    /// To the link that was sent to their new address, by its token.
    NewAddress(String),
}

/// The longest user code that is carried along; more is nobody's.
const LONGEST_CODE: usize = 20;
/// The longest token of a mail that is carried along.
const LONGEST_TOKEN: usize = 80;

impl Onward {
    /// What a query or a form says.
    pub(crate) fn read(fields: &Fields) -> Self {
        if let Some(flow) = fields.given("flow") {
            return Self::Flow(Flow(flow.to_owned()));
        }
        // Also without a code: the device shows one, and its page asks for it.
        match (fields.all("device").next(), fields.given("new_address")) {
            (Some(code), _) => Self::Device(clean_code(code)),
            (None, Some(token)) => Self::new_address(token),
            (None, None) => Self::Account,
        }
    }

    /// The hidden fields that carry it from one form to the next page.
    pub(crate) fn fields(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Account => Vec::new(),
            Self::Device(code) => vec![("device", code.as_str())],
            Self::Flow(flow) => vec![("flow", flow.0.as_str())],
            Self::NewAddress(token) => vec![("new_address", token.as_str())],
        }
    }

    /// To the link that was sent to a new address.
    pub(crate) fn new_address(token: &str) -> Self {
        let is_legal = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let token: String = token.chars().filter(is_legal).take(LONGEST_TOKEN).collect();
        if token.is_empty() { Self::Account } else { Self::NewAddress(token) }
    }

    /// The address of a page of ours that carries it.
    pub(crate) fn to(&self, path: &str) -> String {
        self.to_with(path, &[])
    }

    /// The same with further parameters.
    pub(crate) fn to_with(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(self.fields()).extend_pairs(more).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The authorization request, if it is one.
    pub(crate) const fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Flow(flow) => Some(flow),
            Self::Account | Self::Device(_) | Self::NewAddress(_) => None,
        }
    }
}

/// What of a text can stand in a user code.
pub(crate) fn clean_code(text: &str) -> String {
    let is_legal = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    text.chars().filter(is_legal).take(LONGEST_CODE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcp_08_no_parameter_leads_to_another_site() {
        let read = |query: &str| Onward::read(&Fields::parse(query.as_bytes()));
        assert_eq!(read("next=https://evil.example&return_to=//evil.example"), Onward::Account);
        assert_eq!(read("device=BCDF-GHJK").to("/sign-in"), "/sign-in?device=BCDF-GHJK");
        assert_eq!(
            read("device=").to("/sign-in"),
            "/sign-in?device=",
            "a device whose code is still to be typed"
        );
        assert_eq!(
            read("device=https://evil.example/%0d%0a").to("/device"),
            "/device?device=httpsevilexample"
        );
        assert_eq!(read("new_address=//evil.example?x").to("/sign-in"), "/sign-in?new_address=evilexamplex");
        assert_eq!(read("flow=//evil.example").to("/consent"), "/consent?flow=%2F%2Fevil.example");
    }
}
