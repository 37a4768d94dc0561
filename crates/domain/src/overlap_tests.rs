use uuid::Uuid;

use super::*;
use crate::environment::Environment;
use crate::id::{ApiId, KeyId, WorkspaceId};
use crate::key::{KeyState, Metadata};
use crate::policy::KeyKind;
use crate::scope::ScopeSet;

const HOUR: i64 = 3_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn version(number: u128) -> SecretId {
    SecretId::from_uuid(Uuid::from_u128(number))
}

fn network(text: &str) -> Option<Network> {
    Some(text.parse().unwrap())
}

fn generation(number: u128, made: i64, ends: Option<i64>, used: Option<i64>) -> KeyGeneration {
    KeyGeneration {
        id: version(number),
        lookup: [0; 32],
        hint: KeyHint { prefix: "k_".into(), last_four: "abcd".into() },
        created_at: at(made),
        retires_at: ends.map(at),
        last_used_at: used.map(at),
        last_used_address: None,
        last_used_agent: None,
    }
}

/// A key with these generations, newest first.
fn key(generations: Vec<KeyGeneration>) -> Key {
    Key {
        id: KeyId::from_uuid(Uuid::from_u128(1)),
        api: ApiId::from_uuid(Uuid::from_u128(2)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(3)),
        environment: Environment::Live,
        kind: KeyKind::Single,
        name: "key".parse().unwrap(),
        scopes: ScopeSet::default(),
        state: KeyState::Active,
        restriction: None,
        is_canary: false,
        not_before: None,
        expires_at: None,
        addresses: Vec::new(),
        limits: Vec::new(),
        metadata: Metadata::default(),
        generations,
        secret: None,
        created_at: at(0),
        created_by: "local".to_owned(),
        updated_at: at(0),
        updated_by: "local".to_owned(),
    }
}

fn count(number: u128, from: &str, (requests, replaced): (u64, u64), seen: i64) -> VersionCount {
    VersionCount { version: version(number), network: network(from), requests, replaced, seen_at: at(seen) }
}

#[test]
fn what_came_before_the_rotation_is_no_use_of_a_replaced_version() {
    let key = key(vec![generation(2, 100, None, None), generation(1, 0, Some(2 * HOUR), Some(90))]);
    let counts = [
        count(1, "198.51.100.0/24", (500, 0), 60),
        count(1, "203.0.113.0/24", (7, 3), 180),
        count(1, "192.0.2.0/24", (9, 9), 120),
        count(2, "203.0.113.0/24", (84, 0), 180),
    ];
    assert!(key.is_overlapping(at(200)));
    assert_eq!(key.overlapping_since(at(200)), Some(at(100)));
    let replaced = key.replaced_versions(&counts, at(200));
    assert_eq!(replaced.len(), 1);
    let old = &replaced[0];
    assert_eq!((old.id, old.replaced_at, old.ends_at), (version(1), at(100), Some(at(2 * HOUR))));
    assert_eq!(
        (old.requests, old.all_requests, old.percent()),
        (12, 96, 13),
        "12.5 of a hundred, rounded up"
    );
    assert_eq!(old.last_seen_at, Some(at(180)), "its last use before it was replaced says nothing");
    let networks: Vec<_> = old.networks.iter().map(|used| (used.network, used.requests)).collect();
    assert_eq!(networks, [(network("192.0.2.0/24"), 9), (network("203.0.113.0/24"), 3)]);
    assert_eq!(old.networks[0].seen_at, at(120));
}

#[test]
fn each_replaced_version_is_seen_beside_those_that_are_newer() {
    let key = key(vec![
        generation(3, 200, None, None),
        generation(2, 100, Some(2 * HOUR), None),
        generation(1, 0, Some(HOUR), None),
    ]);
    let from = "203.0.113.0/24";
    let counts = [count(1, from, (10, 10), 240), count(2, from, (20, 5), 240), count(3, from, (5, 0), 240)];
    let seen: Vec<_> = key
        .replaced_versions(&counts, at(300))
        .iter()
        .map(|old| (old.id, old.requests, old.all_requests))
        .collect();
    assert_eq!(seen, [(version(2), 5, 10), (version(1), 10, 35)]);
    assert_eq!(key.overlapping_since(at(300)), Some(at(100)));

    let seen: Vec<_> = key.replaced_versions(&counts, at(HOUR)).iter().map(|old| old.id).collect();
    assert_eq!(seen, [version(2)], "one that has ended is shown no more");
    assert!(key.replaced_versions(&counts, at(2 * HOUR)).is_empty() && !key.is_overlapping(at(2 * HOUR)));
    assert_eq!(key.overlapping_since(at(2 * HOUR)), None);
}

#[test]
fn a_version_is_quiet_a_day_after_it_was_last_presented_or_replaced() {
    let quiet = |used: Option<i64>, counts: &[VersionCount], now: i64| {
        let key = key(vec![generation(2, 100, None, None), generation(1, 0, Some(90 * HOUR), used)]);
        key.replaced_versions(counts, at(now))[0].is_quiet(at(now))
    };
    assert!(!quiet(None, &[], 100 + 24 * HOUR - 1), "nobody used it, but the rotation is young");
    assert!(quiet(None, &[], 100 + 24 * HOUR));
    assert!(!quiet(Some(200), &[], 100 + 24 * HOUR));
    assert!(quiet(Some(200), &[], 200 + 24 * HOUR));
    let refused = [count(1, "203.0.113.0/24", (1, 1), 300)];
    assert!(!quiet(Some(200), &refused, 200 + 24 * HOUR), "who is refused has it all the same");
    let none = ReplacedVersion { requests: 0, all_requests: 0, ..key_with_none() };
    assert_eq!(none.percent(), 0);
}

fn key_with_none() -> ReplacedVersion {
    let key = key(vec![generation(2, 100, None, None), generation(1, 0, Some(HOUR), None)]);
    key.replaced_versions(&[], at(100)).remove(0)
}
