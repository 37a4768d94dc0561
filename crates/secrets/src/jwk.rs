//! Public keys of others, read from JWKs (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), and what they check.

use std::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RsaParameters,
};
use claviger_domain::Algorithm;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// The most keys of one set that are looked at.
const MOST_KEYS: usize = 50;
/// The smallest RSA modulus in bytes: 2048 bits (RFC 7518 section 3.3).
const SMALLEST_MODULUS: usize = 256;
/// Members that only a private or a shared key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a JWK cannot check signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// A member is missing, or not what it has to be.
    #[error("the key's `{0}` is missing or malformed")]
    Member(&'static str),
    /// It is of a type or curve that is not used here.
    #[error("the key is of a type that is not supported")]
    Type,
    /// It holds what nobody else should ever see.
    #[error("the key holds a private part")]
    Private,
    /// It is meant for something else.
    #[error("the key is not meant for signatures, or not with this algorithm")]
    Purpose,
    /// Its modulus is shorter than 2048 bits.
    #[error("the key is too small")]
    TooSmall,
}

/// A public key with the algorithms it may be used with. A key never checks a signature of another kind of algorithm.
#[derive(Clone)]
pub struct PublicKey {
    id: Option<String>,
    checks: Vec<(Algorithm, ParsedPublicKey)>,
}

impl PublicKey {
    /// Reads a JWK. Its `alg`, `use` and `key_ops` are obeyed.
    ///
    /// # Errors
    /// For shared and private keys, small ones, unknown types, and those meant for something else.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        if PRIVATE.iter().any(|member| jwk.get(member).is_some()) {
            return Err(JwkError::Private);
        }
        check_purpose(jwk)?;
        let mut checks = match text(jwk, "kty")? {
            "RSA" => rsa(jwk)?,
            "EC" => ec(jwk)?,
            "OKP" => okp(jwk)?,
            _ => return Err(JwkError::Type),
        };
        if let Some(named) = jwk.get("alg") {
            checks.retain(|(algorithm, _)| named.as_str() == Some(algorithm.as_str()));
        }
        if checks.is_empty() {
            return Err(JwkError::Purpose);
        }
        Ok(Self { id: jwk.get("kid").and_then(Value::as_str).map(str::to_owned), checks })
    }

    /// The usable keys of a JWK set; others are left out, as RFC 7517 section 5 wishes. None for what is no set.
    pub fn list_of_set(set: &Value) -> Option<Vec<Self>> {
        let keys = set.get("keys")?.as_array()?;
        Some(keys.iter().take(MOST_KEYS).filter_map(|jwk| Self::from_jwk(jwk).ok()).collect())
    }

    /// Its `kid`.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it may be used with this algorithm.
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.checks.iter().any(|(known, _)| *known == algorithm)
    }

    /// Whether it made this signature (as in a JWS, RFC 7515) with this algorithm.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let check = self.checks.iter().find(|(known, _)| *known == algorithm);
        check.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }
}

/// Only its name.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn check_purpose(jwk: &Value) -> Result<(), JwkError> {
    let is_for_signatures = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let may_verify = jwk.get("key_ops").is_none_or(|operations| {
        operations.as_array().is_some_and(|list| list.iter().any(|operation| operation == "verify"))
    });
    if is_for_signatures && may_verify { Ok(()) } else { Err(JwkError::Purpose) }
}

fn rsa(jwk: &Value) -> Result<Vec<(Algorithm, ParsedPublicKey)>, JwkError> {
    const PARAMETERS: [(Algorithm, &RsaParameters); 3] = [
        (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::Rs384, &RSA_PKCS1_2048_8192_SHA384),
        (Algorithm::Ps256, &RSA_PSS_2048_8192_SHA256),
    ];
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    // Whether the modulus is long enough to the bit, and not too long, is checked with each signature.
    if n.len() < SMALLEST_MODULUS {
        return Err(JwkError::TooSmall);
    }
    let components = PublicKeyComponents { n, e };
    PARAMETERS
        .into_iter()
        .map(|(algorithm, parameters)| {
            let key = components.to_parsed_public_key(parameters).map_err(|_| JwkError::Member("n"))?;
            Ok((algorithm, key))
        })
        .collect()
}

fn ec(jwk: &Value) -> Result<Vec<(Algorithm, ParsedPublicKey)>, JwkError> {
    let (algorithm, parameters, length) = match text(jwk, "crv")? {
        "P-256" => (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED, 32),
        "P-384" => (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED, 48),
        _ => return Err(JwkError::Type),
    };
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    // Coordinates keep their leading zeros (RFC 7518 section 6.2.1.2).
    if x.len() != length || y.len() != length {
        return Err(JwkError::Member("x"));
    }
    // An uncompressed point (SEC 1 section 2.3.3). Parsing refuses one that is not on the curve.
    let point = [[4].as_slice(), &x, &y].concat();
    let key = ParsedPublicKey::new(parameters, point).map_err(|_| JwkError::Member("x"))?;
    Ok(vec![(algorithm, key)])
}

fn okp(jwk: &Value) -> Result<Vec<(Algorithm, ParsedPublicKey)>, JwkError> {
    if text(jwk, "crv")? != "Ed25519" {
        return Err(JwkError::Type);
    }
    let x = bytes(jwk, "x")?;
    let key = ParsedPublicKey::new(&ED25519, x).map_err(|_| JwkError::Member("x"))?;
    Ok(vec![(Algorithm::EdDsa, key)])
}

fn text<'j>(jwk: &'j Value, member: &'static str) -> Result<&'j str, JwkError> {
    jwk.get(member).and_then(Value::as_str).ok_or(JwkError::Member(member))
}

fn bytes(jwk: &Value, member: &'static str) -> Result<Vec<u8>, JwkError> {
    BASE64URL_NOPAD.decode(text(jwk, member)?.as_bytes()).map_err(|_| JwkError::Member(member))
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
