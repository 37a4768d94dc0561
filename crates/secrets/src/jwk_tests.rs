use super::*;
use crate::key_pair::KeyPair;
use serde_json::json;

fn jwk(algorithm: Algorithm) -> Value {
    KeyPair::generate(algorithm).unwrap().public_jwk("one").unwrap()
}

fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

/// RFC 8037 appendix A.4.
#[test]
fn the_signature_of_the_rfc_is_good_and_no_other() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let key = PublicKey::from_jwk(&jwk).unwrap();
    let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let mut signature = BASE64URL_NOPAD
        .decode(b"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
        .unwrap();
    assert!(key.verify(Algorithm::EdDsa, message, &signature));
    signature[0] ^= 1;
    assert!(!key.verify(Algorithm::EdDsa, message, &signature));
}

#[test]
fn bcp_45_a_key_checks_no_signature_of_another_kind() {
    for own in [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
        let pair = KeyPair::generate(own).unwrap();
        let key = PublicKey::from_jwk(&pair.public_jwk("one").unwrap()).unwrap();
        let signature = pair.sign(b"x").unwrap();
        for asked in Algorithm::ALL {
            assert_eq!(key.verify(asked, b"x", &signature), asked == own, "{own:?} as {asked:?}");
            assert_eq!(key.fits(asked), asked == own);
        }
    }
}

#[test]
fn an_rsa_key_fits_what_it_is_named_for() {
    let named = jwk(Algorithm::Ps256);
    let key = PublicKey::from_jwk(&named).unwrap();
    assert!(key.fits(Algorithm::Ps256) && !key.fits(Algorithm::Rs256));
    let mut free = named;
    free.as_object_mut().unwrap().remove("alg");
    let key = PublicKey::from_jwk(&free).unwrap();
    for algorithm in [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Ps256] {
        assert!(key.fits(algorithm));
    }
    assert!(!key.fits(Algorithm::Hs256) && !key.fits(Algorithm::Es256));
}

#[test]
fn keys_that_are_private_small_or_meant_for_something_else_are_refused() {
    let ec = jwk(Algorithm::Es256);
    let refused = |jwk: Value| PublicKey::from_jwk(&jwk).unwrap_err();
    assert_eq!(refused(with(ec.clone(), "d", json!("AA"))), JwkError::Private);
    assert_eq!(refused(json!({"kty": "oct", "k": "AA"})), JwkError::Private);
    assert_eq!(refused(with(ec.clone(), "use", json!("enc"))), JwkError::Purpose);
    assert_eq!(refused(with(ec.clone(), "key_ops", json!(["sign"]))), JwkError::Purpose);
    assert_eq!(refused(with(ec.clone(), "alg", json!("ES384"))), JwkError::Purpose);
    assert_eq!(refused(with(ec.clone(), "alg", json!("none"))), JwkError::Purpose);
    assert_eq!(refused(with(ec.clone(), "crv", json!("secp256k1"))), JwkError::Type);
    assert_eq!(refused(with(ec.clone(), "x", json!("AA"))), JwkError::Member("x"));
    assert_eq!(refused(with(ec.clone(), "y", ec["x"].clone())), JwkError::Member("x"), "not on the curve");
    assert_eq!(refused(with(ec, "kty", json!("oct"))), JwkError::Type);
    let small = json!({"kty": "RSA", "n": BASE64URL_NOPAD.encode(&[0xFF; 128]), "e": "AQAB"});
    assert_eq!(refused(small), JwkError::TooSmall);
    assert_eq!(refused(json!("x")), JwkError::Member("kty"));
}

#[test]
fn an_exponent_of_one_proves_nothing() {
    let jwk = with(jwk(Algorithm::Rs256), "e", json!("AQ"));
    // With the exponent one, a signature is the padded hash itself.
    let digest = crate::digest::sha256(b"x");
    let prefix = [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let filling = vec![0xFF; 256 - 3 - prefix.len() - digest.len()];
    let forged = [[0, 1].as_slice(), &filling, &[0], &prefix, &digest].concat();
    let is_good = PublicKey::from_jwk(&jwk).is_ok_and(|key| key.verify(Algorithm::Rs256, b"x", &forged));
    assert!(!is_good);
}

#[test]
fn a_set_gives_the_keys_that_can_be_used() {
    let good = jwk(Algorithm::EdDsa);
    let set = json!({"keys": [{"kty": "oct", "k": "AA"}, good, 7, {"kty": "new"}]});
    let keys = PublicKey::list_of_set(&set).unwrap();
    assert_eq!(keys.iter().map(PublicKey::id).collect::<Vec<_>>(), [Some("one")]);
    assert!(PublicKey::list_of_set(&json!({"keys": 7})).is_none());
    assert!(PublicKey::list_of_set(&json!([])).is_none());
}
