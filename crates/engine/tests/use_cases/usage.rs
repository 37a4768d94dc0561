//! Usage: what is counted, written at the latest when the engine stops, and told apart.

use std::time::Duration;

use claviger_domain::{DenialReason, Facts, Grain, NodeId, Outcome, Timestamp, WorkspaceId};
use claviger_engine::{UsageError, UsagePart, UsageQuery, Use};
use futures_util::FutureExt;

use crate::house::{ACTOR, House};

const MINUTE: Duration = Duration::from_secs(60);

fn minutes(house: &House, by: Option<UsagePart>) -> UsageQuery {
    let now = house.clock_now();
    let (from, to) = (now.minus(MINUTE * 10), now.plus(MINUTE));
    let workspace = Some(house.workspace.id);
    UsageQuery { grain: Grain::Minute, from, to, api: Some(house.api.id), workspace, credential: None, by }
}

#[tokio::test]
async fn requests_are_counted_by_credential_route_status_and_reason() {
    let house = House::in_memory().await;
    let (key, text) = house.key().await;
    let decision = house.ask(text.expose(), &Facts::none()).await;
    let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
    let used = Use {
        api: house.api.id,
        principal: Some(&principal),
        address: Some([203, 0, 113, 7].into()),
        route: Some("/v1/things"),
        status: Some(200),
        reason: None,
        took: Some(Duration::from_millis(7)),
    };
    for _ in 0..3 {
        house.engine.note_use(&used);
    }
    let limited = Use { status: Some(429), reason: Some(DenialReason::RateLimited), ..used };
    house.engine.note_use(&limited);
    // A stranger's: nobody's workspace has it.
    house.engine.note_use(&Use { principal: None, reason: Some(DenialReason::Unknown), ..used });
    // Whatever is counted is written before the engine stops.
    house.engine.run(std::future::ready(())).await;
    house.engine.fold_usage().await.unwrap();

    let told = async |by| {
        let sums = house.engine.usage(minutes(&house, Some(by))).await.unwrap();
        sums.into_iter().map(|sum| (sum.part, sum.tally.requests)).collect::<Vec<_>>()
    };
    let named = |name: &str, count| (name.to_owned(), count);
    assert_eq!(told(UsagePart::Status).await, [named("200", 3), named("429", 1)]);
    assert_eq!(told(UsagePart::Reason).await, [named("", 3), named("rate_limited", 1)]);
    assert_eq!(told(UsagePart::Credential).await, [named(&key.id.to_string(), 4)]);
    assert_eq!(told(UsagePart::Route).await, [named("/v1/things", 4)]);
    let all = house.engine.usage(UsageQuery { workspace: None, ..minutes(&house, None) }).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].at, Grain::Minute.floor(house.clock_now()));
    assert_eq!((all[0].tally.requests, all[0].tally.latency.quantile(0.99)), (5, Some(10)));
    let total: u64 = house.engine.usage_totals().values().map(|tally| tally.requests).sum();
    assert_eq!(total, 5);
}

/// A request that is counted without a name.
fn note_stranger(house: &House) {
    house.engine.note_use(&Use {
        api: house.api.id,
        principal: None,
        address: None,
        route: None,
        status: Some(401),
        reason: Some(DenialReason::Missing),
        took: None,
    });
}

async fn requests(house: &House) -> u64 {
    let asked = UsageQuery { workspace: None, ..minutes(house, None) };
    house.engine.usage(asked).await.unwrap().into_iter().map(|sum| sum.tally.requests).sum()
}

/// A write that goes on after nobody waits for it is the same to its caller as one whose commit was not confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_that_was_broken_off_is_written_once_and_what_was_counted_since_as_well() {
    let house = House::in_memory().await;
    for broken_off_after in 0..60 {
        note_stranger(&house);
        {
            let mut write = std::pin::pin!(house.engine.write_usage());
            for _ in 0..broken_off_after {
                if (&mut write).now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        note_stranger(&house);
        // Whatever is written by now is folded, and gone from where it was written.
        house.engine.fold_usage().await.unwrap();
        house.engine.write_usage().await;
    }
    house.engine.fold_usage().await.unwrap();
    assert_eq!(requests(&house).await, 120);
    assert_eq!(house.engine.unwritten_uses(), 0);
}

#[tokio::test]
async fn nothing_is_written_for_the_folding_where_nothing_was_counted_or_another_node_folds() {
    let house = House::in_memory().await;
    let writes = || house.engine.write_latency().count();
    let before = writes();
    assert_eq!(house.engine.fold_usage().await.unwrap(), 0);
    assert_eq!(writes(), before, "nothing was counted");
    note_stranger(&house);
    house.engine.write_usage().await;
    let other = NodeId::from_uuid(uuid::Uuid::from_u128(7));
    let (now, until) = (house.clock_now(), house.clock_now().plus(MINUTE));
    let theirs = house.store.write::<_, claviger_store::Error, _>(move |tx| {
        Box::pin(async move { tx.acquire_job("usage", other, now, until).await })
    });
    assert!(theirs.await.unwrap());
    let before = writes();
    assert_eq!(house.engine.fold_usage().await.unwrap(), 0);
    assert_eq!(writes(), before, "another node folds");
    house.clock.advance(MINUTE);
    assert_eq!(house.engine.fold_usage().await.unwrap(), 1, "it does no more");
    assert_eq!(requests(&house).await, 1);
}

/// A request with this text from this address, decided and counted.
async fn sent(house: &House, text: &str, from: [u8; 4], reason: Option<DenialReason>) {
    let decision = house.ask(text, &Facts::none()).await;
    let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
    house.engine.note_use(&Use {
        api: house.api.id,
        principal: Some(&principal),
        address: Some(from.into()),
        route: None,
        status: Some(200),
        reason,
        took: None,
    });
}

async fn fold(house: &House) {
    house.engine.write_usage().await;
    house.engine.fold_usage().await.unwrap();
}

#[tokio::test]
async fn a_credentials_networks_are_told_by_hour_and_day_and_of_no_other_workspace() {
    let house = House::in_memory().await;
    let (key, text) = house.key().await;
    for from in [[203, 0, 113, 7], [203, 0, 113, 8], [198, 51, 100, 7]] {
        sent(&house, text.expose(), from, None).await;
    }
    fold(&house).await;
    let of_key = UsageQuery {
        grain: Grain::Hour,
        credential: Some(key.id.to_string()),
        ..minutes(&house, Some(UsagePart::Network))
    };
    let sums = house.engine.usage(of_key.clone()).await.unwrap();
    let told: Vec<_> = sums.iter().map(|sum| (sum.part.as_str(), sum.tally.requests)).collect();
    assert_eq!(told, [("198.51.100.0/24", 1), ("203.0.113.0/24", 2)]);
    let elsewhere =
        UsageQuery { workspace: Some(WorkspaceId::from_uuid(uuid::Uuid::nil())), ..of_key.clone() };
    assert!(house.engine.usage(elsewhere).await.unwrap().is_empty());
    let by_minute = UsageQuery { grain: Grain::Minute, ..of_key.clone() };
    assert!(matches!(house.engine.usage(by_minute).await, Err(UsageError::NetworksByMinute)));
    let of_none = UsageQuery { credential: None, ..of_key.clone() };
    assert!(matches!(house.engine.usage(of_none).await, Err(UsageError::NetworksOfNone)));

    house.clock.advance(MINUTE * 60 * 24 * 40);
    house.engine.clean_up().await.unwrap().unwrap();
    assert!(house.engine.usage(of_key.clone()).await.unwrap().is_empty(), "they are kept as long as usage");
    let of_day = UsageQuery { grain: Grain::Day, from: Grain::Day.floor(of_key.from), ..of_key };
    assert_eq!(house.engine.usage(of_day).await.unwrap().len(), 2);
}

#[tokio::test]
async fn after_a_rotation_it_is_told_who_still_presents_the_older_text() {
    let house = House::in_memory().await;
    let (key, old) = house.key().await;
    sent(&house, old.expose(), [192, 0, 2, 7], None).await;
    house.clock.advance(Duration::from_secs(1));
    let rotated = house.engine.rotate_key(&ACTOR, key.id, MINUTE * 60 * 48).await.unwrap();
    fold(&house).await;
    let told = async || {
        let key = house.engine.find_key(key.id).await.unwrap();
        house.engine.replaced_versions(&key).await.unwrap()
    };
    let versions = told().await;
    assert_eq!((versions.len(), versions[0].id), (1, key.generations[0].id));
    assert_eq!((versions[0].requests, versions[0].last_seen_at), (0, None), "what came before says nothing");

    for _ in 0..3 {
        sent(&house, rotated.text.expose(), [203, 0, 113, 7], None).await;
    }
    sent(&house, old.expose(), [203, 0, 113, 9], None).await;
    sent(&house, old.expose(), [198, 51, 100, 9], Some(DenialReason::InsufficientScope)).await;
    fold(&house).await;
    let version = told().await.remove(0);
    assert_eq!((version.requests, version.all_requests, version.percent()), (2, 5, 40));
    let networks: Vec<_> =
        version.networks.iter().map(|used| used.network.map(|network| network.to_string())).collect();
    assert_eq!(networks, [Some("198.51.100.0/24".to_owned()), Some("203.0.113.0/24".to_owned())]);
    assert!(!version.is_quiet(house.clock_now()));
    house.clock.advance(MINUTE * 60 * 25);
    assert!(told().await[0].is_quiet(house.clock_now()));
    house.engine.end_overlap(&ACTOR, key.id).await.unwrap();
    assert!(told().await.is_empty(), "only the newest works");
}

#[tokio::test]
async fn a_token_that_was_bought_with_a_key_is_no_version_of_it() {
    let house = House::selling("sqlite::memory:").await;
    let (key, text) = house.key().await;
    let bought = house.log_in(text.expose(), None).await.unwrap();
    house.clock.advance(Duration::from_secs(1));
    house.engine.rotate_key(&ACTOR, key.id, MINUTE).await.unwrap();
    sent(&house, bought.access.expose(), [203, 0, 113, 7], None).await;
    fold(&house).await;
    let key = house.engine.find_key(key.id).await.unwrap();
    let versions = house.engine.replaced_versions(&key).await.unwrap();
    assert_eq!((versions[0].requests, versions[0].all_requests), (0, 0));
    let sums = house
        .engine
        .usage(UsageQuery {
            grain: Grain::Hour,
            credential: Some(key.id.to_string()),
            ..minutes(&house, Some(UsagePart::Network))
        })
        .await
        .unwrap();
    assert_eq!(sums.len(), 1, "but it is the key's use");
}

#[tokio::test]
async fn usage_goes_when_its_grain_is_kept_no_longer() {
    let house = House::in_memory().await;
    house.engine.note_use(&Use {
        api: house.api.id,
        principal: None,
        address: None,
        route: None,
        status: Some(401),
        reason: Some(DenialReason::Missing),
        took: None,
    });
    house.engine.run(std::future::ready(())).await;
    house.engine.fold_usage().await.unwrap();
    let asked = UsageQuery { workspace: None, ..minutes(&house, None) };
    let count = async |grain: Grain| {
        let from = grain.floor(asked.from);
        house.engine.usage(UsageQuery { grain, from, ..asked.clone() }).await.unwrap().len()
    };
    house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!((count(Grain::Minute).await, count(Grain::Hour).await, count(Grain::Day).await), (1, 1, 1));
    house.clock.advance(MINUTE * 60 * 25);
    house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!((count(Grain::Minute).await, count(Grain::Hour).await, count(Grain::Day).await), (0, 1, 1));
    house.clock.advance(MINUTE * 60 * 24 * 40);
    house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!((count(Grain::Hour).await, count(Grain::Day).await), (0, 1));
}

#[tokio::test]
async fn a_question_that_would_have_an_endless_answer_is_refused() {
    let house = House::in_memory().await;
    let asked = minutes(&house, None);
    let backwards = UsageQuery { to: asked.from, ..asked.clone() };
    assert!(matches!(house.engine.usage(backwards).await, Err(UsageError::Backwards)));
    let ages = UsageQuery { from: Timestamp::from_seconds(0), ..asked };
    assert!(matches!(house.engine.usage(ages.clone()).await, Err(UsageError::TooFine(Grain::Minute))));
    let days = UsageQuery { grain: Grain::Day, from: ages.to.minus(MINUTE * 60 * 24 * 400), ..ages };
    assert!(house.engine.usage(days).await.unwrap().is_empty());
}
