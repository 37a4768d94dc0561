//! Texts of tokens. They are derived from family and generation under the master key, so an answer can be given
//! again although the database holds nothing but keyed hashes.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::hmac;
use claviger_domain::{
    ApiId, Entropy, Environment, FamilyId, Generation, KeyFormat, KeyKind, KeyShape, Timestamp, TokenPart,
    TokenShape,
};

use crate::error::Error;
use crate::jwt::JwtSigner;
use crate::key_format::{Recognized, generate_key, recognize};
use crate::keyring::Keyring;
use crate::master::MasterKey;
use crate::plain::Plain;

/// Random characters of an opaque token: 190 bits.
const CHARACTERS: u8 = 32;

/// Which token a text is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenName {
    /// Its family.
    pub family: FamilyId,
    /// Its generation.
    pub generation: Generation,
    /// Access or refresh.
    pub part: TokenPart,
}

/// Derives the texts of tokens.
pub struct TokenMaker {
    texts: hmac::Key,
    signing: hmac::Key,
}

impl TokenMaker {
    /// Derives its keys from the master key.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn new(master: &MasterKey) -> Result<Self, Error> {
        let key = |purpose| {
            let bytes = master.derive(purpose)?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
        };
        Ok(Self { texts: key("token: text")?, signing: key("token: signing")? })
    }

    /// The text of a token that is no JWT. The same name and shape give the same text.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a JWT, which has its claims as its text.
    pub fn text(&self, name: TokenName, shape: &TokenShape) -> Result<Plain, Error> {
        let format = format_of(shape).ok_or(Error::Algorithm)?;
        Ok(generate_key(&format, &Stream::of(self.texts.clone(), name)))
    }

    /// What signs the JWTs of an API with HS256.
    pub fn signer(&self, api: ApiId) -> JwtSigner {
        JwtSigner::new(hmac::sign(&self.signing, api.uuid().as_bytes()).as_ref())
    }
}

impl fmt::Debug for TokenMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenMaker(…)")
    }
}

/// Whether `text` has the form of such a token: the checksum of an opaque one, the signature of a JWT. Junk is told
/// apart here, without a lookup.
pub fn is_token(text: &[u8], shape: &TokenShape, keyring: &Keyring, now: Timestamp) -> bool {
    match format_of(shape) {
        Some(format) => matches!(recognize(text, &[format]), Recognized::Key(_)),
        None => keyring.verify(text, now),
    }
}

/// Whether `text` has the form of such a token: the checksum of an opaque one, the three parts of a JWT (RFC 7515
/// section 7.1), whose signature is not looked at. Junk is told apart here, without a lookup.
pub fn has_token_form(text: &[u8], shape: &TokenShape) -> bool {
    match format_of(shape) {
        Some(format) => matches!(recognize(text, &[format]), Recognized::Key(_)),
        None => is_jwt_form(text),
    }
}

fn is_jwt_form(text: &[u8]) -> bool {
    let mut parts = 0;
    let is_part = |part: &[u8]| {
        !part.is_empty()
            && part.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    text.split(|byte| *byte == b'.').all(|part| {
        parts += 1;
        is_part(part)
    }) && parts == 3
}

/// Opaque tokens look like keys: prefix, base62 and checksum, or a UUID. JWTs do not.
fn format_of(shape: &TokenShape) -> Option<KeyFormat> {
    let (prefix, shape) = match shape {
        TokenShape::Opaque { prefix } => (prefix.as_str(), KeyShape::Checked { random: CHARACTERS }),
        TokenShape::Uuid => ("", KeyShape::Uuid),
        TokenShape::Jwt { .. } => return None,
    };
    Some(KeyFormat { prefix: prefix.into(), shape, kind: KeyKind::Single, environment: Environment::Live })
}

/// The bytes that a token's text is made of: HMAC-SHA-256 in counter mode (NIST SP 800-108 section 4.1).
struct Stream {
    key: hmac::Key,
    name: [u8; 21],
    counter: AtomicU32,
}

impl Stream {
    fn of(key: hmac::Key, TokenName { family, generation, part }: TokenName) -> Self {
        let mut name = [0; 21];
        let number = u32::try_from(generation.as_i64()).unwrap_or_default().to_be_bytes();
        let kind = [match part {
            TokenPart::Access => b'a',
            TokenPart::Refresh => b'r',
        }];
        let bytes = family.uuid();
        for (to, from) in name.iter_mut().zip(bytes.as_bytes().iter().chain(&number).chain(&kind)) {
            *to = *from;
        }
        Self { key, name, counter: AtomicU32::new(0) }
    }
}

impl Entropy for Stream {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let mut context = hmac::Context::with_key(&self.key);
            context.update(&counter);
            context.update(&self.name);
            for (to, from) in chunk.iter_mut().zip(context.sign().as_ref()) {
                *to = *from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::JwtType;
    use claviger_domain::Algorithm;
    use data_encoding::BASE64;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn maker(byte: u8) -> TokenMaker {
        TokenMaker::new(&MasterKey::parse(&BASE64.encode(&[byte; 32])).unwrap()).unwrap()
    }

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn keyring() -> Keyring {
        Keyring::new(maker(1).signer(ApiId::from_uuid(uuid::Uuid::nil())), Vec::new(), NOW)
    }

    fn family(byte: u8) -> FamilyId {
        FamilyId::from_uuid(uuid::Uuid::from_bytes([byte; 16]))
    }

    fn shapes() -> [TokenShape; 2] {
        [TokenShape::Opaque { prefix: "tok_".to_owned() }, TokenShape::Uuid]
    }

    #[test]
    fn the_same_token_has_the_same_text_and_no_two_tokens_share_one() {
        let mut seen = BTreeSet::new();
        for shape in shapes() {
            for (master, byte) in [(1, 1), (1, 2), (2, 1)] {
                for generation in [Generation::FIRST, Generation::FIRST.next()] {
                    for part in [TokenPart::Access, TokenPart::Refresh] {
                        let name = TokenName { family: family(byte), generation, part };
                        let text = maker(master).text(name, &shape).unwrap();
                        assert_eq!(text.expose(), maker(master).text(name, &shape).unwrap().expose());
                        assert!(seen.insert(text.expose().to_owned()), "{name:?}");
                        assert!(is_token(text.expose().as_bytes(), &shape, &keyring(), NOW));
                    }
                }
            }
        }
    }

    #[test]
    fn texts_have_their_contracts_form() {
        let name = TokenName { family: family(1), generation: Generation::FIRST, part: TokenPart::Access };
        let [opaque, uuid] = shapes().map(|shape| maker(1).text(name, &shape).unwrap());
        assert!(opaque.expose().starts_with("tok_") && opaque.expose().len() == 4 + 32 + 6);
        assert_eq!(uuid.expose().len(), 36);
        let jwt = TokenShape::Jwt { algorithm: Algorithm::Hs256, claims: Vec::new() };
        assert_eq!(maker(1).text(name, &jwt).unwrap_err(), Error::Algorithm);
    }

    #[test]
    fn the_form_of_a_token_is_told_without_any_key() {
        let jwt = TokenShape::Jwt { algorithm: Algorithm::EdDsa, claims: Vec::new() };
        let signed = maker(1).signer(ApiId::from_uuid(uuid::Uuid::nil())).sign(JwtType::Plain, "{}");
        for good in [signed.expose(), "a.b.c", "-_.0Z.9"] {
            assert!(has_token_form(good.as_bytes(), &jwt), "{good}");
        }
        for bad in ["", "..", "a.b", "a.b.", "a.b.c.d", "a.b.c=", "a.b c.d", "a.ü.c", "abc"] {
            assert!(!has_token_form(bad.as_bytes(), &jwt), "{bad}");
        }
    }

    #[test]
    fn each_api_signs_with_a_key_of_its_own() {
        let one = maker(1).signer(ApiId::from_uuid(uuid::Uuid::from_bytes([1; 16])));
        let two = maker(1).signer(ApiId::from_uuid(uuid::Uuid::from_bytes([2; 16])));
        assert!(!two.verify(one.sign(JwtType::Plain, "{}").expose().as_bytes()));
    }

    proptest! {
        #[test]
        fn no_text_makes_recognition_panic(text: Vec<u8>) {
            let keyring = keyring();
            for shape in shapes() {
                prop_assert!(!is_token(&text, &shape, &keyring, NOW));
                prop_assert!(!has_token_form(&text, &shape));
            }
        }
    }
}
