//! The life of a key, on SQLite and on PostgreSQL.

use std::time::Duration;

use crate::house::{ACTOR, House, facts_needing, limit, postgres};
use claviger_domain::{Environment, Facts, KeyKind, KeyPatch, KeyState, PageRequest, Timestamp};
use claviger_engine::{BelongingRequest, KeyError, KeyFilter, Wait};

/// Runs one promise on both engines.
macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::House::in_memory().await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::House::on(&super::postgres()).await).await; })* }
    };
}

both! {
    a_new_key_is_valid_and_its_text_is_stored_nowhere
    a_revoked_key_is_refused_at_once_and_for_ever
    a_disabled_key_rests_until_it_is_enabled
    a_rotated_key_overlaps_with_its_successor_and_then_ends
    an_overlap_that_is_ended_early_leaves_the_newest_text
    revoking_during_an_overlap_ends_both_texts
    a_key_works_between_its_dates
    scopes_follow_the_catalogue
    a_suspended_workspace_stops_its_keys
    edits_take_effect_at_once_and_lost_updates_are_told
    what_the_contract_does_not_allow_is_refused
    the_same_idempotency_key_makes_one_key
    a_pair_is_no_credential_alone_and_its_secret_can_be_replaced
    belongings_count_once_verified
    pages_hold_every_key_once
    a_search_shows_first_what_it_finds_at_once_and_every_other_key_once
    a_key_is_found_by_its_id_and_by_what_is_seen_of_its_text
    last_used_is_written_without_a_write_per_request
    keys_past_their_retention_are_deleted
    fifty_rotations_at_once_leave_a_consistent_key
}

async fn a_new_key_is_valid_and_its_text_is_stored_nowhere(house: House) {
    let (key, text) = house.key().await;
    assert!(text.expose().starts_with("sk_live_"));
    assert_eq!(house.code(&text).await, "VALID");
    let stored = house.engine.find_key(key.id).await.unwrap();
    assert_eq!(stored, key);
    assert!(!format!("{stored:?}").contains(text.expose()));
    let mut altered = text.expose().to_owned();
    altered.pop();
    altered.push(if text.expose().ends_with('0') { '1' } else { '0' });
    assert_eq!(house.ask(&altered, &Facts::none()).await.code(), "MALFORMED");
}

async fn a_revoked_key_is_refused_at_once_and_for_ever(house: House) {
    let (key, text) = house.key().await;
    assert_eq!(house.code(&text).await, "VALID");
    let first = house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert_eq!(house.code(&text).await, "REVOKED");
    house.clock.advance(Duration::from_secs(5));
    let again = house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert_eq!(again.key.state, first.key.state, "the first instant stands");
    assert!(matches!(house.engine.enable_key(&ACTOR, key.id).await, Err(KeyError::Transition(_))));
    assert!(matches!(
        house.engine.rotate_key(&ACTOR, key.id, Duration::ZERO).await,
        Err(KeyError::Transition(_))
    ));
    assert_eq!(house.code(&text).await, "REVOKED");
}

async fn a_disabled_key_rests_until_it_is_enabled(house: House) {
    let (key, text) = house.key().await;
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.code(&text).await, "DISABLED");
    let key = house.engine.enable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(key.state, KeyState::Active);
    assert_eq!(house.code(&text).await, "VALID");
}

async fn a_rotated_key_overlaps_with_its_successor_and_then_ends(house: House) {
    let (key, old) = house.key().await;
    assert_eq!(house.code(&old).await, "VALID");
    let rotated = house.engine.rotate_key(&ACTOR, key.id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(rotated.key.id, key.id);
    assert_eq!(rotated.key.generations.len(), 2);
    assert_eq!((house.code(&old).await, house.code(&rotated.text).await), ("VALID", "VALID"));
    house.clock.advance(Duration::from_secs(59));
    assert_eq!(house.code(&old).await, "VALID");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!((house.code(&old).await, house.code(&rotated.text).await), ("EXPIRED", "VALID"));
}

async fn an_overlap_that_is_ended_early_leaves_the_newest_text(house: House) {
    let (key, first) = house.key().await;
    let engine = &house.engine;
    let unchanged = engine.end_overlap(&ACTOR, key.id).await.unwrap();
    assert_eq!(unchanged, key, "there is none, which is fine");
    house.clock.advance(Duration::from_secs(1));
    let second = engine.rotate_key(&ACTOR, key.id, Duration::from_secs(3_600)).await.unwrap().text;
    house.clock.advance(Duration::from_secs(1));
    let third = engine.rotate_key(&ACTOR, key.id, Duration::from_secs(3_600)).await.unwrap().text;
    for text in [&first, &second, &third] {
        assert_eq!(house.code(text).await, "VALID");
    }
    house.clock.advance(Duration::from_secs(1));
    let ended = engine.end_overlap(&ACTOR, key.id).await.unwrap();
    let now = house.clock_now();
    assert_eq!(
        ended.generations.iter().map(|text| text.retires_at).collect::<Vec<_>>(),
        [None, Some(now), Some(now)]
    );
    assert_eq!((house.code(&first).await, house.code(&second).await), ("EXPIRED", "EXPIRED"));
    assert_eq!(house.code(&third).await, "VALID");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(engine.end_overlap(&ACTOR, key.id).await.unwrap(), ended, "the first instant stands");
    engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert!(matches!(engine.end_overlap(&ACTOR, key.id).await, Err(KeyError::Transition(_))));
}

async fn revoking_during_an_overlap_ends_both_texts(house: House) {
    let (key, old) = house.key().await;
    let new = house.engine.rotate_key(&ACTOR, key.id, Duration::from_secs(60)).await.unwrap().text;
    assert_eq!((house.code(&old).await, house.code(&new).await), ("VALID", "VALID"));
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert_eq!((house.code(&old).await, house.code(&new).await), ("REVOKED", "REVOKED"));
}

async fn a_key_works_between_its_dates(house: House) {
    let now = house.engine.clock().now();
    let issued = house
        .issue(|new| {
            new.not_before = Some(now.plus(Duration::from_secs(10)));
            new.expires_at = Some(now.plus(Duration::from_secs(20)));
        })
        .await
        .unwrap();
    assert_eq!(house.code(&issued.text).await, "NOT_YET_VALID");
    house.clock.advance(Duration::from_secs(10));
    assert_eq!(house.code(&issued.text).await, "VALID");
    house.clock.advance(Duration::from_secs(10));
    assert_eq!(house.code(&issued.text).await, "EXPIRED");
}

async fn scopes_follow_the_catalogue(house: House) {
    let (_, text) = house.key().await;
    assert_eq!(house.ask(text.expose(), &facts_needing("read")).await.code(), "VALID");
    assert_eq!(house.ask(text.expose(), &facts_needing("write")).await.code(), "INSUFFICIENT_SCOPE");
    let admin =
        house.issue(|new| new.scopes = ["admin".parse().unwrap()].into_iter().collect()).await.unwrap();
    assert_eq!(house.ask(admin.text.expose(), &facts_needing("read")).await.code(), "VALID");
}

async fn a_suspended_workspace_stops_its_keys(house: House) {
    let (_, text) = house.key().await;
    assert_eq!(house.code(&text).await, "VALID");
    house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(house.code(&text).await, "DISABLED");
    house.engine.resume_workspace(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(house.code(&text).await, "VALID");
}

async fn edits_take_effect_at_once_and_lost_updates_are_told(house: House) {
    let (key, text) = house.key().await;
    assert_eq!(house.code(&text).await, "VALID");
    let patch = KeyPatch { addresses: Some(vec!["10.0.0.0/8".parse().unwrap()]), ..KeyPatch::default() };
    house.engine.update_key(&ACTOR, key.id, patch).await.unwrap();
    assert_eq!(house.code(&text).await, "ADDRESS_NOT_ALLOWED");
    let inside = Facts { address: Some("10.2.3.4".parse().unwrap()), ..Facts::none() };
    assert_eq!(house.ask(text.expose(), &inside).await.code(), "VALID");

    let rename = |name: &str| KeyPatch { name: Some(name.parse().unwrap()), ..KeyPatch::default() };
    let (one, two) = tokio::join!(
        house.engine.update_key(&ACTOR, key.id, rename("one")),
        house.engine.update_key(&ACTOR, key.id, rename("two")),
    );
    let lost = [&one, &two].into_iter().filter(|r| matches!(r, Err(KeyError::ChangedMeanwhile))).count();
    let won = [&one, &two].into_iter().filter(|r| r.is_ok()).count();
    assert_eq!(won + lost, 2, "{one:?} {two:?}");
    assert!(won >= 1);
}

async fn what_the_contract_does_not_allow_is_refused(house: House) {
    let now = house.engine.clock().now();
    let undefined = house.issue(|new| new.scopes = ["fly".parse().unwrap()].into_iter().collect()).await;
    assert!(matches!(undefined, Err(KeyError::UndefinedScope(_))));
    let past = house.issue(|new| new.expires_at = Some(now)).await;
    assert!(matches!(past, Err(KeyError::EndsTooEarly)));
    let no_format = house
        .issue(|new| {
            new.kind = KeyKind::Pair;
            new.environment = Environment::Test;
        })
        .await;
    assert!(matches!(no_format, Err(KeyError::NoFormat { .. })));
    let nobody =
        house.issue(|new| new.workspace = claviger_domain::WorkspaceId::from_uuid(uuid::Uuid::nil())).await;
    assert!(matches!(nobody, Err(KeyError::UnknownWorkspace)));
    let many = house.issue(|new| new.limits = vec![limit("a", 1, 1); 9]).await;
    assert!(matches!(many, Err(KeyError::TooMany { .. })));
    let (key, _) = house.key().await;
    let long = house.engine.rotate_key(&ACTOR, key.id, Duration::from_secs(8 * 86_400)).await;
    assert!(matches!(long, Err(KeyError::OverlapTooLong { .. })));
}

async fn the_same_idempotency_key_makes_one_key(house: House) {
    let once = |body: &[u8]| house.engine.idempotency_key("order-1", body);
    let (a, b) = tokio::join!(
        house.engine.issue_key(&ACTOR, house.new_key(), once(b"x")),
        house.engine.issue_key(&ACTOR, house.new_key(), once(b"x")),
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.key.id, a.text.expose()), (b.key.id, b.text.expose()));
    let other = house.engine.issue_key(&ACTOR, house.new_key(), once(b"y")).await;
    assert!(matches!(other, Err(KeyError::IdempotencyMismatch)));
    let page = PageRequest { before: None, limit: 10 };
    assert_eq!(house.engine.list_keys(KeyFilter::default(), page).await.unwrap().rows.len(), 1);
    for bad in ["", "\n", "ä", &"x".repeat(256)] {
        assert!(house.engine.idempotency_key(bad, b"").is_none(), "{bad:?}");
    }
}

async fn a_pair_is_no_credential_alone_and_its_secret_can_be_replaced(house: House) {
    let pair = house.issue(|new| new.kind = KeyKind::Pair).await.unwrap();
    assert_eq!(house.code(&pair.text).await, "WRONG_KIND");
    assert_eq!(pair.key.secret, None);
    let one = house.engine.replace_secret(&ACTOR, pair.key.id).await.unwrap();
    let two = house.engine.replace_secret(&ACTOR, pair.key.id).await.unwrap();
    assert_ne!(one.secret.expose(), two.secret.expose());
    assert_ne!(one.key.secret, two.key.secret);
    let rotated = house.engine.rotate_key(&ACTOR, pair.key.id, Duration::ZERO).await;
    assert!(matches!(rotated, Err(KeyError::PairKeepsItsKey)));
    let (single, text) = house.key().await;
    house.engine.replace_secret(&ACTOR, single.id).await.unwrap();
    assert_eq!(house.code(&text).await, "VALID", "a single key goes on to work alone");
}

async fn belongings_count_once_verified(house: House) {
    let (key, text) = house.key().await;
    let value = || BelongingRequest { collection: "destinations".parse().unwrap(), value: "d-1".to_owned() };
    let counted = async || match house.ask(text.expose(), &Facts::none()).await.outcome {
        claviger_domain::Outcome::Allow(principal) => principal.belongings.values().flatten().count(),
        claviger_domain::Outcome::Deny(denial) => panic!("{denial:?}"),
    };
    house.engine.add_belonging(&ACTOR, key.id, value()).await.unwrap();
    house.engine.add_belonging(&ACTOR, key.id, value()).await.unwrap();
    assert_eq!(counted().await, 0);
    assert!(house.engine.verify_belonging(&ACTOR, key.id, value()).await.unwrap().verified_at.is_some());
    assert_eq!(counted().await, 1);
    assert_eq!(house.engine.list_belongings(key.id).await.unwrap().len(), 1);
    let stranger = BelongingRequest { value: "d-2".to_owned(), ..value() };
    assert!(matches!(
        house.engine.verify_belonging(&ACTOR, key.id, stranger).await,
        Err(KeyError::UnknownBelonging)
    ));
    let undefined = BelongingRequest { collection: "pets".parse().unwrap(), ..value() };
    assert!(matches!(
        house.engine.add_belonging(&ACTOR, key.id, undefined).await,
        Err(KeyError::UndefinedCollection(_))
    ));
}

async fn pages_hold_every_key_once(house: House) {
    let mut made = Vec::new();
    for _ in 0..7 {
        house.clock.advance(Duration::from_millis(1));
        made.push(house.key().await.0.id);
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page =
            house.engine.list_keys(KeyFilter::default(), PageRequest { before, limit: 3 }).await.unwrap();
        seen.extend(page.rows.iter().map(|key| key.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made, "newest first, each once");
}

async fn a_search_shows_first_what_it_finds_at_once_and_every_other_key_once(house: House) {
    let named = async |name: String| {
        house.clock.advance(Duration::from_millis(1));
        house.issue(|new| new.name = name.parse().unwrap()).await.unwrap().key.id
    };
    let oldest = named("Billing".to_owned()).await;
    let mut others = Vec::new();
    for number in 0..55 {
        others.insert(0, named(format!("Server {number} for billing")).await);
        named(format!("Reports {number}")).await;
    }
    let filter = KeyFilter { name: Some("bILLing".to_owned()), ..KeyFilter::default() };
    let look = async |before| house.engine.look_for_keys(&ACTOR, filter.clone(), before).await.unwrap();
    let first = look(None).await;
    assert_eq!(first.rows[0].id, oldest, "whose name begins so");
    assert!(!first.is_cut_short && first.rows.len() == 50);
    let second = look(first.next).await;
    assert_eq!((second.next, second.is_cut_short), (None, false));
    let seen: Vec<_> = first.rows[1..].iter().chain(&second.rows).map(|key| key.id).collect();
    assert_eq!(seen, others, "newest first, each once");
}

async fn a_key_is_found_by_its_id_and_by_what_is_seen_of_its_text(house: House) {
    let (key, text) = house.key().await;
    let (_, last_four) = text.expose().split_at(text.expose().len() - 4);
    for _ in 0..3 {
        house.key().await;
    }
    let look = async |name: &str, workspace| {
        let filter = KeyFilter { name: Some(name.to_owned()), workspace, ..KeyFilter::default() };
        let found = house.engine.look_for_keys(&ACTOR, filter, None).await.unwrap();
        found.rows.into_iter().map(|key| key.id).collect::<Vec<_>>()
    };
    for known in [format!(" {} ", key.id), format!("sk_live_…{last_four}"), last_four.to_owned()] {
        assert_eq!(look(&known, None).await, [key.id], "{known}");
        let elsewhere =
            Some(claviger_domain::WorkspaceId::generate(house.engine.clock(), house.engine.entropy()));
        assert!(look(&known, elsewhere).await.is_empty(), "another workspace's key is not there");
    }
    assert!(look(&format!("sk_test_…{last_four}"), None).await.is_empty());
}

async fn last_used_is_written_without_a_write_per_request(house: House) {
    let (key, text) = house.key().await;
    let facts =
        Facts { address: Some("192.0.2.7".parse().unwrap()), user_agent: Some("curl/8"), ..Facts::none() };
    for _ in 0..100 {
        house.ask(text.expose(), &facts).await;
    }
    // `run` flushes what is pending when it is told to stop.
    house.engine.run(std::future::ready(())).await;
    let used = &house.engine.find_key(key.id).await.unwrap().generations[0];
    assert_eq!(used.last_used_at, Some(house.engine.clock().now()));
    assert_eq!(used.last_used_address.as_deref(), Some("192.0.2.7"));
    assert_eq!(used.last_used_agent.as_deref(), Some("curl/8"));
}

async fn keys_past_their_retention_are_deleted(house: House) {
    let (kept, _) = house.key().await;
    let (gone, _) = house.key().await;
    house.engine.revoke_key(&ACTOR, gone.id, Wait::No).await.unwrap();
    house.clock.advance(Duration::from_secs(29 * 86_400));
    house.engine.clean_up().await.unwrap();
    assert!(house.engine.find_key(gone.id).await.is_ok());
    house.clock.advance(Duration::from_secs(2 * 86_400));
    house.engine.clean_up().await.unwrap();
    assert!(matches!(house.engine.find_key(gone.id).await, Err(KeyError::UnknownKey)));
    assert!(house.engine.find_key(kept.id).await.is_ok());
}

async fn fifty_rotations_at_once_leave_a_consistent_key(house: House) {
    let (key, _) = house.key().await;
    let rotations = (0..50).map(|_| {
        let engine = house.engine.clone();
        tokio::spawn(async move { engine.rotate_key(&ACTOR, key.id, Duration::from_secs(60)).await })
    });
    let mut texts = Vec::new();
    for rotation in rotations.collect::<Vec<_>>() {
        match rotation.await.unwrap() {
            Ok(issued) => texts.push(issued.text),
            Err(KeyError::ChangedMeanwhile) => {}
            Err(KeyError::Failed(error)) => {
                assert_eq!(error.kind(), claviger_domain::ErrorKind::Unavailable, "{error:?}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(!texts.is_empty());
    let stored = house.engine.find_key(key.id).await.unwrap();
    assert_eq!(stored.generations.len(), texts.len() + 1);
    assert_eq!(stored.generations.iter().filter(|g| g.retires_at.is_none()).count(), 1);
    for text in &texts {
        assert_eq!(house.code(text).await, "VALID");
    }
}

#[tokio::test]
async fn a_longest_life_binds_new_keys_and_edits() {
    let mut policy = crate::house::policy();
    policy.key_lifetimes.max = Some(Duration::from_secs(100));
    policy.key_lifetimes.default = Some(Duration::from_secs(50));
    let clock = claviger_testkit::FakeClock::at(Timestamp::from_seconds(1_000));
    let house = House::with("sqlite::memory:", 1, clock, policy).await;
    let (key, _) = house.key().await;
    assert_eq!(key.expires_at, Some(Timestamp::from_seconds(1_050)));
    let too_long = house.issue(|new| new.expires_at = Some(Timestamp::from_seconds(1_101))).await;
    assert!(matches!(too_long, Err(KeyError::LivesTooLong { max_seconds: 100 })));
    let for_ever = KeyPatch { expires_at: Some(None), ..KeyPatch::default() };
    let edited = house.engine.update_key(&ACTOR, key.id, for_ever).await;
    assert!(matches!(edited, Err(KeyError::LivesTooLong { .. })));
}
