//! The cookies: of a session, of the forms of whoever has none, and of the language; at the control origin and at hosts of
//! APIs.

use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Of an operator's session.
    Session,
    /// Of a member's session in the portal.
    MemberSession,
    /// Of the sign-in forms of operators and members.
    Form,
    /// Of a user's session at an API. Its name differs, since cookies know no ports: two origins may share a host.
    UserSession,
    /// Of the forms for users who are not signed in.
    UserForm,
    /// Of a sign-in at another OpenID provider that is going on.
    Upstream,
    /// The language that somebody chose.
    Language,
}

impl Cookie {
    /// With the `__Host-` prefix, browsers take it from this host by HTTPS only (RFC 6265bis section 4.1.3.2).
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-claviger-session",
            (Self::Session, false) => "claviger-session",
            (Self::MemberSession, true) => "__Host-claviger-member",
            (Self::MemberSession, false) => "claviger-member",
            (Self::Form, true) => "__Host-claviger-form",
            (Self::Form, false) => "claviger-form",
            (Self::UserSession, true) => "__Host-claviger-user",
            (Self::UserSession, false) => "claviger-user",
            (Self::UserForm, true) => "__Host-claviger-user-form",
            (Self::UserForm, false) => "claviger-user-form",
            (Self::Upstream, true) => "__Host-claviger-upstream",
            (Self::Upstream, false) => "claviger-upstream",
            (Self::Language, true) => "__Host-claviger-language",
            (Self::Language, false) => "claviger-language",
        }
    }

    /// The longest value of ours, in bytes.
    const fn longest(self) -> usize {
        match self {
            // A sealed text with an authorization request in it; browsers keep no more than 4 KiB.
            Self::Upstream => 4_096,
            Self::Session
            | Self::MemberSession
            | Self::Form
            | Self::UserSession
            | Self::UserForm
            | Self::Language => 128,
        }
    }

    /// What the browser sent, unless it is longer than anything of ours.
    pub(crate) fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<String> {
        let name = self.name(is_secure);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut pairs =
            pairs.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(found, _)| *found == name)?;
        (!value.is_empty() && value.len() <= self.longest()).then(|| value.to_owned())
    }

    /// A `Set-Cookie` that lasts until the browser ends. `None` when the value cannot stand in a header.
    pub(crate) fn set(self, value: &str, is_secure: bool) -> Option<HeaderValue> {
        let mut header = HeaderValue::from_str(&self.line(value, is_secure, "")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// A `Set-Cookie` that lasts for a year, for what is no secret.
    pub(crate) fn keep(self, value: &str, is_secure: bool) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line(value, is_secure, "; Max-Age=31536000")).ok()
    }

    /// A `Set-Cookie` that removes it.
    pub(crate) fn remove(self, is_secure: bool) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line("", is_secure, "; Max-Age=0")).ok()
    }

    fn line(self, value: &str, is_secure: bool, more: &str) -> String {
        let secure = if is_secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(is_secure))
    }
}

/// Adds what there is to set or remove.
pub(crate) fn append_cookies(
    response: &mut Response,
    cookies: impl IntoIterator<Item = Option<HeaderValue>>,
) {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
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
