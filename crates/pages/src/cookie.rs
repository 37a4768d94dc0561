//! The two cookies: of the session, and of the sign-in form of whoever has none.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::state::PagesState;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Of a session.
    Session,
    /// Of a sign-in form.
    Form,
}

impl Cookie {
    /// With the `__Host-` prefix, browsers take it from this host by HTTPS only (RFC 6265bis section 4.1.3.2).
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-claviger-session",
            (Self::Session, false) => "claviger-session",
            (Self::Form, true) => "__Host-claviger-form",
            (Self::Form, false) => "claviger-form",
        }
    }

    /// What the browser sent. Nothing of ours is longer than 128 bytes.
    pub(crate) fn read(self, headers: &HeaderMap, state: &PagesState) -> Option<String> {
        let name = self.name(state.is_secure);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut pairs =
            pairs.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(found, _)| *found == name)?;
        (!value.is_empty() && value.len() <= 128).then(|| value.to_owned())
    }

    /// A `Set-Cookie` that lasts until the browser ends. `None` when the value cannot stand in a header.
    pub(crate) fn set(self, value: &str, state: &PagesState) -> Option<HeaderValue> {
        let mut header = HeaderValue::from_str(&self.line(value, state.is_secure, "")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// A `Set-Cookie` that removes it.
    pub(crate) fn remove(self, state: &PagesState) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line("", state.is_secure, "; Max-Age=0")).ok()
    }

    fn line(self, value: &str, is_secure: bool, more: &str) -> String {
        let secure = if is_secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(is_secure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_over_https_is_secure_and_bound_to_its_host() {
        assert_eq!(
            Cookie::Session.line("x", true, ""),
            "__Host-claviger-session=x; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            Cookie::Form.line("", false, "; Max-Age=0"),
            "claviger-form=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }
}
