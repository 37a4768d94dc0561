use super::*;
use crate::jwk::PublicKey;

const PAIRS: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

#[test]
fn what_a_pair_signs_its_public_jwk_checks_before_and_after_being_kept() {
    for algorithm in PAIRS {
        let pair = KeyPair::generate(algorithm).unwrap();
        let jwk = pair.public_jwk("sig_1").unwrap();
        let again = KeyPair::from_pkcs8(algorithm, &pair.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.public_jwk("sig_1").unwrap(), jwk);
        let public = PublicKey::from_jwk(&jwk).unwrap();
        for signer in [pair, again] {
            let signature = signer.sign(b"message").unwrap();
            assert!(public.verify(algorithm, b"message", &signature), "{algorithm:?}");
            assert!(!public.verify(algorithm, b"massage", &signature), "{algorithm:?}");
        }
        assert_eq!(
            (&jwk["use"], &jwk["kid"], &jwk["alg"]),
            (&"sig".into(), &"sig_1".into(), &algorithm.as_str().into())
        );
        assert!(jwk.get("d").is_none());
    }
}

#[test]
fn a_jwk_has_numbers_of_the_due_length() {
    let rsa = KeyPair::generate(Algorithm::Rs256).unwrap().public_jwk("x").unwrap();
    let n = BASE64URL_NOPAD.decode(rsa["n"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!((n.len(), n[0] >= 0x80, rsa["e"].as_str()), (256, true, Some("AQAB")));
    let ec = KeyPair::generate(Algorithm::Es384).unwrap().public_jwk("x").unwrap();
    for coordinate in ["x", "y"] {
        assert_eq!(ec[coordinate].as_str().unwrap().len(), 64);
    }
}

#[test]
fn what_is_no_key_of_the_algorithm_is_refused() {
    assert_eq!(KeyPair::generate(Algorithm::Hs256).unwrap_err(), Error::Algorithm);
    let der = KeyPair::generate(Algorithm::Es256).unwrap().to_pkcs8().unwrap();
    for algorithm in [Algorithm::Es384, Algorithm::EdDsa, Algorithm::Rs256] {
        assert_eq!(KeyPair::from_pkcs8(algorithm, &der).unwrap_err(), Error::Altered);
    }
    assert_eq!(KeyPair::from_pkcs8(Algorithm::Es256, b"").unwrap_err(), Error::Altered);
    assert_eq!(
        format!("{:?}", KeyPair::generate(Algorithm::EdDsa).unwrap()),
        "KeyPair { algorithm: EdDsa, .. }"
    );
}
