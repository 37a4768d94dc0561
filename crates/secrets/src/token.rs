//! Texts of tokens. They are derived from family and generation under the master key, so an answer can be given
//! again although the database holds nothing but keyed hashes. An opaque one says which token it is, and proves it by a
//! code that only this server can make: what it stands for is found by its name, in the order in which tokens were made,
//! and not by a hash, in any order.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::hmac;
use claviger_domain::{
    ApiId, Entropy, Environment, FamilyId, Generation, KeyFormat, KeyKind, KeyShape, Timestamp, TokenName,
    TokenPart, TokenShape,
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::base62::{push_number, split_number};
use crate::error::Error;
use crate::jwt::JwtSigner;
use crate::key_format::{CHECKSUM, generate_key, is_checked, is_uuid, with_checksum};
use crate::keyring::Keyring;
use crate::master::MasterKey;
use crate::plain::Plain;

/// Characters of an opaque token before its checksum: its name, and 160 bits that prove it.
const CHARACTERS: u8 = 56;
/// The same of those made before texts had names: 190 random bits.
const NAMELESS: u8 = 32;
/// Base62 digits of 128 bits.
const WIDE: usize = 22;
/// Base62 digits of 32 bits, and of 33.
const NARROW: usize = 6;

/// Derives the texts of tokens.
pub struct TokenMaker {
    texts: hmac::Key,
    names: hmac::Key,
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
        Ok(Self { texts: key("token: text")?, names: key("token: name")?, signing: key("token: signing")? })
    }

    /// The text of a token that is no JWT. The same name and shape give the same text.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a JWT, which has its claims as its text.
    pub fn text(&self, name: TokenName, shape: &TokenShape) -> Result<Plain, Error> {
        match shape {
            TokenShape::Opaque { prefix } => {
                let mut text = String::with_capacity(prefix.len() + usize::from(CHARACTERS) + CHECKSUM);
                text.push_str(prefix);
                push_number(&mut text, name.family.uuid().as_u128(), WIDE);
                push_number(&mut text, number_of(name), NARROW);
                let (wide, narrow) = halves_of(&self.proof(name));
                push_number(&mut text, wide, WIDE);
                push_number(&mut text, narrow.into(), NARROW);
                Ok(with_checksum(text))
            }
            // There is no room for a name in it.
            TokenShape::Uuid => Ok(generate_key(&uuid_format(), &Stream::of(self.texts.clone(), name))),
            TokenShape::Jwt { .. } => Err(Error::Algorithm),
        }
    }

    /// The name of the token that `text` is, whatever it begins with. None for what was not made here, and for tokens that
    /// do not say their names.
    pub fn name_of(&self, text: &[u8]) -> Option<TokenName> {
        let (signed, _) = text.split_last_chunk::<CHECKSUM>()?;
        let (rest, narrow) = split_number(signed, NARROW)?;
        let (rest, wide) = split_number(rest, WIDE)?;
        let (rest, number) = split_number(rest, NARROW)?;
        let (_, family) = split_number(rest, WIDE)?;
        let number = u64::try_from(number).ok()?;
        let name = TokenName {
            family: FamilyId::from_uuid(Uuid::from_u128(family)),
            generation: Generation::from_i64((number >> 1).try_into().ok()?)?,
            part: if number & 1 == 0 { TokenPart::Access } else { TokenPart::Refresh },
        };
        let narrow = u32::try_from(narrow).ok()?;
        let (wide, narrow) = (wide.to_be_bytes(), narrow.to_be_bytes());
        let mut told = Proof::default();
        for (to, from) in told.iter_mut().zip(wide.iter().chain(&narrow)) {
            *to = *from;
        }
        bool::from(self.proof(name).ct_eq(&told)).then_some(name)
    }

    /// What nobody else can say of a name.
    fn proof(&self, name: TokenName) -> Proof {
        let tag = hmac::sign(&self.names, &bytes_of(name));
        tag.as_ref().first_chunk().copied().unwrap_or_default()
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
    match shape {
        TokenShape::Jwt { .. } => keyring.verify(text, now),
        TokenShape::Opaque { .. } | TokenShape::Uuid => has_token_form(text, shape),
    }
}

/// Whether `text` has the form of such a token: the checksum of an opaque one, the three parts of a JWT (RFC 7515
/// section 7.1), whose signature is not looked at. Junk is told apart here, without a lookup.
pub fn has_token_form(text: &[u8], shape: &TokenShape) -> bool {
    match shape {
        TokenShape::Opaque { prefix } => text.strip_prefix(prefix.as_bytes()).is_some_and(|body| {
            let [named, nameless] = [CHARACTERS, NAMELESS].map(|count| is_checked(text, body, count.into()));
            named || nameless
        }),
        TokenShape::Uuid => is_uuid(text),
        TokenShape::Jwt { .. } => is_jwt_form(text),
    }
}

fn is_jwt_form(text: &[u8]) -> bool {
    let is_dot = |byte: &u8| *byte == b'.';
    let (Some(first), Some(last)) = (text.iter().position(is_dot), text.iter().rposition(is_dot)) else {
        return false;
    };
    let has_three_parts = first > 0
        && last > first + 1
        && last + 1 < text.len()
        && text.iter().filter(|byte| is_dot(byte)).count() == 2;
    // Without a branch for each byte, of which there are hundreds.
    let is_of_part =
        |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_') | (byte == b'.');
    has_three_parts && text.iter().fold(true, |is_good, byte| is_good & is_of_part(*byte))
}

fn uuid_format() -> KeyFormat {
    KeyFormat {
        prefix: "".into(),
        shape: KeyShape::Uuid,
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}

/// Of a code of 256 bits, as much as RFC 6749 section 10.10 asks of tokens at best: to guess one takes 2^160 attempts.
type Proof = [u8; 20];

fn halves_of(proof: &Proof) -> (u128, u32) {
    let (wide, rest) = proof.split_first_chunk().unwrap_or((&[0; 16], &[]));
    let narrow = rest.first_chunk().unwrap_or(&[0; 4]);
    (u128::from_be_bytes(*wide), u32::from_be_bytes(*narrow))
}

/// Generation and part as one number.
fn number_of(name: TokenName) -> u128 {
    let generation = u128::try_from(name.generation.as_i64()).unwrap_or_default();
    generation << 1 | u128::from(name.part == TokenPart::Refresh)
}

fn bytes_of(TokenName { family, generation, part }: TokenName) -> [u8; 21] {
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
    name
}

/// The bytes that a token's text is made of: HMAC-SHA-256 in counter mode (NIST SP 800-108 section 4.1).
struct Stream {
    key: hmac::Key,
    name: [u8; 21],
    counter: AtomicU32,
}

impl Stream {
    fn of(key: hmac::Key, name: TokenName) -> Self {
        Self { key, name: bytes_of(name), counter: AtomicU32::new(0) }
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
        Keyring::new(maker(1).signer(ApiId::from_uuid(Uuid::nil())), Vec::new(), NOW)
    }

    fn family(byte: u8) -> FamilyId {
        FamilyId::from_uuid(Uuid::from_bytes([byte; 16]))
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
        assert!(opaque.expose().starts_with("tok_") && opaque.expose().len() == 4 + 56 + 6);
        assert_eq!(uuid.expose().len(), 36);
        let jwt = TokenShape::Jwt { algorithm: Algorithm::Hs256, claims: Vec::new() };
        assert_eq!(maker(1).text(name, &jwt).unwrap_err(), Error::Algorithm);
    }

    #[test]
    fn an_opaque_text_says_its_name_to_its_maker_alone() {
        let shape = TokenShape::Opaque { prefix: "tok_".to_owned() };
        for generation in [Generation::FIRST, Generation::from_i64(u32::MAX.into()).unwrap()] {
            for part in [TokenPart::Access, TokenPart::Refresh] {
                let name = TokenName { family: family(255), generation, part };
                let text = maker(1).text(name, &shape).unwrap();
                let text = text.expose().as_bytes();
                assert_eq!(maker(1).name_of(text), Some(name));
                assert_eq!(maker(2).name_of(text), None, "another master key");
                for place in 4..text.len() - CHECKSUM {
                    let mut forged = text.to_vec();
                    forged[place] = if forged[place] == b'1' { b'0' } else { b'1' };
                    assert_eq!(maker(1).name_of(&forged), None, "character {place}");
                }
            }
        }
        let name = TokenName { family: family(1), generation: Generation::FIRST, part: TokenPart::Access };
        let uuid = maker(1).text(name, &TokenShape::Uuid).unwrap();
        assert_eq!(maker(1).name_of(uuid.expose().as_bytes()), None);
    }

    #[test]
    fn opaque_tokens_of_the_form_before_are_still_known_for_tokens() {
        let shape = TokenShape::Opaque { prefix: "tok_".to_owned() };
        let format =
            KeyFormat { prefix: "tok_".into(), shape: KeyShape::Checked { random: 32 }, ..uuid_format() };
        let name = TokenName { family: family(1), generation: Generation::FIRST, part: TokenPart::Access };
        let old = generate_key(&format, &Stream::of(maker(1).texts, name));
        assert!(has_token_form(old.expose().as_bytes(), &shape));
        assert_eq!(maker(1).name_of(old.expose().as_bytes()), None);
    }

    #[test]
    fn the_form_of_a_token_is_told_without_any_key() {
        let jwt = TokenShape::Jwt { algorithm: Algorithm::EdDsa, claims: Vec::new() };
        let signed = maker(1).signer(ApiId::from_uuid(Uuid::nil())).sign(JwtType::Plain, "{}");
        for good in [signed.expose(), "a.b.c", "-_.0Z.9"] {
            assert!(has_token_form(good.as_bytes(), &jwt), "{good}");
        }
        for bad in
            ["", "..", "a.b", "a.b.", ".b.c", "a..c", ".a.", "a.b.c.d", "a.b.c=", "a.b c.d", "a.ü.c", "abc"]
        {
            assert!(!has_token_form(bad.as_bytes(), &jwt), "{bad}");
        }
    }

    #[test]
    fn each_api_signs_with_a_key_of_its_own() {
        let one = maker(1).signer(ApiId::from_uuid(Uuid::from_bytes([1; 16])));
        let two = maker(1).signer(ApiId::from_uuid(Uuid::from_bytes([2; 16])));
        assert!(!two.verify(one.sign(JwtType::Plain, "{}").expose().as_bytes()));
    }

    proptest! {
        #[test]
        fn no_text_makes_recognition_panic(text: Vec<u8>) {
            let keyring = keyring();
            for shape in shapes() {
                prop_assert!(!is_token(&text, &shape, &keyring, NOW));
                prop_assert!(!has_token_form(&text, &shape));
                prop_assert_eq!(maker(1).name_of(&text), None);
            }
        }
    }
}
