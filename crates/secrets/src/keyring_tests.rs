use super::*;
use claviger_domain::{ApiId, SigningKeyId};
use proptest::prelude::*;
use std::time::Duration;

const CLAIMS: &str = r#"{"sub":"key_1"}"#;
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

fn pair(number: u8, algorithm: Algorithm, activates_at: Timestamp) -> SigningPair {
    let private = KeyPair::generate(algorithm).unwrap();
    let id = SigningKeyId::from_uuid(uuid::Uuid::from_bytes([number; 16]));
    let key = SigningKey {
        id,
        api: ApiId::from_uuid(uuid::Uuid::nil()),
        algorithm,
        public_jwk: private.public_jwk(&id.to_string()).unwrap().to_string(),
        created_at: START,
        activates_at,
        retires_at: None,
        removes_at: None,
    };
    SigningPair::new(key, private).unwrap()
}

fn keyring(pairs: Vec<SigningPair>) -> Keyring {
    Keyring::new(JwtSigner::new(b"secret"), pairs, START)
}

fn header_of(token: &Plain) -> Value {
    let encoded = token.expose().split('.').next().unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap()).unwrap()
}

#[test]
fn every_algorithm_signs_what_the_keyring_takes_back() {
    let algorithms =
        [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa];
    let ring = keyring((1..).zip(algorithms).map(|(n, a)| pair(n, a, START)).collect());
    for algorithm in algorithms.into_iter().chain([Algorithm::Hs256]) {
        for (kind, typ) in [(JwtType::AccessToken, "at+jwt"), (JwtType::Plain, "JWT")] {
            let token = ring.sign(algorithm, kind, CLAIMS, START).unwrap();
            let bytes = token.expose().as_bytes();
            assert!(ring.verify(bytes, START) && ring.knows_signer(bytes), "{algorithm:?}");
            assert_eq!(ring.claims(bytes, START).unwrap(), CLAIMS.as_bytes());
            let header = header_of(&token);
            assert_eq!((&header["alg"], &header["typ"]), (&algorithm.as_str().into(), &typ.into()));
        }
    }
    assert_eq!(ring.sign(Algorithm::Rs384, JwtType::Plain, CLAIMS, START).unwrap_err(), Error::Algorithm);
}

#[test]
fn bcp_45_none_and_another_algorithm_under_a_known_key_are_refused() {
    let ring = keyring(vec![pair(1, Algorithm::Es256, START)]);
    let good = ring.sign(Algorithm::Es256, JwtType::Plain, CLAIMS, START).unwrap();
    let kid = header_of(&good)["kid"].as_str().unwrap().to_owned();
    let (_, rest) = good.expose().split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    let public = ring.pairs[0].key.public_jwk.as_bytes();
    for algorithm in ["none", "None", "HS256", "ES384", "RS256"] {
        let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{kid}"}}"#);
        let signed = format!("{}.{claims}", BASE64URL_NOPAD.encode(header.as_bytes()));
        // Confusion: the public key, which everybody has, as the shared one.
        let mac = aws_lc_rs::hmac::sign(
            &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public),
            signed.as_bytes(),
        );
        for signature in [String::new(), BASE64URL_NOPAD.encode(mac.as_ref())] {
            assert!(!ring.verify(format!("{signed}.{signature}").as_bytes(), START), "{algorithm}");
        }
        assert!(
            !ring.verify(format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes())).as_bytes(), START)
        );
    }
    assert!(ring.verify(good.expose().as_bytes(), START));
}

#[test]
fn a_key_signs_from_its_activation_until_its_successor_does() {
    let mut old = pair(1, Algorithm::EdDsa, START);
    let next = pair(2, Algorithm::EdDsa, START.plus(DAY));
    old.key.retires_at = Some(START.plus(DAY));
    old.key.removes_at = Some(START.plus(DAY * 2));
    let (old_id, next_id) = (old.key.id.to_string(), next.key.id.to_string());
    let ring = keyring(vec![old, next]);
    let signer =
        |at| header_of(&ring.sign(Algorithm::EdDsa, JwtType::Plain, CLAIMS, at).unwrap())["kid"].clone();
    assert_eq!(signer(START), old_id.as_str());
    assert_eq!(signer(START.plus(DAY)), next_id.as_str());
    let token = ring.sign(Algorithm::EdDsa, JwtType::Plain, CLAIMS, START).unwrap();
    assert!(ring.verify(token.expose().as_bytes(), START.plus(DAY + DAY / 2)), "retired, not removed");
    assert!(!ring.verify(token.expose().as_bytes(), START.plus(DAY * 2)), "removed");
    assert!(ring.jwk_set().contains(&old_id) && ring.jwk_set().contains(&next_id));
}

#[test]
fn a_node_whose_clock_is_behind_signs_with_the_first_key_nevertheless() {
    let ring = keyring(vec![
        pair(1, Algorithm::EdDsa, START.plus(DAY)),
        pair(2, Algorithm::EdDsa, START.plus(DAY * 2)),
    ]);
    let token = ring.sign(Algorithm::EdDsa, JwtType::Plain, CLAIMS, START).unwrap();
    assert_eq!(
        header_of(&token)["kid"],
        SigningKeyId::from_uuid(uuid::Uuid::from_bytes([1; 16])).to_string()
    );
}

#[test]
fn a_private_half_of_another_key_is_noticed() {
    let (one, two) = (pair(1, Algorithm::Es256, START), pair(2, Algorithm::Es256, START));
    assert_eq!(SigningPair::new(one.key, two.private).unwrap_err(), Error::Altered);
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(text: Vec<u8>) {
        let ring = keyring(vec![pair(1, Algorithm::EdDsa, START)]);
        prop_assert!(!ring.verify(&text, START) && ring.claims(&text, START).is_none());
        let header = ring.pairs[0].headers[0].clone();
        prop_assert!(!ring.verify(&[header.as_bytes(), &text].concat(), START));
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed(at in 0usize..400, to: u8) {
        let ring = keyring(vec![pair(1, Algorithm::EdDsa, START)]);
        let token = ring.sign(Algorithm::EdDsa, JwtType::AccessToken, CLAIMS, START).unwrap();
        let mut text = token.expose().as_bytes().to_vec();
        let at = at % text.len();
        prop_assume!(text[at] != to);
        text[at] = to;
        prop_assert!(!ring.verify(&text, START));
    }
}
