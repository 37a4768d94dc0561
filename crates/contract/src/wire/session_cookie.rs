//! The cookie in which a browser keeps its session with an API.

use std::time::Duration;

use claviger_domain::SessionToken;
use http::HeaderValue;

/// A `Set-Cookie` that lasts so long; none when the text cannot stand in one. Scripts never see the cookie, other sites'
/// forms do not carry it, and where the API is reached by HTTPS it never travels without.
pub(crate) fn set(
    session: &SessionToken,
    issuer: &str,
    (text, lifetime): (&str, Duration),
) -> Option<HeaderValue> {
    let is_https = issuer.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    let secure = if is_https { "; Secure" } else { "" };
    let (name, seconds) = (&session.cookie, lifetime.as_secs());
    let line = format!("{name}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut header = HeaderValue::from_str(&line).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_out_of_reach_of_scripts_and_other_sites() {
        let lifetime = Duration::from_secs(60);
        let session = SessionToken { cookie: "s".to_owned(), lifetime, sliding: false };
        let line = |issuer| set(&session, issuer, ("x", lifetime)).unwrap().to_str().unwrap().to_owned();
        assert_eq!(line("https://a.test"), "s=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
        assert_eq!(line("http://a.test"), "s=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
        assert!(set(&session, "https://a.test", ("a\nb", lifetime)).is_none());
    }
}
