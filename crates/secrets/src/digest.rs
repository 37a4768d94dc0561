//! Hashes without a key: of what is public, or has a key's worth of randomness itself.

use aws_lc_rs::digest;
use claviger_domain::Algorithm;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// The left half of a token's hash in base64url: `at_hash` and `c_hash` of an ID token that is signed with this
/// algorithm (OpenID Connect Core section 3.1.3.6). The hash is the one inside the signature.
pub fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let function = match algorithm {
        Algorithm::Hs256 | Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
        Algorithm::Rs384 | Algorithm::Es384 => &digest::SHA384,
        Algorithm::EdDsa => &digest::SHA512,
    };
    let hash = digest::digest(function, token.as_bytes());
    let half = hash.as_ref().len() / 2;
    BASE64URL_NOPAD.encode(hash.as_ref().get(..half).unwrap_or_default())
}

/// Whether a code verifier is the one that an S256 challenge was made of (RFC 7636 section 4.6), in time that depends
/// on lengths alone.
pub fn matches_s256(challenge: &str, verifier: &str) -> bool {
    let expected = BASE64URL_NOPAD.encode(&sha256(verifier.as_bytes()));
    expected.as_bytes().ct_eq(challenge.as_bytes()).into()
}

/// The thumbprint of a JWK in base64url (RFC 7638, RFC 8037 appendix A.3): the same whatever else the JWK says. None
/// for what is no RSA, EC or OKP key.
pub fn jwk_thumbprint(jwk: &Value) -> Option<String> {
    // Exactly the required members, by name (RFC 7638 section 3.2).
    let required: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let mut text = String::from("{");
    for name in required {
        let value = jwk.get(name)?.as_str()?;
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&Value::from(*name).to_string());
        text.push(':');
        text.push_str(&Value::from(value).to_string());
    }
    text.push('}');
    Some(BASE64URL_NOPAD.encode(&sha256(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_thumbprint_is_the_one_of_the_rfc_whatever_else_the_key_says() {
        // RFC 7638 section 3.1.
        let n = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP",
            "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368Q",
            "QMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2Nc",
            "Rwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        );
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        assert_eq!(jwk_thumbprint(&jwk).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037 appendix A.3.
        let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(jwk_thumbprint(&jwk).unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_public_key_has_no_thumbprint() {
        for jwk in
            [json!({"kty": "oct", "k": "AA"}), json!({"kty": "RSA", "n": "AQ"}), json!([]), json!(null)]
        {
            assert_eq!(jwk_thumbprint(&jwk), None, "{jwk}");
        }
    }

    #[test]
    fn a_verifier_matches_the_challenge_of_the_rfc_and_no_other() {
        // RFC 7636 appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(matches_s256(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!matches_s256(challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj"));
        assert!(!matches_s256("", ""));
    }

    #[test]
    fn half_a_hash_is_the_one_of_the_specification() {
        // OpenID Connect Core appendix A.4.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(Algorithm::Es384, token).len(), 32);
        assert_eq!(half_hash(Algorithm::EdDsa, token).len(), 43);
    }

    #[test]
    fn sha_256_is_the_one_of_the_standard() {
        let expected = data_encoding::HEXLOWER
            .decode(b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            .unwrap();
        assert_eq!(sha256(b"abc").as_slice(), expected);
    }
}
