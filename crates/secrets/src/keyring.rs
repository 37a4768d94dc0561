//! The keys by which one API signs, and how its JWTs are made and checked (RFC 7515, RFC 7519).

use std::fmt;
use std::sync::Arc;

use claviger_domain::{Algorithm, SigningKey, SigningKeyState, Timestamp};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::error::Error;
use crate::jwk::PublicKey;
use crate::jwt::{JwtSigner, JwtType, join, split};
use crate::key_pair::KeyPair;
use crate::plain::Plain;

/// Every key of one API: the shared one that is derived from the master key, and its key pairs.
pub struct Keyring {
    shared: JwtSigner,
    pairs: Vec<SigningPair>,
    jwk_set: Arc<str>,
}

/// A key pair of an API, ready to sign and to check.
pub struct SigningPair {
    key: SigningKey,
    private: KeyPair,
    public: PublicKey,
    /// The first part of its tokens with its dot, of each type.
    headers: [String; JwtType::ALL.len()],
}

impl SigningPair {
    /// Puts a key and its private half together.
    ///
    /// # Errors
    /// [`Error::Altered`] when they do not belong together.
    pub fn new(key: SigningKey, private: KeyPair) -> Result<Self, Error> {
        let jwk = private.public_jwk(&key.id.to_string())?;
        let is_known = serde_json::from_str(&key.public_jwk).is_ok_and(|known: Value| known == jwk);
        if private.algorithm() != key.algorithm || !is_known {
            return Err(Error::Altered);
        }
        let public = PublicKey::from_jwk(&jwk).map_err(|_| Error::Altered)?;
        let headers = JwtType::ALL.map(|kind| kind.header(key.algorithm, &key.id.to_string()));
        Ok(Self { key, private, public, headers })
    }

    /// What is known of it.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }
}

impl Keyring {
    /// The keyring of an API. Key pairs that are removed already are left out.
    pub fn new(shared: JwtSigner, mut pairs: Vec<SigningPair>, now: Timestamp) -> Self {
        pairs.retain(|pair| pair.key.state(now) != SigningKeyState::Removed);
        pairs.sort_by_key(|pair| std::cmp::Reverse((pair.key.activates_at, pair.key.id)));
        let keys: Vec<Value> =
            pairs.iter().filter_map(|pair| serde_json::from_str(&pair.key.public_jwk).ok()).collect();
        Self { shared, pairs, jwk_set: json!({ "keys": keys }).to_string().into() }
    }

    /// The public halves of its key pairs, announced, active and retired, as a JWK set (RFC 7517 section 5) in JSON.
    pub fn jwk_set(&self) -> Arc<str> {
        Arc::clone(&self.jwk_set)
    }

    /// Its key pairs, newest first.
    pub fn keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.pairs.iter().map(|pair| &pair.key)
    }

    /// Whether [`Keyring::sign`] has a key for this algorithm.
    pub fn can_sign(&self, algorithm: Algorithm, now: Timestamp) -> bool {
        algorithm.is_symmetric() || self.signer(algorithm, now).is_some()
    }

    /// A JWT with these claims, which are a JSON object, by the key that signs at `now`. The same key, type and claims
    /// give the same text, but for the algorithms that sign with randomness: ES256, ES384, PS256.
    ///
    /// # Errors
    /// [`Error::Algorithm`] when no key signs with this algorithm; when the crypto library refuses.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        kind: JwtType,
        claims: &str,
        now: Timestamp,
    ) -> Result<Plain, Error> {
        if algorithm.is_symmetric() {
            return Ok(self.shared.sign(kind, claims));
        }
        let pair = self.signer(algorithm, now).ok_or(Error::Algorithm)?;
        let header = kind.of(&pair.headers);
        join(header, claims, |message| pair.private.sign(message))
    }

    /// Whether `text` is a JWT that one of these keys signed, whatever it says of dates. A key that is removed at `now`
    /// signed nothing that is still good.
    ///
    /// The header must be the very one that [`Keyring::sign`] writes for the key, so nobody can ask for another
    /// algorithm, or for none.
    pub fn verify(&self, text: &[u8], now: Timestamp) -> bool {
        self.find_signer(text).map_or_else(
            || self.shared.verify(text),
            |pair| pair.key.state(now) != SigningKeyState::Removed && pair.verify(text),
        )
    }

    /// The claims of a JWT for which [`Keyring::verify`] says yes, as bytes of JSON.
    pub fn claims(&self, text: &[u8], now: Timestamp) -> Option<Vec<u8>> {
        let parts = split(text)?;
        let decoded = BASE64URL_NOPAD.decode(parts.claims).ok()?;
        self.verify(text, now).then_some(decoded)
    }

    /// Whether the text begins as those that one of these keys signed.
    pub fn knows_signer(&self, text: &[u8]) -> bool {
        self.shared.is_mine(text) || self.find_signer(text).is_some()
    }

    /// The newest of the active keys. A node whose clock is behind may see none yet: then the next to be active.
    fn signer(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningPair> {
        let fits = |pair: &&SigningPair| pair.key.algorithm == algorithm;
        let is = |wanted| move |pair: &&SigningPair| pair.key.state(now) == wanted;
        let mut active = self.pairs.iter().filter(fits).filter(is(SigningKeyState::Active));
        let mut announced = self.pairs.iter().filter(fits).filter(is(SigningKeyState::Announced));
        active.next().or_else(|| announced.next_back())
    }

    fn find_signer(&self, text: &[u8]) -> Option<&SigningPair> {
        let is_of = |header: &String| text.starts_with(header.as_bytes());
        self.pairs.iter().find(|pair| pair.headers.iter().any(is_of))
    }
}

impl SigningPair {
    fn verify(&self, text: &[u8]) -> bool {
        let Some(parts) = split(text) else { return false };
        let signature = BASE64URL_NOPAD.decode(parts.signature);
        signature.is_ok_and(|bytes| self.public.verify(self.key.algorithm, parts.signed, &bytes))
    }
}

impl fmt::Debug for SigningPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningPair").field(&self.key.id).finish()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("pairs", &self.pairs).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
