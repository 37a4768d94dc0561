//! JWTs signed with HMAC-SHA-256 (RFC 7519, RFC 7515): made and checked by the key of one API.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use crate::plain::Plain;

/// Signs and checks the JWTs of one API. Its key is made once and kept.
#[derive(Clone)]
pub struct JwtSigner {
    key: hmac::Key,
    /// The first part of every token and its dot, as it is written.
    header: String,
}

impl JwtSigner {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        // A name for the key that tells nothing of it.
        let name = hmac::sign(&key, b"kid");
        let id = HEXLOWER.encode(name.as_ref().get(..8).unwrap_or_default());
        let header = format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{id}"}}"#);
        Self { key, header: BASE64URL_NOPAD.encode(header.as_bytes()) + "." }
    }

    /// The token with these claims, which are a JSON object. The same claims give the same token.
    pub fn sign(&self, claims: &str) -> Plain {
        let mut text = self.header.clone();
        BASE64URL_NOPAD.encode_append(claims.as_bytes(), &mut text);
        let signature = hmac::sign(&self.key, text.as_bytes());
        text.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut text);
        Plain::new(text)
    }

    /// Whether `text` is a token that was signed with this key. Dates are not looked at.
    ///
    /// The header must be the very one that [`JwtSigner::sign`] writes, so no other algorithm can be asked for. The
    /// signature is compared in constant time.
    pub fn verify(&self, text: &[u8]) -> bool {
        if !text.starts_with(self.header.as_bytes()) {
            return false;
        }
        let Some(dot) = text.iter().rposition(|byte| *byte == b'.') else { return false };
        let Some((signed, signature)) = text.split_at_checked(dot) else { return false };
        // The header ends with the first dot: a text without a second one has no claims.
        if signed.len() <= self.header.len() {
            return false;
        }
        let encoded = signature.get(1..).unwrap_or_default();
        // Unused bits must be zero, so that a token has one spelling and one hash.
        let mut decoded = [0; 33];
        let Ok(length) = BASE64URL_NOPAD.decode_len(encoded.len()) else { return false };
        let Some(place) = decoded.get_mut(..length) else { return false };
        if BASE64URL_NOPAD.decode_mut(encoded, place).is_err() {
            return false;
        }
        hmac::verify(&self.key, signed, place).is_ok()
    }
}

impl fmt::Debug for JwtSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSigner(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLAIMS: &str = r#"{"sub":"key_1","exp":1}"#;

    #[test]
    fn a_token_has_three_parts_and_says_what_it_is() {
        let token = JwtSigner::new(b"secret").sign(CLAIMS);
        let parts: Vec<_> = token.expose().split('.').collect();
        let [header, claims, _] = parts.as_slice() else { panic!("{parts:?}") };
        let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
        assert!(header.starts_with(br#"{"alg":"HS256","typ":"JWT","kid":""#));
        assert_eq!(BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap(), CLAIMS.as_bytes());
    }

    /// RFC 7515 appendix A.1, with our header in place of its own.
    #[test]
    fn the_signature_is_hmac_sha_256_of_the_first_two_parts() {
        let signer = JwtSigner::new(b"secret");
        let token = signer.sign(CLAIMS);
        let (signed, signature) = token.expose().rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let expected = hmac::sign(&key, signed.as_bytes());
        assert_eq!(BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap(), expected.as_ref());
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_is_refused() {
        let signer = JwtSigner::new(b"secret");
        assert!(!signer.verify(JwtSigner::new(b"other").sign(CLAIMS).expose().as_bytes()));
        let claims = BASE64URL_NOPAD.encode(CLAIMS.as_bytes());
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","typ":"JWT"}"#] {
            let header = BASE64URL_NOPAD.encode(header.as_bytes());
            assert!(!signer.verify(format!("{header}.{claims}.").as_bytes()));
        }
        assert!(!signer.verify(signer.header.as_bytes()));
        assert!(!signer.verify(b""));
    }

    proptest! {
        #[test]
        fn no_byte_of_a_token_can_be_changed(at in 0usize..400, to: u8) {
            let signer = JwtSigner::new(b"secret");
            let mut text = signer.sign(CLAIMS).expose().as_bytes().to_vec();
            prop_assert!(signer.verify(&text));
            let at = at % text.len();
            prop_assume!(text[at] != to);
            text[at] = to;
            prop_assert!(!signer.verify(&text));
        }

        #[test]
        fn no_text_makes_the_check_panic(text: Vec<u8>) {
            let signer = JwtSigner::new(b"secret");
            prop_assert!(!signer.verify(&text));
            prop_assert!(!signer.verify(&[signer.header.as_bytes(), &text].concat()));
        }
    }
}
