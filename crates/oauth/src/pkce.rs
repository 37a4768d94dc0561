//! Proof Key for Code Exchange (RFC 7636): S256 alone, because `plain` protects nothing from whoever sees the request.

use claviger_secrets::matches_s256;
use data_encoding::BASE64URL_NOPAD;

use crate::code::ErrorCode;
use crate::parameters::Parameters;
use crate::refusal::Refusal;

/// The challenge of an authorization request, if it has one.
pub(crate) fn read_challenge(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let refuse = |why: &'static str| Err(Refusal::new(ErrorCode::InvalidRequest, why));
    match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, None) => Ok(None),
        (None, Some(_)) => refuse("code_challenge_method needs a code_challenge"),
        // RFC 7636 section 4.3: what is left out means `plain`.
        (Some(_), None | Some("plain")) => {
            refuse("code_challenge_method must be S256, plain is not accepted")
        }
        (Some(challenge), Some("S256")) if is_hash(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), Some("S256")) => refuse("code_challenge must be the base64url of a SHA-256, 43 characters"),
        (Some(_), Some(_)) => refuse("code_challenge_method must be S256"),
    }
}

/// Whether a text is the base64url of a SHA-256 without padding, in its one spelling.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 43 && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether a text can be a verifier at all: 43 to 128 unreserved characters (RFC 7636 section 4.1).
pub fn is_code_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

/// Whether the verifier at the token endpoint answers the challenge at the authorization endpoint. A verifier without
/// a challenge is a downgrade, and fails (RFC 9700 section 4.8.2). Compared in constant time.
///
/// # Errors
/// `invalid_grant` for a verifier that is wrong, missing, malformed or not due.
pub fn check_code_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    let refuse = |why: &'static str| Err(Refusal::new(ErrorCode::InvalidGrant, why));
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => refuse("a code_verifier was sent, but the request had no code_challenge"),
        (Some(_), None) => refuse("the code_verifier is missing"),
        (Some(_), Some(text)) if !is_code_verifier(text) => {
            refuse("the code_verifier must have 43 to 128 unreserved characters")
        }
        (Some(challenge), Some(verifier)) if matches_s256(challenge, verifier) => Ok(()),
        (Some(_), Some(_)) => refuse("the code_verifier does not answer the code_challenge"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(pairs: &[(&str, &str)]) -> Result<Option<String>, ErrorCode> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read_challenge(&Parameters::from_pairs(pairs)).map_err(|refusal| refusal.code)
    }

    #[test]
    fn bcp_23_s256_alone_is_a_method() {
        let challenge = ("code_challenge", CHALLENGE);
        assert_eq!(read(&[challenge, ("code_challenge_method", "S256")]), Ok(Some(CHALLENGE.to_owned())));
        assert_eq!(read(&[]), Ok(None));
        for method in ["plain", "s256", "S512"] {
            let read = read(&[challenge, ("code_challenge_method", method)]);
            assert_eq!(read, Err(ErrorCode::InvalidRequest), "{method}");
        }
        assert_eq!(read(&[challenge]), Err(ErrorCode::InvalidRequest), "left out is plain");
        assert_eq!(read(&[("code_challenge_method", "S256")]), Err(ErrorCode::InvalidRequest));
        for bad in ["short", &"+".repeat(43), &"A".repeat(44), &("A".repeat(42) + "B")] {
            let read = read(&[("code_challenge", bad), ("code_challenge_method", "S256")]);
            assert_eq!(read, Err(ErrorCode::InvalidRequest), "{bad}");
        }
    }

    #[test]
    fn bcp_25_a_wrong_missing_or_malformed_verifier_fails() {
        assert_eq!(check_code_verifier(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
        let other = VERIFIER.replace('d', "e");
        let long = "a".repeat(129);
        for bad in [None, Some(other.as_str()), Some("short"), Some(CHALLENGE), Some(&long), Some("ä")] {
            let refusal = check_code_verifier(Some(CHALLENGE), bad).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::InvalidGrant, "{bad:?}");
        }
    }

    #[test]
    fn bcp_26_a_verifier_without_a_challenge_is_a_downgrade() {
        assert_eq!(check_code_verifier(None, None), Ok(()));
        let refusal = check_code_verifier(None, Some(VERIFIER)).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidGrant);
    }
}
