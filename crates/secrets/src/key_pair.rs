//! Key pairs that sign: RSA of 2048 bits, P-256, P-384, Ed25519.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding,
};
use claviger_domain::Algorithm;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::der;
use crate::error::Error;

/// A private key with its algorithm, parsed once. It cannot be printed.
pub struct KeyPair {
    algorithm: Algorithm,
    pub(crate) private: Private,
}

pub(crate) enum Private {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl KeyPair {
    /// A new key pair. One of RSA takes a good part of a second: not on a thread that serves.
    ///
    /// The crypto library makes keys by its own generator, which cannot be replaced; `OsEntropy` is the same one.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a symmetric algorithm; when the crypto library refuses.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Error> {
        let private = match (rsa_encoding(algorithm), ec_parameters(algorithm), algorithm) {
            (Some(encoding), ..) => {
                Private::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(refused)?, encoding)
            }
            (_, Some(parameters), _) => Private::Ec(EcdsaKeyPair::generate(parameters).map_err(refused)?),
            (.., Algorithm::EdDsa) => Private::Ed(Ed25519KeyPair::generate().map_err(refused)?),
            _ => return Err(Error::Algorithm),
        };
        Ok(Self { algorithm, private })
    }

    /// Reads the PKCS #8 form that [`KeyPair::to_pkcs8`] wrote.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a symmetric algorithm; [`Error::Altered`] for bytes that are no such key.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, Error> {
        let altered = |_| Error::Altered;
        let private = match (rsa_encoding(algorithm), ec_parameters(algorithm), algorithm) {
            (Some(encoding), ..) => Private::Rsa(RsaKeyPair::from_pkcs8(der).map_err(altered)?, encoding),
            (_, Some(parameters), _) => {
                Private::Ec(EcdsaKeyPair::from_pkcs8(parameters, der).map_err(altered)?)
            }
            (.., Algorithm::EdDsa) => Private::Ed(Ed25519KeyPair::from_pkcs8(der).map_err(altered)?),
            _ => return Err(Error::Algorithm),
        };
        Ok(Self { algorithm, private })
    }

    /// The private key in PKCS #8 (RFC 5208), to be sealed.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(Zeroizing::new(match &self.private {
            Private::Rsa(pair, _) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(refused)?.as_ref().to_vec()
            }
            Private::Ec(pair) => pair.to_pkcs8v1().map_err(refused)?.as_ref().to_vec(),
            Private::Ed(pair) => pair.to_pkcs8().map_err(refused)?.as_ref().to_vec(),
        }))
    }

    /// How it signs.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half as a JWK for signatures under this `kid` (RFC 7517 section 4, RFC 8037 section 2).
    ///
    /// # Errors
    /// When the crypto library writes a key in a form that is not its own.
    pub fn public_jwk(&self, key_id: &str) -> Result<Value, Error> {
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut jwk = match &self.private {
            Private::Rsa(pair, _) => {
                let (n, e) = der::public_numbers(pair.public_key().as_ref()).ok_or(Error::Crypto)?;
                json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
            }
            Private::Ec(pair) => {
                // An uncompressed point: one byte, then both coordinates.
                let (_, point) = pair.public_key().as_ref().split_first().ok_or(Error::Crypto)?;
                let (x, y) = point.split_at_checked(point.len() / 2).ok_or(Error::Crypto)?;
                let curve = if self.algorithm == Algorithm::Es384 { "P-384" } else { "P-256" };
                json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)})
            }
            Private::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
        };
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), key_id.into());
            members.insert("use".to_owned(), "sig".into());
            members.insert("alg".to_owned(), self.algorithm.as_str().into());
        }
        Ok(jwk)
    }

    /// A signature in the form of a JWS (RFC 7518 section 3, RFC 8037 section 3.1).
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = SystemRandom::new();
        Ok(match &self.private {
            Private::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).map_err(refused)?;
                signature
            }
            Private::Ec(pair) => pair.sign(&random, message).map_err(refused)?.as_ref().to_vec(),
            Private::Ed(pair) => pair.try_sign(message).map_err(refused)?.as_ref().to_vec(),
        })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

pub(crate) const fn refused(_: Unspecified) -> Error {
    Error::Crypto
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::Ps256 => Some(&RSA_PSS_SHA256),
        Algorithm::Hs256 | Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => None,
    }
}

fn ec_parameters(algorithm: Algorithm) -> Option<&'static EcdsaSigningAlgorithm> {
    match algorithm {
        Algorithm::Es256 => Some(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::Es384 => Some(&ECDSA_P384_SHA384_FIXED_SIGNING),
        _ => None,
    }
}

#[cfg(test)]
#[path = "key_pair_tests.rs"]
mod tests;
