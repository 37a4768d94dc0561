//! `WWW-Authenticate` (RFC 9110 section 11.6.1), for bearer tokens as RFC 6750 section 3 has it.

use claviger_domain::{Algorithm, PossessionClaim};
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
    /// The token is one matter, the proof of its key another (RFC 9449 section 7.1).
    InvalidProof,
    InvalidRequest,
    InsufficientScope,
}

impl Error {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Silent => None,
            Self::InvalidToken => Some("invalid_token"),
            Self::InvalidProof => Some("invalid_dpop_proof"),
            Self::InvalidRequest => Some("invalid_request"),
            Self::InsufficientScope => Some("insufficient_scope"),
        }
    }
}

/// What a challenge says of the way to a credential that would do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way<'c> {
    /// The scopes that are needed, separated by spaces.
    pub(crate) scope: &'c str,
    /// Where the metadata of the API as a protected resource is (RFC 9728 section 5.1), where OAuth is a way.
    pub(crate) resource_metadata: Option<&'c str>,
    /// Whether the caller said that it proves possession of its token's key.
    pub(crate) possession: PossessionClaim,
}

impl Way<'_> {
    /// The parameters; `scope` of a refusal that is not about scopes is told only to those who can ask for one.
    fn parameters(&self, is_about_scopes: bool) -> String {
        let mut text = String::new();
        if is_about_scopes || (self.resource_metadata.is_some() && !self.scope.is_empty()) {
            text.push_str(&format!(", scope={}", quoted(self.scope)));
        }
        if let Some(address) = self.resource_metadata {
            text.push_str(&format!(", resource_metadata={}", quoted(address)));
        }
        text
    }
}

impl Challenge {
    pub(crate) fn write(&self, cause: &Cause, status: StatusCode, way: Way<'_>, headers: &mut HeaderMap) {
        let Some(error) = error_of(cause, status, way.possession) else { return };
        for scheme in &self.schemes {
            let realm = quoted(&self.realm);
            let text = match (scheme, error) {
                (ChallengeScheme::Basic, Error::Silent | Error::InvalidToken) => {
                    format!("Basic realm={realm}, charset=\"UTF-8\"")
                }
                (ChallengeScheme::Basic, _) => continue,
                (ChallengeScheme::Bearer, error) => {
                    let is_bound = way.possession != PossessionClaim::Unclaimed || cause.name == "unproved";
                    let name = if is_bound { "DPoP" } else { "Bearer" };
                    let code = error.code().map(|code| format!(", error=\"{code}\"")).unwrap_or_default();
                    let algorithms = if is_bound { proof_algorithms() } else { String::new() };
                    let rest = match error {
                        Error::InvalidRequest => String::new(),
                        error => way.parameters(error == Error::InsufficientScope),
                    };
                    format!("{name} realm={realm}{code}{algorithms}{rest}")
                }
            };
            headers.append(WWW_AUTHENTICATE, header_value(&text));
        }
    }
}

fn proof_algorithms() -> String {
    format!(", algs=\"{}\"", Algorithm::PROOFS.map(Algorithm::as_str).join(" "))
}

/// A 401 always has a challenge (RFC 9110 section 15.5.2); other statuses where RFC 6750 gives them a code.
fn error_of(cause: &Cause, status: StatusCode, possession: PossessionClaim) -> Option<Error> {
    match (cause.name, status) {
        ("unproved", StatusCode::UNAUTHORIZED) if possession == PossessionClaim::BadProof => {
            Some(Error::InvalidProof)
        }
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

/// The challenge of an endpoint that takes tokens, in the scheme that the caller used (RFC 6750 section 3, RFC 9449
/// section 7.1); without `error` when there was no token at all.
pub(crate) fn for_token(
    scheme: &str,
    realm: &str,
    error: Option<&str>,
    rest: &[(&str, &str)],
) -> HeaderValue {
    let mut text = format!("{scheme} realm={}", quoted(realm));
    for (name, value) in error.iter().map(|error| ("error", *error)).chain(rest.iter().copied()) {
        text.push_str(&format!(", {name}={}", quoted(value)));
    }
    header_value(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenges_with(
        resource_metadata: Option<&str>,
        cause: &str,
        status: u16,
        realm: &str,
    ) -> Vec<String> {
        let cause = Cause::ALL.iter().find(|c| c.name == cause).unwrap();
        let schemes = vec![ChallengeScheme::Bearer, ChallengeScheme::Basic];
        let mut headers = HeaderMap::new();
        let status = StatusCode::from_u16(status).unwrap();
        let way = Way { scope: "read write", resource_metadata, possession: PossessionClaim::Unclaimed };
        Challenge { realm: realm.to_owned(), schemes }.write(cause, status, way, &mut headers);
        headers.iter().map(|(_, v)| v.to_str().unwrap().to_owned()).collect()
    }

    fn challenges(cause: &str, status: u16, realm: &str) -> Vec<String> {
        challenges_with(None, cause, status, realm)
    }

    #[test]
    fn mcp_25_whoever_can_use_oauth_is_told_where_and_what_for() {
        let metadata = "https://a.test/.well-known/oauth-protected-resource";
        let told = |cause, status| challenges_with(Some(metadata), cause, status, "r").swap_remove(0);
        let way = format!("scope=\"read write\", resource_metadata=\"{metadata}\"");
        assert_eq!(told("missing", 401), format!("Bearer realm=\"r\", {way}"));
        assert_eq!(told("expired", 401), format!("Bearer realm=\"r\", error=\"invalid_token\", {way}"));
        assert_eq!(
            told("insufficient_scope", 403),
            format!("Bearer realm=\"r\", error=\"insufficient_scope\", {way}")
        );
        assert_eq!(told("multiple", 400), "Bearer realm=\"r\", error=\"invalid_request\"");
    }

    #[test]
    fn bcp_48_whoever_used_a_bound_token_is_answered_in_its_scheme() {
        let told = |cause: &str, possession| {
            let cause = Cause::ALL.iter().find(|c| c.name == cause).unwrap();
            let challenge = Challenge { realm: "r".to_owned(), schemes: vec![ChallengeScheme::Bearer] };
            let mut headers = HeaderMap::new();
            let way = Way { possession, ..Way::default() };
            challenge.write(cause, StatusCode::UNAUTHORIZED, way, &mut headers);
            headers[WWW_AUTHENTICATE].to_str().unwrap().to_owned()
        };
        let with = |code| {
            format!("DPoP realm=\"r\", error=\"{code}\", algs=\"ES256 EdDSA RS256 PS256 ES384 RS384\"")
        };
        assert_eq!(told("unproved", PossessionClaim::BadProof), with("invalid_dpop_proof"));
        assert_eq!(told("unproved", PossessionClaim::Unclaimed), with("invalid_token"));
        assert_eq!(told("expired", PossessionClaim::Claimed), with("invalid_token"));
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
