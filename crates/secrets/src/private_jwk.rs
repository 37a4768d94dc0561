//! The private half of a key pair in the form in which programs take it (RFC 7517): for the one who will hold it.

use aws_lc_rs::encoding::AsBigEndian;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::der;
use crate::error::Error;
use crate::key_pair::{KeyPair, Private, refused};
use crate::plain::Plain;

/// The private members of an RSA key, by their names in RFC 7518 section 6.3.2.
const RSA: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

impl KeyPair {
    /// Both halves as a JWK under this `kid`. It is shown once and kept nowhere.
    ///
    /// # Errors
    /// When the crypto library refuses, or writes a key in a form that is not its own.
    pub fn private_jwk(&self, key_id: &str) -> Result<Plain, Error> {
        let public = self.public_jwk(key_id)?.to_string();
        let mut text = Zeroizing::new(public.strip_suffix('}').ok_or(Error::Crypto)?.to_owned());
        let mut add = |name: &str, value: &[u8]| {
            let encoded = Zeroizing::new(BASE64URL_NOPAD.encode(value));
            // Built anew, so that what a growing text would leave behind is wiped.
            text = Zeroizing::new([text.as_str(), ",\"", name, "\":\"", &encoded, "\""].concat());
        };
        match &self.private {
            Private::Rsa(..) => {
                let pkcs8 = self.to_pkcs8()?;
                for (name, number) in RSA.iter().zip(der::private_numbers(&pkcs8).ok_or(Error::Crypto)?) {
                    add(name, number);
                }
            }
            Private::Ec(pair) => add("d", pair.private_key().as_be_bytes().map_err(refused)?.as_ref()),
            Private::Ed(pair) => {
                add("d", pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(refused)?.as_ref());
            }
        }
        Ok(Plain::new([text.as_str(), "}"].concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
    use claviger_domain::Algorithm;
    use serde_json::Value;

    fn halves(algorithm: Algorithm) -> (KeyPair, Value) {
        let pair = KeyPair::generate(algorithm).unwrap();
        let private = serde_json::from_str(pair.private_jwk("key-1").unwrap().expose()).unwrap();
        (pair, private)
    }

    fn number(jwk: &Value, name: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(jwk[name].as_str().unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn the_private_half_has_the_public_one_and_what_only_its_holder_knows() {
        for (algorithm, secret) in
            [(Algorithm::Rs384, &RSA[..]), (Algorithm::Es256, &["d"]), (Algorithm::EdDsa, &["d"])]
        {
            let (pair, private) = halves(algorithm);
            let public = pair.public_jwk("key-1").unwrap();
            for (name, value) in public.as_object().unwrap() {
                assert_eq!(&private[name], value, "{name}");
            }
            let names: Vec<&String> =
                private.as_object().unwrap().keys().skip(public.as_object().unwrap().len()).collect();
            assert_eq!(names, secret, "{algorithm:?}");
            assert!(secret.iter().all(|name| public.get(name).is_none()));
        }
    }

    #[test]
    fn the_private_half_is_the_key_itself() {
        let (pair, jwk) = halves(Algorithm::EdDsa);
        let again = Ed25519KeyPair::from_seed_unchecked(&number(&jwk, "d")).unwrap();
        assert_eq!(again.public_key().as_ref(), number(&pair.public_jwk("x").unwrap(), "x"));
        let (_, jwk) = halves(Algorithm::Es256);
        let point = [&[4][..], &number(&jwk, "x"), &number(&jwk, "y")].concat();
        let parameters = &ECDSA_P256_SHA256_FIXED_SIGNING;
        EcdsaKeyPair::from_private_key_and_public_key(parameters, &number(&jwk, "d"), &point).unwrap();
        let (_, jwk) = halves(Algorithm::Rs384);
        let [n, e, d, p, q, dp, dq, qi] =
            ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| number(&jwk, name));
        let public_key = PublicKeyComponents { n, e };
        let numbers = KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi };
        RsaKeyPair::from_components(&numbers).unwrap();
    }
}
