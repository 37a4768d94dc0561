//! `WWW-Authenticate` (RFC 9110 section 11.6.1), for bearer tokens as RFC 6750 section 3 has it.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::cause::Cause;
use super::identity::header_value;

/// A scheme that callers are challenged to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeScheme {
    /// RFC 6750. There is no registered scheme for keys in headers, so they are challenged with this one too.
    Bearer,
    /// RFC 7617.
    Basic,
}

/// How callers are challenged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The protection space, as callers' software shows it.
    pub realm: String,
    /// One challenge for each, in this order.
    pub schemes: Vec<ChallengeScheme>,
}

/// What the challenge of one cause says, besides the realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Error {
    /// No code: the caller did not try to authenticate (RFC 6750 section 3.1, last paragraph).
    Silent,
    InvalidToken,
    InvalidRequest,
    InsufficientScope,
}

impl Challenge {
    pub(crate) fn write(&self, cause: &Cause, status: StatusCode, scope: &str, headers: &mut HeaderMap) {
        let Some(error) = error_of(cause, status) else { return };
        for scheme in &self.schemes {
            let realm = quoted(&self.realm);
            let text = match (scheme, error) {
                (ChallengeScheme::Basic, Error::Silent | Error::InvalidToken) => {
                    format!("Basic realm={realm}, charset=\"UTF-8\"")
                }
                (ChallengeScheme::Basic, _) => continue,
                (ChallengeScheme::Bearer, Error::Silent) => format!("Bearer realm={realm}"),
                (ChallengeScheme::Bearer, Error::InvalidToken) => {
                    format!("Bearer realm={realm}, error=\"invalid_token\"")
                }
                (ChallengeScheme::Bearer, Error::InvalidRequest) => {
                    format!("Bearer realm={realm}, error=\"invalid_request\"")
                }
                (ChallengeScheme::Bearer, Error::InsufficientScope) => {
                    format!("Bearer realm={realm}, error=\"insufficient_scope\", scope={}", quoted(scope))
                }
            };
            headers.append(WWW_AUTHENTICATE, header_value(&text));
        }
    }
}

/// A 401 always has a challenge (RFC 9110 section 15.5.2); other statuses where RFC 6750 gives them a code.
fn error_of(cause: &Cause, status: StatusCode) -> Option<Error> {
    match (cause.name, status) {
        // A login that failed did not use any of the schemes, so none of their codes fits.
        ("missing" | "invalid_client" | "invalid_grant", StatusCode::UNAUTHORIZED) => Some(Error::Silent),
        ("multiple" | "in_query", StatusCode::BAD_REQUEST) => Some(Error::InvalidRequest),
        ("insufficient_scope", StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED) => {
            Some(Error::InsufficientScope)
        }
        (_, StatusCode::UNAUTHORIZED) => Some(Error::InvalidToken),
        _ => None,
    }
}

/// A quoted-string (RFC 9110 section 5.6.4).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The challenge of a token endpoint whose client failed to authenticate (RFC 6749 section 5.2).
pub(crate) fn basic_for_clients(realm: &str) -> HeaderValue {
    header_value(&format!("Basic realm={}", quoted(realm)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenges(cause: &str, status: u16, realm: &str) -> Vec<String> {
        let cause = Cause::ALL.iter().find(|c| c.name == cause).unwrap();
        let schemes = vec![ChallengeScheme::Bearer, ChallengeScheme::Basic];
        let mut headers = HeaderMap::new();
        let status = StatusCode::from_u16(status).unwrap();
        Challenge { realm: realm.to_owned(), schemes }.write(cause, status, "read write", &mut headers);
        headers.iter().map(|(_, v)| v.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_caller_without_a_credential_is_told_no_error() {
        assert_eq!(
            challenges("missing", 401, "Orders"),
            ["Bearer realm=\"Orders\"", "Basic realm=\"Orders\", charset=\"UTF-8\""]
        );
    }

    #[test]
    fn each_refusal_has_the_code_of_rfc_6750() {
        assert_eq!(challenges("unknown", 401, "r")[0], "Bearer realm=\"r\", error=\"invalid_token\"");
        assert_eq!(challenges("multiple", 400, "r"), ["Bearer realm=\"r\", error=\"invalid_request\""]);
        assert_eq!(
            challenges("insufficient_scope", 403, "r"),
            ["Bearer realm=\"r\", error=\"insufficient_scope\", scope=\"read write\""]
        );
        assert!(challenges("wrong_environment", 403, "r").is_empty());
    }

    #[test]
    fn a_realm_cannot_end_its_quotes() {
        assert_eq!(challenges("missing", 401, "a\"b\\c\r\n")[0], "Bearer realm=\"a\\\"b\\\\c??\"");
    }
}
