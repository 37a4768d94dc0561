//! Verification: form, limits, memory, and what happens when the database is away.

use std::time::Duration;

use claviger_domain::{
    CredentialKind, DenialReason, Environment, Facts, KindSet, Limit, Outcome, Partition, Presented,
    Timestamp,
};
use claviger_engine::{Question, WorkspacePatch};
use claviger_testkit::FakeClock;

use crate::house::{ACTOR, House, limit, policy};

async fn reason(house: &House, presented: Presented<'_>, facts: &Facts<'_>) -> Option<DenialReason> {
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts };
    house.engine.verify(&question).await.unwrap().denial().map(|denial| denial.reason)
}

fn text(bytes: &[u8]) -> Presented<'_> {
    Presented::Text { bytes, kinds: KindSet::ANY }
}

#[tokio::test]
async fn what_the_form_tells_needs_no_database() {
    let house = House::in_memory().await;
    let facts = Facts::none();
    let ten_kilobytes = [b'x'; 10_000];
    let cases: [(Presented<'_>, DenialReason); 9] = [
        (Presented::Nothing, DenialReason::Missing),
        (Presented::Multiple, DenialReason::Multiple),
        (Presented::InQuery, DenialReason::InQuery),
        (Presented::CrossSite, DenialReason::CrossSite),
        (text(b""), DenialReason::Malformed),
        (text(&ten_kilobytes), DenialReason::Malformed),
        (text(b"sk_live_\0\xff\xfe"), DenialReason::Malformed),
        (text(b"sk_live_1234567890abcdef"), DenialReason::Malformed),
        (text(b"eyJhbGciOiJIUzI1NiJ9.e30.c2ln"), DenialReason::Malformed),
    ];
    for (presented, wanted) in cases {
        let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
        let decision = house.engine.verify_now(&question).expect("answered without await");
        assert_eq!(decision.denial().map(|denial| denial.reason), Some(wanted));
    }
}

#[tokio::test]
async fn a_key_is_refused_where_it_has_no_place() {
    let house = House::in_memory().await;
    let (_, key) = house.key().await;
    let tokens = KindSet::NONE.with(CredentialKind::Token);
    let keys = KindSet::NONE.with(CredentialKind::Key);
    let bytes = key.expose().as_bytes();
    let facts = |accepted| Facts { accepted, ..Facts::none() };
    let place = |kinds| Presented::Text { bytes, kinds };
    // The route takes tokens, the place carries keys; the place carries tokens, the text is a key.
    assert_eq!(reason(&house, place(keys), &facts(tokens)).await, Some(DenialReason::WrongKind));
    assert_eq!(reason(&house, place(tokens), &facts(tokens)).await, Some(DenialReason::WrongKind));
    assert_eq!(reason(&house, place(KindSet::ANY), &facts(tokens)).await, Some(DenialReason::WrongKind));
    assert_eq!(reason(&house, place(keys), &facts(keys)).await, None);
}

#[tokio::test]
async fn a_key_of_the_other_environment_is_told_so() {
    let house = House::in_memory().await;
    let test = house.issue(|new| new.environment = Environment::Test).await.unwrap();
    let facts = Facts { environment: Some(Environment::Live), ..Facts::none() };
    let decision = house.ask(test.text.expose(), &facts).await;
    let denial = decision.denial().unwrap();
    assert_eq!(
        (denial.reason, denial.environment),
        (DenialReason::WrongEnvironment, Some(Environment::Test))
    );
}

#[tokio::test]
async fn a_key_of_another_api_is_unknown_even_with_the_same_prefix() {
    let clock = FakeClock::at(Timestamp::from_seconds(1_000));
    let house = House::with("sqlite::memory:", 1, clock, policy()).await;
    let (_, key) = house.key().await;
    let mut other = policy();
    other.name = "other".parse().unwrap();
    let other = std::sync::Arc::new(other);
    let api = house.engine.install_policy(std::sync::Arc::clone(&other)).await.unwrap();
    let facts = Facts::none();
    let presented = text(key.expose().as_bytes());
    let question = Question { api: api.id, policy: &other, presented, facts: &facts };
    assert_eq!(house.engine.verify(&question).await.unwrap().code(), "UNKNOWN");
    // It is not kept: the limits that it was read with are this policy's, not its own.
    assert!(house.engine.verify_now(&question).is_none());
}

#[tokio::test]
async fn an_unknown_key_costs_one_read_however_often_it_comes() {
    let house = House::in_memory().await;
    let stranger = House::with("sqlite::memory:", 2, house.clock.clone(), policy()).await;
    let (_, foreign) = stranger.key().await;
    let before = (house.engine.looked_up_credentials(), house.engine.remembered_credentials());
    assert_eq!(house.code(&foreign).await, "UNKNOWN");
    assert_eq!(house.code(&foreign).await, "UNKNOWN");
    let after = (house.engine.looked_up_credentials(), house.engine.remembered_credentials());
    assert_eq!(after, (before.0 + 1, before.1), "the numbers say so");
    let facts = Facts::none();
    let presented = text(foreign.expose().as_bytes());
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
    assert_eq!(house.engine.verify_now(&question).expect("remembered").code(), "UNKNOWN");
}

#[tokio::test]
async fn a_limit_lets_its_quota_through_and_refills_evenly() {
    let house = House::in_memory().await;
    let issued = house.issue(|new| new.limits = vec![limit("own", 10, 60)]).await.unwrap();
    let facts = Facts::none();
    for left in (0..10).rev() {
        let decision = house.ask(issued.text.expose(), &facts).await;
        assert_eq!((decision.code(), decision.limits[0].remaining), ("VALID", left));
    }
    let refused = house.ask(issued.text.expose(), &facts).await;
    assert_eq!(refused.code(), "RATE_LIMITED");
    let retry_at = refused.limits[0].retry_at.unwrap();
    assert_eq!(retry_at, house.engine.clock().now().plus(Duration::from_secs(6)));
    house.clock.advance(Duration::from_secs(6));
    assert_eq!(house.ask(issued.text.expose(), &facts).await.code(), "VALID");
    assert_eq!(house.ask(issued.text.expose(), &facts).await.code(), "RATE_LIMITED");
}

#[tokio::test]
async fn a_plan_applies_to_its_workspace_and_a_rotation_resets_nothing() {
    let house = House::in_memory().await;
    let plan = WorkspacePatch { plan: Some(Some("small".parse().unwrap())), ..WorkspacePatch::default() };
    house.engine.update_workspace(&ACTOR, house.workspace.id, plan).await.unwrap();
    let (key, text) = house.key().await;
    for _ in 0..5 {
        assert_eq!(house.code(&text).await, "VALID");
    }
    assert_eq!(house.code(&text).await, "RATE_LIMITED");
    let rotated = house.engine.rotate_key(&ACTOR, key.id, Duration::ZERO).await.unwrap();
    assert_eq!(house.code(&rotated.text).await, "RATE_LIMITED");
}

#[tokio::test]
async fn limits_can_be_shared_by_workspace_and_by_address() {
    let mut policy = policy();
    let shared = |name, partition| std::sync::Arc::new(Limit { partition, ..limit(name, 2, 60) });
    policy.limits = vec![shared("team", Partition::Workspace)];
    let clock = FakeClock::at(Timestamp::from_seconds(1_000));
    let house = House::with("sqlite::memory:", 1, clock, policy).await;
    let ((_, a), (_, b)) = (house.key().await, house.key().await);
    assert_eq!(
        (house.code(&a).await, house.code(&b).await, house.code(&a).await),
        ("VALID", "VALID", "RATE_LIMITED")
    );

    house.clock.advance(Duration::from_secs(60));
    let by_address = [shared("from", Partition::Address)];
    let from =
        |host: u8| Facts { address: Some([10, 0, 0, host].into()), limits: &by_address, ..Facts::none() };
    assert_eq!(house.ask(a.expose(), &from(1)).await.code(), "VALID");
    assert_eq!(house.ask(b.expose(), &from(1)).await.code(), "VALID");
    house.clock.advance(Duration::from_secs(30));
    assert_eq!(house.ask(a.expose(), &from(1)).await.code(), "VALID");
    let refused = house.ask(a.expose(), &from(1)).await;
    assert_eq!(refused.code(), "RATE_LIMITED");
    assert!(refused.limits[0].retry_at.is_some(), "the limit that refused stands first");
}

#[tokio::test]
async fn what_is_remembered_is_not_trusted_beyond_the_lease() {
    let house = House::in_memory().await;
    let (_, key) = house.key().await;
    assert_eq!(house.code(&key).await, "VALID");
    let facts = Facts::none();
    let presented = text(key.expose().as_bytes());
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
    assert!(house.engine.verify_now(&question).is_some());
    house.clock.advance(Duration::from_secs(11));
    assert!(house.engine.verify_now(&question).is_none(), "nobody renewed the lease");
    assert_eq!(house.code(&key).await, "VALID", "the database still answers");
}

#[tokio::test]
async fn the_principal_says_whom_the_key_stands_for() {
    let house = House::in_memory().await;
    let (key, text) = house.key().await;
    let Outcome::Allow(principal) = house.ask(text.expose(), &Facts::none()).await.outcome else { panic!() };
    assert_eq!(principal.workspace, house.workspace.id);
    assert_eq!(*principal.credential, *key.id.to_string());
    assert_eq!((principal.kind, principal.environment), (CredentialKind::Key, Environment::Live));
    assert_eq!(principal.scopes, key.scopes);
}
