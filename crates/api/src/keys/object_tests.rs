use claviger_domain::{ApiId, Metadata};
use uuid::Uuid;

use super::*;

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn generation(last_used: Option<i64>, last_four: &str) -> KeyGeneration {
    KeyGeneration {
        id: SecretId::from_uuid(Uuid::from_u128(9)),
        lookup: [7; 32],
        hint: KeyHint { prefix: "sk_live_".into(), last_four: last_four.into() },
        created_at: second(1),
        retires_at: None,
        last_used_at: last_used.map(second),
        last_used_address: Some("203.0.113.7".to_owned()),
        last_used_agent: None,
    }
}

fn key() -> Key {
    Key {
        id: KeyId::from_uuid(Uuid::from_u128(1)),
        api: ApiId::from_uuid(Uuid::from_u128(2)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(3)),
        environment: Environment::Live,
        kind: KeyKind::Single,
        name: "billing".parse().unwrap(),
        scopes: ScopeSet::parse_spaced("write read").unwrap(),
        state: KeyState::Active,
        restriction: None,
        is_canary: false,
        not_before: Some(second(10)),
        expires_at: Some(second(20)),
        addresses: vec!["10.0.0.0/8".parse().unwrap()],
        limits: Vec::new(),
        metadata: Metadata::default(),
        generations: vec![generation(Some(12), "bbbb"), generation(Some(15), "aaaa")],
        secret: Some([8; 32]),
        created_at: second(1),
        created_by: "local".to_owned(),
        updated_at: second(2),
        updated_by: "system".to_owned(),
    }
}

#[test]
fn the_state_says_what_was_done_before_what_the_dates_say() {
    let mut key = key();
    assert_eq!(KeyStatus::at(&key, second(9)), KeyStatus::NotYetValid);
    assert_eq!(KeyStatus::at(&key, second(10)), KeyStatus::Active);
    assert_eq!(KeyStatus::at(&key, second(20)), KeyStatus::Expired);
    key.state = KeyState::Disabled { since: second(11) };
    assert_eq!(KeyStatus::at(&key, second(20)), KeyStatus::Disabled);
    key.state = key.state.revoke(second(12));
    assert_eq!(KeyStatus::at(&key, second(9)), KeyStatus::Revoked);
}

#[test]
fn a_key_object_has_every_member_and_no_hash() {
    let key = key();
    let object = KeyObject::at(&key, "example".to_owned(), second(12));
    insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap());
}

#[test]
fn a_pair_says_whether_it_has_its_secret_and_a_single_key_if_it_has_one() {
    let mut key = key();
    let secret = |key: &Key| KeyObject::at(key, String::new(), second(12)).has_secret;
    assert_eq!(secret(&key), Some(true));
    key.kind = KeyKind::Pair;
    assert_eq!(secret(&key), Some(true));
    key.secret = None;
    assert_eq!(secret(&key), Some(false));
    key.kind = KeyKind::Single;
    assert_eq!(secret(&key), None);
}
