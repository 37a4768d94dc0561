//! A key pair for a client that proves itself by assertions (RFC 7523): made for whoever will hold it, and kept nowhere.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plain::Plain;

/// A client's RSA key pair of 2048 bits, as JWKs (RFC 7517) in JSON.
#[derive(Debug)]
pub struct ClientKeyPair {
    /// What the client signs with. It is shown once.
    pub private_jwk: Plain,
    /// What the client registers: a JWK set (RFC 7517 section 5) of one key.
    pub public_jwks: String,
}

/// The members of an RSA private key in the order of RFC 8017 appendix A.1.2, by their names in RFC 7518 section 6.3.
const MEMBERS: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
/// How many of them are public.
const PUBLIC: usize = 2;

impl ClientKeyPair {
    /// A new key pair that signs with RS384 and has this id, which is URL-safe. Takes up to a second: never on a
    /// thread that serves requests.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn generate(key_id: &str) -> Result<Self, Error> {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| Error::Crypto)?;
        let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| Error::Crypto)?;
        let integers = integers(der.as_ref()).ok_or(Error::Crypto)?;
        let head = format!(r#""kty":"RSA","kid":"{key_id}","use":"sig","alg":"RS384""#);
        let members = |count: usize| {
            MEMBERS.iter().zip(&integers).take(count).fold(
                Zeroizing::new(head.clone()),
                |text, (name, value)| {
                    let encoded = Zeroizing::new(BASE64URL_NOPAD.encode(value));
                    Zeroizing::new(format!(r#"{},"{name}":"{}""#, *text, *encoded))
                },
            )
        };
        Ok(Self {
            private_jwk: Plain::new(format!("{{{}}}", *members(MEMBERS.len()))),
            public_jwks: format!(r#"{{"keys":[{{{}}}]}}"#, *members(PUBLIC)),
        })
    }
}

/// The integers of an RSA private key in a PKCS#8 document (RFC 5208 section 5, RFC 8017 appendix A.1.2), from the
/// modulus on, without the zero in front that keeps them positive.
fn integers(pkcs8: &[u8]) -> Option<Vec<&[u8]>> {
    const INTEGER: u8 = 0x02;
    const OCTETS: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;
    let (document, _) = element(pkcs8, SEQUENCE)?;
    let (_, rest) = element(document, INTEGER)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (octets, _) = element(rest, OCTETS)?;
    let (key, _) = element(octets, SEQUENCE)?;
    let (_, mut rest) = element(key, INTEGER)?;
    let mut found = Vec::with_capacity(MEMBERS.len());
    for _ in MEMBERS {
        let (integer, after) = element(rest, INTEGER)?;
        found.push(integer.strip_prefix(&[0]).unwrap_or(integer));
        rest = after;
    }
    Some(found)
}

/// The content of a DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    if first != tag {
        return None;
    }
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        // Longer than 65535 bytes is no RSA key.
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_SHA384, RsaKeyPair, RsaPublicKeyComponents,
    };

    #[test]
    fn what_the_private_half_signs_the_public_half_verifies() {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let found = integers(der.as_ref()).unwrap();
        assert_eq!((found[0].len(), found[1]), (256, &[1, 0, 1][..]));
        let signer = RsaKeyPair::from_pkcs8(der.as_ref()).unwrap();
        let mut signature = vec![0; 256];
        signer.sign(&RSA_PKCS1_SHA384, &SystemRandom::new(), b"assertion", &mut signature).unwrap();
        let public = RsaPublicKeyComponents { n: found[0], e: found[1] };
        public.verify(&RSA_PKCS1_2048_8192_SHA384, b"assertion", &signature).unwrap();
    }

    #[test]
    fn the_private_half_is_not_in_what_is_registered() {
        let pair = ClientKeyPair::generate("key-1").unwrap();
        for name in MEMBERS {
            assert!(pair.private_jwk.expose().contains(&format!(r#""{name}":""#)), "{name}");
        }
        assert!(
            pair.public_jwks
                .starts_with(r#"{"keys":[{"kty":"RSA","kid":"key-1","use":"sig","alg":"RS384","n":""#)
        );
        assert!(!pair.public_jwks.contains(r#""d":"#));
        assert!(!format!("{pair:?}").contains(r#""d":"#));
    }

    #[test]
    fn a_document_that_is_cut_is_no_key() {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        for length in 0..64 {
            assert_eq!(integers(&der.as_ref()[..length]), None, "{length}");
        }
    }
}
