//! The text of a JWT (RFC 7519, RFC 7515), and those signed with HMAC-SHA-256 by the derived key of one API.

use std::fmt;

use aws_lc_rs::hmac;
use claviger_domain::Algorithm;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use crate::error::Error;
use crate::plain::Plain;

/// Characters of a signature of 64 bytes: EdDSA's and ES256's.
const SIGNATURE: usize = 86;

/// What a JWT says of itself in `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtType {
    /// `JWT`.
    Plain,
    /// `at+jwt` (RFC 9068 section 2.1).
    AccessToken,
}

impl JwtType {
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::AccessToken];

    /// The first part of a JWT and its dot, as it is written.
    pub(crate) fn header(self, algorithm: Algorithm, key_id: &str) -> String {
        let (algorithm, kind) = (algorithm.as_str(), self.as_str());
        let header = format!(r#"{{"alg":"{algorithm}","typ":"{kind}","kid":"{key_id}"}}"#);
        BASE64URL_NOPAD.encode(header.as_bytes()) + "."
    }

    /// The one of these that is of this type.
    pub(crate) const fn of<T>(self, [plain, access_token]: &[T; Self::ALL.len()]) -> &T {
        match self {
            Self::Plain => plain,
            Self::AccessToken => access_token,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

/// The parts of a JWT, still encoded.
pub(crate) struct JwtParts<'t> {
    /// All that the signature is over.
    pub(crate) signed: &'t [u8],
    pub(crate) claims: &'t [u8],
    pub(crate) signature: &'t [u8],
}

/// The three parts of a text; none for what has no three.
pub(crate) fn split(text: &[u8]) -> Option<JwtParts<'_>> {
    let is_dot = |byte: &u8| *byte == b'.';
    let last = text.iter().rposition(is_dot)?;
    let (signed, signature) = text.split_at_checked(last)?;
    let first = signed.iter().position(is_dot)?;
    let claims = signed.get(first + 1..)?;
    let has_three = !claims.is_empty() && !claims.iter().any(is_dot);
    has_three.then_some(JwtParts { signed, claims, signature: signature.get(1..)? })
}

/// The JWT with this header, which ends with its dot, and these claims.
pub(crate) fn join<S: AsRef<[u8]>>(
    header: &str,
    claims: &str,
    sign: impl FnOnce(&[u8]) -> Result<S, Error>,
) -> Result<Plain, Error> {
    let mut text = begin(header, claims);
    let signature = sign(text.as_bytes())?;
    text.push('.');
    BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut text);
    Ok(Plain::new(text))
}

/// What a signature is over, with room for most: text that has to move leaves a copy behind that nobody wipes.
fn begin(header: &str, claims: &str) -> String {
    let room = header.len() + BASE64URL_NOPAD.encode_len(claims.len()) + 1 + SIGNATURE;
    let mut text = String::with_capacity(room);
    text.push_str(header);
    BASE64URL_NOPAD.encode_append(claims.as_bytes(), &mut text);
    text
}

/// Signs and checks the JWTs of one API with HS256. Its key is made once and kept.
#[derive(Clone)]
pub struct JwtSigner {
    key: hmac::Key,
    /// The first part of its tokens with its dot, of each type.
    headers: [String; JwtType::ALL.len()],
}

impl JwtSigner {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        // A name for the key that tells nothing of it.
        let name = hmac::sign(&key, b"kid");
        let id = HEXLOWER.encode(name.as_ref().get(..8).unwrap_or_default());
        Self { key, headers: JwtType::ALL.map(|kind| kind.header(Algorithm::Hs256, &id)) }
    }

    /// The token with these claims, which are a JSON object. The same claims give the same token.
    pub fn sign(&self, kind: JwtType, claims: &str) -> Plain {
        let mut text = begin(kind.of::<String>(&self.headers), claims);
        let signature = hmac::sign(&self.key, text.as_bytes());
        text.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut text);
        Plain::new(text)
    }

    /// Whether `text` is a token that was signed with this key. Dates are not looked at.
    ///
    /// The header must be one that [`JwtSigner::sign`] writes, so no other algorithm can be asked for. The signature
    /// is compared in constant time.
    pub fn verify(&self, text: &[u8]) -> bool {
        let Some(parts) = split(text).filter(|_| self.is_mine(text)) else { return false };
        // Unused bits must be zero, so that a token has one spelling and one hash.
        let mut decoded = [0; 33];
        let Ok(length) = BASE64URL_NOPAD.decode_len(parts.signature.len()) else { return false };
        let Some(place) = decoded.get_mut(..length) else { return false };
        if BASE64URL_NOPAD.decode_mut(parts.signature, place).is_err() {
            return false;
        }
        hmac::verify(&self.key, parts.signed, place).is_ok()
    }

    /// Whether the text has a header of this key.
    pub(crate) fn is_mine(&self, text: &[u8]) -> bool {
        self.headers.iter().any(|header| text.starts_with(header.as_bytes()))
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
        let token = JwtSigner::new(b"secret").sign(JwtType::Plain, CLAIMS);
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
        let token = signer.sign(JwtType::Plain, CLAIMS);
        let (signed, signature) = token.expose().rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let expected = hmac::sign(&key, signed.as_bytes());
        assert_eq!(BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap(), expected.as_ref());
    }

    #[test]
    fn a_token_says_which_type_it_is_and_is_checked_alike() {
        let signer = JwtSigner::new(b"secret");
        let token = signer.sign(JwtType::AccessToken, CLAIMS);
        let header = BASE64URL_NOPAD.decode(token.expose().split('.').next().unwrap().as_bytes()).unwrap();
        assert!(header.starts_with(br#"{"alg":"HS256","typ":"at+jwt","kid":""#));
        assert!(signer.verify(token.expose().as_bytes()));
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_is_refused() {
        let signer = JwtSigner::new(b"secret");
        assert!(!signer.verify(JwtSigner::new(b"other").sign(JwtType::Plain, CLAIMS).expose().as_bytes()));
        let claims = BASE64URL_NOPAD.encode(CLAIMS.as_bytes());
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","typ":"JWT"}"#] {
            let header = BASE64URL_NOPAD.encode(header.as_bytes());
            assert!(!signer.verify(format!("{header}.{claims}.").as_bytes()));
        }
        assert!(!signer.verify(signer.headers[0].as_bytes()));
        assert!(!signer.verify(b""));
    }

    proptest! {
        #[test]
        fn no_byte_of_a_token_can_be_changed(at in 0usize..400, to: u8) {
            let signer = JwtSigner::new(b"secret");
            let mut text = signer.sign(JwtType::Plain, CLAIMS).expose().as_bytes().to_vec();
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
            prop_assert!(!signer.verify(&[signer.headers[0].as_bytes(), &text].concat()));
        }
    }
}
