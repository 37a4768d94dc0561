//! Resets of the test environment: once each, whole even when interrupted, and never of anything live.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Actor, Call, Environment, Facts, KeysAtReset, Membership, Policy, ResetCause, ResetCounts, ResetId,
    ResetSchedule, Role, SandboxPolicy, SandboxReset, Subscription, Timestamp, Weekday, Who,
};
use claviger_engine::{
    AuditFilter, AuthenticatedClient, NewWebhook, SandboxError, WatchedWrite, WriteWatcher, watch_writes,
};
use claviger_testkit::FakeClock;

use crate::client_tokens::{for_itself, opaque, signed, with_clients};
use crate::house::{ACTOR, House, postgres};

const DAY: Duration = Duration::from_secs(86_400);
/// A Friday, 08:00 UTC.
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn sundays() -> ResetSchedule {
    ResetSchedule { weekday: Some(Weekday::Sunday), at: "03:00".parse().unwrap() }
}

/// The next Sunday, 03:00 UTC.
fn first_sunday() -> Timestamp {
    Timestamp::parse_rfc3339("2027-01-17T03:00:00Z").unwrap()
}

fn with_resets(keys: KeysAtReset) -> Policy {
    Policy { sandbox: SandboxPolicy { schedule: Some(sundays()), keys }, ..with_clients() }
}

async fn house(url: &str) -> House {
    House::with(url, 1, FakeClock::at(START), with_resets(KeysAtReset::Keep)).await
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::house("sqlite::memory:").await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::house(&super::postgres()).await).await; })* }
    };
}

on_both! {
    a_reset_ends_what_the_test_environment_had_and_keeps_keys_and_everything_live
    a_reset_that_was_interrupted_is_finished_once
    a_reset_that_takes_long_stays_the_turn_of_the_node_that_does_it
    one_reset_goes_on_at_a_time_and_only_the_provider_asks_for_one
    the_provider_is_told_of_both_ends_in_order_and_partners_are_not
    a_week_brings_one_reset_however_the_clock_jumps
}

impl House {
    async fn client_of(&self, environment: Environment) -> AuthenticatedClient {
        self.proved_client(|new| new.environment = environment).await
    }

    /// An opaque token, and a signed one.
    async fn tokens_of(&self, client: &AuthenticatedClient) -> [String; 2] {
        let mut texts = Vec::new();
        for terms in [opaque(), signed()] {
            let issued = self.trade(client, &for_itself(Some("read")), &terms).await.unwrap();
            texts.push(issued.access.expose().to_owned());
        }
        texts.try_into().unwrap()
    }

    async fn is_valid(&self, text: &str) -> bool {
        self.ask(text, &Facts::none()).await.code() == "VALID"
    }

    async fn look(&self) -> usize {
        self.engine.reset_due_sandboxes().await.unwrap().unwrap()
    }

    async fn actions(&self) -> Vec<String> {
        let of_api = AuditFilter { object: Some(self.api.id.into()), ..AuditFilter::default() };
        let rows = self.engine.list_audit(&ACTOR, of_api, (None, 50)).await.unwrap().rows;
        let actions = rows.into_iter().rev().map(|row| row.action);
        actions.filter(|action| action.contains("sandbox")).collect()
    }
}

async fn a_reset_ends_what_the_test_environment_had_and_keeps_keys_and_everything_live(house: House) {
    let test_key = house.issue(|new| new.environment = Environment::Test).await.unwrap();
    let (_, live_key) = house.key().await;
    let [live, test] = [house.client_of(Environment::Live).await, house.client_of(Environment::Test).await];
    let (live_tokens, test_tokens) = (house.tokens_of(&live).await, house.tokens_of(&test).await);
    let bought = house.log_in(test_key.text.expose(), None).await.unwrap();
    for text in live_tokens.iter().chain(&test_tokens) {
        assert!(house.is_valid(text).await);
    }
    house.clock.advance(Duration::from_secs(1));
    let reset = house.engine.reset_sandbox(&ACTOR, house.api.id).await.unwrap();
    assert_eq!(
        (reset.cause, reset.ended_at, reset.begun_by.as_str()),
        (ResetCause::Request, Some(house.clock_now()), "local")
    );
    assert_eq!(reset.counts, ResetCounts { tokens: 3, ..ResetCounts::default() },);

    for text in test_tokens.iter().map(String::as_str).chain([bought.access.expose()]) {
        assert!(!house.is_valid(text).await, "{text}");
    }
    for text in live_tokens.iter().map(String::as_str).chain([live_key.expose(), test_key.text.expose()]) {
        assert!(house.is_valid(text).await, "{text}");
    }
    house.clock.advance(Duration::from_secs(1));
    for text in house.tokens_of(&test).await {
        assert!(house.is_valid(&text).await, "the application goes on");
    }
    let again = house.log_in(test_key.text.expose(), None).await.unwrap();
    assert_ne!(again.access.expose(), bought.access.expose());
    assert!(house.is_valid(again.access.expose()).await);
}

async fn a_reset_that_was_interrupted_is_finished_once(house: House) {
    let test = house.client_of(Environment::Test).await;
    let [opaque, signed] = house.tokens_of(&test).await;
    house.clock.advance(Duration::from_secs(1));
    let now = house.clock_now();
    let begun = SandboxReset {
        id: ResetId::from_uuid(uuid::Uuid::from_u128(7)),
        api: house.api.id,
        cause: ResetCause::Schedule,
        due_at: now,
        keys: KeysAtReset::Keep,
        begun_at: now,
        begun_by: "system".to_owned(),
        ended_at: None,
        counts: ResetCounts { tokens: 5, ..ResetCounts::default() },
    };
    // As a process leaves it that dies in the middle: five of seven are deleted.
    let row = begun.clone();
    house
        .store
        .write::<_, claviger_store::Error, _>(move |tx| {
            Box::pin(async move {
                assert!(tx.insert_sandbox_reset(&row).await?);
                assert!(tx.count_sandbox_reset(row.id, row.counts).await?);
                Ok(())
            })
        })
        .await
        .unwrap();
    let node = House::with(&house.url, 2, house.clock.clone(), with_resets(KeysAtReset::Keep)).await;
    let survivor = if house.url.starts_with("sqlite") { &house } else { &node };
    assert_eq!((survivor.look().await, survivor.look().await), (1, 0));
    let ended = survivor.engine.find_sandbox(house.api.id).await.unwrap().last.unwrap();
    assert_eq!((ended.id, ended.counts.tokens, ended.ended_at), (begun.id, 7, Some(now)));
    assert_eq!(survivor.actions().await, ["api.sandbox_reset"]);
    for text in [opaque, signed] {
        assert!(!survivor.is_valid(&text).await);
    }
}

/// Makes each write take three seconds.
struct Slow(FakeClock);

impl WriteWatcher for Slow {
    fn begin_write(&self, _: &'static str) -> Box<dyn WatchedWrite> {
        Box::new(Self(self.0.clone()))
    }
}

impl WatchedWrite for Slow {
    fn end(self: Box<Self>, _: bool) {
        self.0.advance(Duration::from_secs(3));
    }
}

async fn a_reset_that_takes_long_stays_the_turn_of_the_node_that_does_it(house: House) {
    let house = House::with(&house.url, 3, house.clock.clone(), with_resets(KeysAtReset::Revoke)).await;
    for _ in 0..60 {
        house.issue(|new| new.environment = Environment::Test).await.unwrap();
    }
    assert_eq!(house.look().await, 0);
    house.clock.set(first_sunday());
    let reset = watch_writes(Arc::new(Slow(house.clock.clone())), house.look()).await;
    let took = house.clock_now().since(first_sunday());
    assert!(reset == 1 && took > Duration::from_secs(25), "{reset} {took:?}");
    let mut read = house.store.read().await.unwrap();
    let holder = read.find_job_holder("sandbox", house.clock_now()).await.unwrap();
    assert_eq!(holder, Some(house.engine.node()), "its lease was renewed on the way");
}

async fn one_reset_goes_on_at_a_time_and_only_the_provider_asks_for_one(house: House) {
    let membership = Membership {
        account: "acc_00000000000000000000000000".parse().unwrap(),
        workspace: house.workspace.id,
        role: Role::Owner,
    };
    let owner = Actor { who: Who::Member(membership), call: Call::NONE };
    let refused = house.engine.reset_sandbox(&owner, house.api.id).await;
    assert!(matches!(refused, Err(SandboxError::NotAllowed(_))), "{refused:?}");
    let unknown = house.engine.reset_sandbox(&ACTOR, "api_00000000000000000000000000".parse().unwrap()).await;
    assert!(matches!(unknown, Err(SandboxError::UnknownApi)), "{unknown:?}");

    let (one, two) = tokio::join!(
        house.engine.reset_sandbox(&ACTOR, house.api.id),
        house.engine.reset_sandbox(&ACTOR, house.api.id)
    );
    let refused = [&one, &two].into_iter().filter(|done| matches!(done, Err(SandboxError::GoesOn))).count();
    let done = [&one, &two].into_iter().filter(|done| done.is_ok()).count();
    assert_eq!((done + refused, house.actions().await.len()), (2, 2 * done), "{one:?} {two:?}");
    assert!(done >= 1);
}

async fn the_provider_is_told_of_both_ends_in_order_and_partners_are_not(house: House) {
    let [provider, partner] = ["https://provider.example/in", "https://partner.example/in"];
    for (url, workspace) in [(provider, None), (partner, Some(house.workspace.id))] {
        let (name, address) = ("Hook".parse().unwrap(), url.parse().unwrap());
        let new = NewWebhook { workspace, name, address, events: Subscription::All };
        house.engine.create_webhook(&ACTOR, new, None).await.unwrap();
    }
    house.engine.send_due_webhooks().await.unwrap();
    house.receivers.take();
    let reset = house.engine.reset_sandbox(&ACTOR, house.api.id).await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    house.engine.send_due_webhooks().await.unwrap();
    let got = house.receivers.take();
    let told: Vec<_> = got.iter().map(|got| (got.url.as_str(), got.event())).collect();
    let expected = ["sandbox.reset_begun", "sandbox.reset"].map(|event| (provider, event.to_owned()));
    assert_eq!(told, expected);
    for (got, by) in got.iter().zip(["local", "system"]) {
        let data = &got.json()["data"];
        assert_eq!(
            (data["id"].as_str(), data["by"].as_str()),
            (Some(house.api.id.to_string().as_str()), Some(by))
        );
        assert_eq!(data["sandbox"]["reset"], reset.id.to_string());
        assert!(!got.header("webhook-signature").is_empty());
    }
    assert_eq!(got[0].json()["data"]["sandbox"]["ended_at"], serde_json::Value::Null);
}

async fn a_week_brings_one_reset_however_the_clock_jumps(house: House) {
    let api = house.api.id;
    let next = async || house.engine.find_sandbox(api).await.unwrap().next_at;
    assert_eq!((house.look().await, next().await), (0, Some(first_sunday())), "nothing was planned before");
    house.clock.advance(first_sunday().since(START) - Duration::from_micros(1));
    assert_eq!(house.look().await, 0);
    house.clock.advance(Duration::from_micros(1));
    assert_eq!((house.look().await, house.look().await), (1, 0));
    let last = house.engine.find_sandbox(api).await.unwrap().last.unwrap();
    assert_eq!((last.cause, last.due_at), (ResetCause::Schedule, first_sunday()));
    assert_eq!(next().await, Some(first_sunday().plus(7 * DAY)));
    // Back over the time it was due.
    house.clock.set(first_sunday().minus(DAY));
    assert_eq!((house.look().await, next().await), (0, Some(first_sunday().plus(7 * DAY))));
    house.clock.set(first_sunday().plus(DAY));
    assert_eq!(house.look().await, 0);
    // Over three of them.
    house.clock.advance(21 * DAY);
    assert_eq!((house.look().await, house.look().await), (1, 0));
    let last = house.engine.find_sandbox(api).await.unwrap().last.unwrap();
    assert_eq!(last.due_at, first_sunday().plus(21 * DAY));
    assert_eq!(house.actions().await.len(), 4);
}

#[tokio::test]
async fn of_two_nodes_one_resets() {
    let house = house(&postgres()).await;
    let other = House::with(&house.url, 2, house.clock.clone(), with_resets(KeysAtReset::Keep)).await;
    let looked = [
        house.engine.reset_due_sandboxes().await.unwrap(),
        other.engine.reset_due_sandboxes().await.unwrap(),
    ];
    assert_eq!(looked, [Some(0), None]);
    house.clock.advance(7 * DAY);
    let (one, two) = tokio::join!(house.engine.reset_due_sandboxes(), other.engine.reset_due_sandboxes());
    assert_eq!([one.unwrap(), two.unwrap()].into_iter().flatten().sum::<usize>(), 1);
    assert_eq!(house.actions().await, ["api.sandbox_reset_begun", "api.sandbox_reset"]);
}

#[tokio::test]
async fn another_schedule_resets_nothing_for_a_time_that_was_never_planned() {
    let house = house(&postgres()).await;
    assert_eq!(house.look().await, 0);
    house.clock.advance(2 * DAY);
    let thursdays = ResetSchedule { weekday: Some(Weekday::Thursday), ..sundays() };
    let changed = Policy {
        sandbox: SandboxPolicy { schedule: Some(thursdays), keys: KeysAtReset::Keep },
        ..with_clients()
    };
    house.engine.install_policy(changed.into()).await.unwrap();
    assert_eq!(house.look().await, 0, "last Thursday was not planned when it came");
    let next = house.engine.find_sandbox(house.api.id).await.unwrap().next_at.unwrap();
    house.clock.set(next);
    assert_eq!(house.look().await, 1);
}

#[tokio::test]
async fn a_contract_can_have_test_keys_revoked_and_only_those() {
    for url in ["sqlite::memory:".to_owned(), postgres()] {
        let house = House::with(&url, 1, FakeClock::at(START), with_resets(KeysAtReset::Revoke)).await;
        let mut test_keys = Vec::new();
        for _ in 0..60 {
            test_keys.push(house.issue(|new| new.environment = Environment::Test).await.unwrap());
        }
        let (live, text) = house.key().await;
        house.clock.advance(Duration::from_secs(1));
        let reset = house.engine.reset_sandbox(&ACTOR, house.api.id).await.unwrap();
        assert_eq!(reset.counts, ResetCounts { keys: 60, ..ResetCounts::default() });
        for issued in [&test_keys[0], &test_keys[59]] {
            assert_eq!(house.code(&issued.text).await, "REVOKED");
            let of_key = AuditFilter { object: Some(issued.key.id.into()), ..AuditFilter::default() };
            let newest = house.engine.list_audit(&ACTOR, of_key, (None, 1)).await.unwrap().rows.remove(0);
            assert_eq!((newest.action.as_str(), newest.actor.as_str()), ("key.revoked", "system"));
        }
        assert_eq!(house.code(&text).await, "VALID", "{live:?}");
    }
}
