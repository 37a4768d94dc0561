//! Tokens by which a form proves that it is one of ours and was made for the browser that sends it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;

use crate::lookup::{LookupHasher, Purpose};
use crate::plain::Plain;

/// The token of every form that is shown to the browser with one cookie. Nothing is stored: it is made from the
/// cookie whenever it is needed, and whoever does not have the cookie cannot make it.
#[derive(Clone)]
pub struct FormToken(Plain);

impl FormToken {
    /// The text for a form's hidden field.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether a form sent this token, in constant time.
    pub fn matches(&self, sent: &str) -> bool {
        self.0.matches(sent.as_bytes())
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(…)")
    }
}

impl LookupHasher {
    /// The token of the forms for the browser with this cookie.
    pub fn form_token(&self, cookie: &[u8]) -> FormToken {
        FormToken(Plain::new(BASE64URL_NOPAD.encode(&self.hash(Purpose::FormToken, cookie).bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master::MasterKey;

    #[test]
    fn a_token_belongs_to_one_cookie() {
        let master = MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
        let hasher = LookupHasher::new(&master).unwrap();
        let token = hasher.form_token(b"cookie");
        assert!(token.matches(hasher.form_token(b"cookie").expose()));
        assert!(!token.matches(hasher.form_token(b"other").expose()));
        assert!(!token.matches(""));
        assert_eq!(format!("{token:?}"), "FormToken(…)");
    }
}
