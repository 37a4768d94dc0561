use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::environment::Environment;
use crate::id::{ApiId, KeyId, SecretId, WorkspaceId};
use crate::key::{KeyGeneration, KeyHint, Metadata};
use crate::scope::ScopeSet;

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(day * 86_400)
}

/// A key that was made on day 0.
fn key() -> Key {
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
        generations: vec![generation(0, None)],
        secret: None,
        created_at: day(0),
        created_by: "local".to_owned(),
        updated_at: day(0),
        updated_by: "local".to_owned(),
    }
}

fn generation(made: i64, used: Option<i64>) -> KeyGeneration {
    KeyGeneration {
        id: SecretId::from_uuid(Uuid::from_u128(4)),
        lookup: [0; 32],
        hint: KeyHint { prefix: "k_".into(), last_four: "abcd".into() },
        created_at: day(made),
        retires_at: None,
        last_used_at: used.map(day),
        last_used_address: None,
        last_used_agent: None,
    }
}

fn needs(key: &Key, now: i64) -> Vec<Care> {
    let upkeep = KeyUpkeep::default();
    Care::ALL.into_iter().filter(|care| upkeep.needs(*care, key, day(now))).collect()
}

#[test]
fn an_old_text_is_better_replaced_and_a_new_one_is_fine() {
    let mut key = key();
    key.generations = vec![generation(0, Some(90))];
    assert_eq!(needs(&key, 90), []);
    assert_eq!(needs(&key, 91), [Care::Overdue]);
    key.generations.insert(0, generation(90, None));
    assert_eq!(needs(&key, 91), []);
    // What proves a pair is its secret, whose age is not known.
    let pair = Key { kind: KeyKind::Pair, generations: vec![generation(0, Some(91))], ..key };
    assert_eq!(needs(&pair, 100), []);
}

#[test]
fn a_key_that_nobody_uses_counts_as_unused_from_when_it_could_first_be_used() {
    let mut key = key();
    assert_eq!(needs(&key, 91), [Care::Overdue, Care::Unused]);
    key.generations = vec![generation(80, None), generation(0, Some(60))];
    assert_eq!(needs(&key, 150), []);
    assert_eq!(needs(&key, 151), [Care::Unused]);
    key.not_before = Some(day(100));
    assert_eq!(needs(&key, 170), []);
}

#[test]
fn a_key_ends_soon_for_thirty_days_and_not_when_it_has_ended() {
    let key = Key { expires_at: Some(day(40)), ..key() };
    assert_eq!(needs(&key, 10), []);
    assert_eq!(needs(&key, 11), [Care::EndsSoon]);
    assert_eq!(needs(&key, 40), []);
}

#[test]
fn a_key_that_does_not_work_needs_nothing() {
    for state in [KeyState::Disabled { since: day(1) }, KeyState::Revoked { at: day(1) }] {
        let key = Key { state, expires_at: Some(day(101)), ..key() };
        assert_eq!(needs(&key, 100), [], "{state:?}");
    }
}

proptest! {
    #[test]
    fn a_key_is_abandoned_when_it_works_and_nobody_has_used_or_changed_it_for_so_long(
        after in 1_i64..400,
        used: Option<u8>,
        updated in 0_i64..200,
        start in proptest::option::of(0_i64..200),
        end in proptest::option::of(0_i64..800),
        is_active: bool,
        now in 0_i64..800,
    ) {
        let state = if is_active { KeyState::Active } else { KeyState::Disabled { since: day(0) } };
        let used = used.map(i64::from);
        let key = Key {
            state,
            not_before: start.map(day),
            expires_at: end.map(day),
            generations: vec![generation(0, used)],
            updated_at: day(updated),
            ..key()
        };
        let last = [used.unwrap_or(0), updated, start.unwrap_or(0)].into_iter().max().unwrap_or(0);
        let works = is_active && start.is_none_or(|start| start <= now) && end.is_none_or(|end| now < end);
        let upkeep = KeyUpkeep {
            disable_unused_after: Some(DAY * u32::try_from(after).unwrap()),
            ..KeyUpkeep::default()
        };
        prop_assert_eq!(upkeep.is_abandoned(&key, day(now)), works && now - last >= after);
        prop_assert!(!KeyUpkeep::default().is_abandoned(&key, day(now)), "unless the contract says so");
    }

    /// However often one looks.
    #[test]
    fn each_reminder_comes_once_in_order_and_in_its_time(
        life in 1_i64..200,
        looks in proptest::collection::btree_set(0_i64..200 * 24, 1..80),
    ) {
        let (made, end) = (Timestamp::from_seconds(0), day(life));
        let mut sent: Vec<Reminder> = Vec::new();
        for hour in looks {
            let now = Timestamp::from_seconds(hour * 3600);
            let Some(due) = Reminder::due(made, end, now) else { continue };
            prop_assert!(now < end && end.since(now) <= due.ahead() && end.since(now) > due.until());
            prop_assert!(i64::from(due.days()) < life, "it was made later than that");
            if !sent.contains(&due) {
                prop_assert!(sent.iter().all(|earlier| *earlier < due));
                sent.push(due);
            }
        }
    }
}

#[test]
fn a_reminder_is_due_from_its_day_on_until_the_next_one_is() {
    let due = |hours: i64| Reminder::due(day(0), day(100), Timestamp::from_seconds(hours * 3600));
    assert_eq!(due(70 * 24 - 1), None);
    assert_eq!(due(70 * 24), Some(Reminder::Month));
    assert_eq!(due(93 * 24 - 1), Some(Reminder::Month));
    assert_eq!(due(93 * 24), Some(Reminder::Week));
    assert_eq!(due(99 * 24), Some(Reminder::Day));
    assert_eq!(due(100 * 24), None);
    // Made with a week to live: nobody has to be told that at once.
    assert_eq!(Reminder::due(day(0), day(7), day(1)), None);
    assert_eq!(Reminder::due(day(0), day(7), day(6)), Some(Reminder::Day));
}
