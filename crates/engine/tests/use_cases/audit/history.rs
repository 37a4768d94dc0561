//! What the record tells afterwards: lists, keys as they were, and two nodes that write one chain.

use std::time::Duration;

use claviger_domain::{
    Action, Actor, AuditSeq, Call, KeyMoment, KeyPatch, OperatorTokenId, ScopeSet, Timestamp, Who,
};
use claviger_engine::{AuditError, AuditFilter, AuditVerdict, Wait};
use claviger_testkit::FakeClock;
use uuid::Uuid;

use super::record;
use crate::house::{ACTOR, House, policy, postgres};
use crate::people::PASSWORD;

const HOUR: Duration = Duration::from_secs(3600);

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::House::in_memory().await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::House::on(&super::postgres()).await).await; })* }
    };
}

both! {
    a_row_says_who_from_where_and_what_was_before
    what_changes_nothing_is_not_recorded
    lists_are_filtered_and_paged
    a_key_is_told_as_it_was_on_a_date
    a_key_of_a_suspended_workspace_did_not_work
    a_deleted_key_is_remembered
}

async fn a_row_says_who_from_where_and_what_was_before(house: House) {
    let call = Call { request: Some("req_7".into()), address: Some("192.0.2.7".parse().unwrap()) };
    let who = Who::OperatorToken(OperatorTokenId::from_uuid(Uuid::from_u128(7)));
    let actor = Actor::new(who, call);
    let (key, _) = house.key().await;
    house.clock.advance(HOUR);
    house.engine.disable_key(&actor, key.id).await.unwrap();
    let row = record(&house.engine).await.pop().unwrap();
    assert_eq!((row.at, row.action.as_str()), (house.clock_now(), "key.disabled"));
    assert_eq!((row.actor_kind.as_str(), row.actor), ("operator_token", who.to_string()));
    assert_eq!((row.request.as_deref(), row.address.as_deref()), (Some("req_7"), Some("192.0.2.7")));
    assert_eq!((row.object, row.workspace), (key.id.to_string(), Some(house.workspace.id.to_string())));
    let parse = |text: Option<String>| serde_json::from_str::<serde_json::Value>(&text.unwrap()).unwrap();
    let (before, after) = (parse(row.before), parse(row.after));
    assert_eq!(
        (&before["disabled_since"], &before["scopes"]),
        (&serde_json::Value::Null, &serde_json::json!(["read"]))
    );
    assert_eq!(after["disabled_since"], house.clock_now().to_string());
}

async fn what_changes_nothing_is_not_recorded(house: House) {
    let (key, _) = house.key().await;
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
    let before = record(&house.engine).await.len();
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
    assert!(house.engine.disable_key(&ACTOR, key.id).await.is_err());
    assert_eq!(record(&house.engine).await.len(), before);
}

#[tokio::test]
async fn what_an_operator_ends_is_recorded_once_and_as_theirs() {
    let house = House::with_users("sqlite::memory:").await;
    let user = house.ada().await;
    let session = house.signed_in(PASSWORD).await.session().id;
    let who = Who::OperatorToken(OperatorTokenId::from_uuid(Uuid::from_u128(7)));
    let actor = Actor::new(who, Call::from_address("192.0.2.7".parse().unwrap()));
    house.engine.end_user_session(&actor, user.id, session).await.unwrap();
    assert!(house.engine.end_user_session(&actor, user.id, session).await.is_err());
    let rows = record(&house.engine).await;
    let ends: Vec<_> = rows.iter().filter(|row| row.action == "session.ended").collect();
    assert_eq!(ends.len(), 1);
    assert_eq!((&ends[0].actor, &ends[0].object), (&who.to_string(), &session.to_string()));
}

async fn lists_are_filtered_and_paged(house: House) {
    let (key, _) = house.key().await;
    for _ in 0..3 {
        house.key().await;
    }
    let engine = &house.engine;
    engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    let of_key = AuditFilter { object: Some(key.id.into()), ..AuditFilter::default() };
    let page = engine.list_audit(&of_key, None, 50).await.unwrap();
    assert_eq!(
        page.rows.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
        ["key.revoked", "key.issued"]
    );
    assert_eq!(page.next, None);
    let issued = AuditFilter { action: Some(Action::KeyIssued), ..AuditFilter::default() };
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = engine.list_audit(&issued, before, 3).await.unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.seq));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted_by(|one, next| one > next), "{seen:?}");
}

async fn a_key_is_told_as_it_was_on_a_date(house: House) {
    let engine = &house.engine;
    let made = house.clock_now();
    let (key, _) =
        house.issue(|new| new.not_before = Some(made.plus(HOUR))).await.map(|i| (i.key, i.text)).unwrap();
    house.clock.advance(2 * HOUR);
    let scopes = ScopeSet::parse_spaced("write").unwrap();
    let patch = KeyPatch { scopes: Some(scopes), ..KeyPatch::default() };
    engine.update_key(&ACTOR, key.id, patch).await.unwrap();
    house.clock.advance(HOUR);
    engine.rotate_key(&ACTOR, key.id, HOUR).await.unwrap();
    house.clock.advance(2 * HOUR);
    engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    let at = async |hours: u32, minutes: u64| {
        let instant = made.plus(HOUR * hours).plus(Duration::from_secs(60 * minutes));
        let told = engine.key_at(key.id, instant).await.unwrap();
        let scopes = told.key.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        (told.moment, scopes, told.key.texts_at(instant).count())
    };
    let before = engine.key_at(key.id, made.minus(HOUR)).await.unwrap();
    assert_eq!((before.moment, before.evidence.is_some()), (KeyMoment::NotMadeYet, true));
    assert_eq!(at(0, 1).await, (KeyMoment::NotYetValid, "read".to_owned(), 1));
    assert_eq!(at(1, 0).await, (KeyMoment::Active, "read".to_owned(), 1));
    assert_eq!(at(2, 0).await, (KeyMoment::Active, "write".to_owned(), 1));
    assert_eq!(at(3, 30).await, (KeyMoment::Active, "write".to_owned(), 2));
    assert_eq!(at(4, 30).await, (KeyMoment::Active, "write".to_owned(), 1));
    assert_eq!(at(9, 0).await.0, KeyMoment::Revoked);
}

async fn a_key_of_a_suspended_workspace_did_not_work(house: House) {
    let (engine, id) = (&house.engine, house.workspace.id);
    let (key, _) = house.key().await;
    house.clock.advance(HOUR);
    let suspended = house.clock_now();
    engine.suspend_workspace(&ACTOR, id).await.unwrap();
    house.clock.advance(HOUR);
    engine.resume_workspace(&ACTOR, id).await.unwrap();
    let moment = async |instant: Timestamp| engine.key_at(key.id, instant).await.unwrap().moment;
    assert_eq!(moment(suspended.minus(HOUR / 2)).await, KeyMoment::Active);
    assert_eq!(moment(suspended).await, KeyMoment::WorkspaceSuspended);
    assert_eq!(moment(suspended.plus(2 * HOUR)).await, KeyMoment::Active);
}

async fn a_deleted_key_is_remembered(house: House) {
    let (key, _) = house.key().await;
    let made = house.clock_now();
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    house.clock.advance(31 * 24 * HOUR);
    house.engine.clean_up().await.unwrap();
    assert!(house.engine.find_key(key.id).await.is_err(), "its retention is over");
    let told = house.engine.key_at(key.id, made.minus(HOUR)).await.unwrap();
    assert_eq!(told.moment, KeyMoment::NotMadeYet);
    assert_eq!(house.engine.key_at(key.id, made.plus(HOUR)).await.unwrap().moment, KeyMoment::Revoked);
    let never = claviger_domain::KeyId::from_uuid(Uuid::from_u128(1));
    assert!(matches!(house.engine.key_at(never, made).await, Err(AuditError::UnknownKey)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_at_once_write_one_whole_chain() {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let one = House::with(&url, 1, clock.clone(), policy()).await;
    let two = House::with(&url, 2, clock, policy()).await;
    let before = record(&one.engine).await.len();
    let work = async |house: &House| {
        for _ in 0..20 {
            let (key, _) = house.key().await;
            house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
        }
    };
    // A check that runs meanwhile sees a whole record, too.
    let check = async {
        for _ in 0..10 {
            assert_eq!(one.engine.verify_audit(None).await.unwrap().fault, None);
        }
    };
    tokio::join!(work(&one), work(&two), work(&one), check);
    let AuditVerdict { checked, end, fault } = two.engine.verify_audit(None).await.unwrap();
    assert_eq!((checked, fault), (i64::try_from(before).unwrap() + 120, None));
    assert_eq!(end.unwrap().seq, AuditSeq::from_i64(checked));
}
