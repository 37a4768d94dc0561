//! Credits: given, taken once for each request, and given back.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{AnchorDay, ChargeId, ChargeState, DenialReason, Facts, Timestamp, WorkspaceId};
use claviger_engine::{CreditError, Engine, NewCreditGrant};
use claviger_testkit::FakeClock;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::house::{ACTOR, House, policy, postgres};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn id(text: &str) -> ChargeId {
    text.parse().unwrap()
}

async fn give(house: &House, amount: u32, lasts: Option<Duration>) {
    let expires_at = lasts.map(|lasts| house.clock_now().plus(lasts));
    let new = NewCreditGrant { amount: n(amount), note: None, expires_at };
    house.engine.grant_credits(&ACTOR, house.workspace.id, new, None).await.unwrap();
}

async fn available(house: &House) -> u64 {
    house.engine.show_credits(house.workspace.id).await.unwrap().available
}

async fn reserve(house: &House, name: &str, amount: u32) -> Result<ChargeState, CreditError> {
    let wanted = (n(amount), HOUR);
    let charge = house.engine.reserve_credits(house.workspace.id, id(name), wanted).await?;
    Ok(charge.state)
}

#[tokio::test]
async fn a_charge_happens_once_however_often_it_is_asked_for() {
    let house = House::in_memory().await;
    give(&house, 10, None).await;
    for _ in 0..3 {
        assert_eq!(reserve(&house, "a", 6).await.unwrap(), ChargeState::Reserved);
    }
    assert_eq!(available(&house).await, 4);
    assert!(matches!(reserve(&house, "a", 5).await, Err(CreditError::OtherAmount)));
    assert!(matches!(reserve(&house, "b", 5).await, Err(CreditError::Exhausted { available: 4 })));
    house.engine.commit_charge(house.workspace.id, &id("a")).await.unwrap();
    assert_eq!(reserve(&house, "a", 6).await.unwrap(), ChargeState::Committed);
    assert_eq!(available(&house).await, 4);
}

#[tokio::test]
async fn a_refund_goes_back_to_where_it_came_from() {
    let house = House::in_memory().await;
    give(&house, 5, None).await;
    give(&house, 5, Some(DAY)).await;
    reserve(&house, "a", 7).await.unwrap();
    let left = |house: &House| {
        let (engine, workspace) = (house.engine.clone(), house.workspace.id);
        async move {
            let grants = engine.show_credits(workspace).await.unwrap().grants;
            grants.iter().map(|grant| grant.remaining).collect::<Vec<_>>()
        }
    };
    assert_eq!(left(&house).await, [0, 3], "what ends first is spent first");
    for _ in 0..2 {
        house.engine.refund_charge(house.workspace.id, &id("a")).await.unwrap();
    }
    assert_eq!(left(&house).await, [5, 5]);
    let late = house.engine.commit_charge(house.workspace.id, &id("a")).await;
    assert!(matches!(late, Err(CreditError::Settled(ChargeState::Refunded))));
}

#[tokio::test]
async fn a_refill_comes_on_its_day_once_and_does_not_pile_up() {
    let house = House::in_memory().await;
    // It is 2027-01-15T08:00:00Z.
    let refill = (n(100), AnchorDay::try_from(31).unwrap());
    let set = house.engine.set_credit_refill(&ACTOR, house.workspace.id, refill).await.unwrap();
    assert_eq!(set.next_at, Timestamp::parse_rfc3339("2027-01-31T00:00:00Z").unwrap());
    assert_eq!(available(&house).await, 0);
    house.clock.advance(DAY * 16);
    assert_eq!(available(&house).await, 100);
    reserve(&house, "a", 30).await.unwrap();
    assert_eq!(available(&house).await, 70);
    // February's comes on its last day, when January's ends.
    house.clock.advance(DAY * 28);
    assert_eq!(available(&house).await, 100);
    // Whoever sleeps through three months has one month's credits.
    house.clock.advance(DAY * 100);
    reserve(&house, "b", 1).await.unwrap();
    assert_eq!(available(&house).await, 99);
    house.engine.remove_credit_refill(&ACTOR, house.workspace.id).await.unwrap();
    house.clock.advance(DAY * 40);
    assert_eq!(available(&house).await, 0);
}

#[tokio::test]
async fn what_nobody_commits_is_given_back() {
    let house = House::in_memory().await;
    give(&house, 10, None).await;
    reserve(&house, "a", 6).await.unwrap();
    reserve(&house, "b", 4).await.unwrap();
    house.engine.commit_charge(house.workspace.id, &id("b")).await.unwrap();
    house.clock.advance(HOUR - Duration::from_secs(1));
    house.engine.clean_up().await.unwrap();
    assert_eq!(available(&house).await, 0);
    house.clock.advance(DAY);
    house.engine.clean_up().await.unwrap();
    assert_eq!(available(&house).await, 6);
    assert!(matches!(
        house.engine.commit_charge(house.workspace.id, &id("a")).await,
        Err(CreditError::Settled(ChargeState::Refunded))
    ));
}

#[tokio::test]
async fn a_request_that_costs_credits_is_allowed_only_with_some() {
    let house = House::in_memory().await;
    let (_, key) = house.key().await;
    let facts = Facts { credits: Some(n(4)), ..Facts::none() };
    assert_eq!(house.ask(key.expose(), &facts).await.code(), "CREDITS_EXHAUSTED");
    give(&house, 9, None).await;
    let first = house.ask(key.expose(), &facts).await;
    let second = house.ask(key.expose(), &facts).await;
    assert_eq!((first.code(), second.code()), ("VALID", "VALID"));
    let third = house.ask(key.expose(), &facts).await;
    assert_eq!(third.denial().unwrap().reason, DenialReason::CreditsExhausted);
    assert_eq!(available(&house).await, 1);
    house.engine.conclude_charge(house.workspace.id, &first.charge.unwrap(), false).await;
    house.engine.conclude_charge(house.workspace.id, &second.charge.unwrap(), true).await;
    assert_eq!(available(&house).await, 5);
    assert_eq!(house.code(&key).await, "VALID", "what costs nothing needs nothing");
}

#[tokio::test]
async fn callers_at_once_never_spend_more_than_there_is() {
    for url in ["sqlite::memory:".to_owned(), postgres()] {
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let house = House::with(&url, 1, clock, policy()).await;
        give(&house, 25, Some(DAY)).await;
        give(&house, 25, None).await;
        let charges = (0..40).map(|caller| {
            let (engine, workspace): (Engine, WorkspaceId) = (house.engine.clone(), house.workspace.id);
            tokio::spawn(async move {
                // Each id is asked for twice.
                let id = id(&format!("c-{}", caller / 2));
                engine.reserve_credits(workspace, id, (n(3), HOUR)).await
            })
        });
        let mut made = BTreeMap::new();
        for charge in charges.collect::<Vec<_>>() {
            match charge.await.unwrap() {
                Ok(charge) => {
                    made.insert(charge.id.clone(), charge);
                }
                Err(CreditError::Exhausted { available }) => assert!(available < 3),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(made.len(), 16, "{url}");
        assert_eq!(available(&house).await, 2, "{url}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Give(u32, Option<u32>),
    Reserve(u8, u32),
    Commit(u8),
    Refund(u8),
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (1_u32..20, prop::option::of(1_u32..50)).prop_map(|(amount, hours)| Step::Give(amount, hours)),
        5 => (0_u8..12, 1_u32..12).prop_map(|(id, amount)| Step::Reserve(id, amount)),
        2 => (0_u8..12).prop_map(Step::Commit),
        2 => (0_u8..12).prop_map(Step::Refund),
        1 => (0_u32..20).prop_map(Step::Wait),
    ]
}

/// A plain ledger: grants in order of their end, and from which of them each charge came.
#[derive(Default)]
struct Model {
    now: u32,
    /// End in hours, order of giving, what is left.
    grants: Vec<(u32, usize, u32)>,
    charges: BTreeMap<u8, Charged>,
}

struct Charged {
    amount: u32,
    state: ChargeState,
    /// As many of each grant, by the order of giving.
    parts: Vec<(usize, u32)>,
}

impl Model {
    fn available(&self) -> u64 {
        self.grants.iter().filter(|(end, ..)| *end > self.now).map(|(_, _, left)| u64::from(*left)).sum()
    }

    fn reserve(&mut self, id: u8, amount: u32) -> bool {
        if let Some(earlier) = self.charges.get(&id) {
            return earlier.amount == amount;
        }
        if self.available() < amount.into() {
            return false;
        }
        let (mut wanted, mut parts) = (amount, Vec::new());
        self.grants.sort();
        for (_, given, left) in self.grants.iter_mut().filter(|(end, ..)| *end > self.now) {
            let part = wanted.min(*left);
            (*left, wanted) = (*left - part, wanted - part);
            parts.push((*given, part));
        }
        self.charges.insert(id, Charged { amount, state: ChargeState::Reserved, parts });
        true
    }

    fn settle(&mut self, id: u8, to: ChargeState) -> bool {
        let Some(Charged { state, parts, .. }) = self.charges.get_mut(&id) else { return false };
        if *state == to {
            return true;
        }
        if !state.may_become(to) {
            return false;
        }
        *state = to;
        if to == ChargeState::Refunded {
            for (given, part) in parts {
                self.grants.iter_mut().find(|(_, other, _)| other == given).unwrap().2 += *part;
            }
        }
        true
    }
}

async fn follow(house: &House, model: &mut Model, step: Step) -> bool {
    let (engine, workspace) = (&house.engine, house.workspace.id);
    let name = |number: u8| id(&format!("c-{number}"));
    let (did, should) = match step {
        Step::Give(amount, hours) => {
            // No two in one instant, so that the order of ids is that of giving.
            house.clock.advance(Duration::from_millis(1));
            give(house, amount, hours.map(|hours| HOUR * hours)).await;
            let given = model.grants.len();
            model.grants.push((hours.map_or(u32::MAX, |hours| model.now + hours), given, amount));
            (true, true)
        }
        Step::Reserve(number, amount) => {
            let made = engine.reserve_credits(workspace, name(number), (n(amount), DAY * 365)).await;
            (made.is_ok(), model.reserve(number, amount))
        }
        Step::Commit(number) => {
            let done = engine.commit_charge(workspace, &name(number)).await;
            (done.is_ok(), model.settle(number, ChargeState::Committed))
        }
        Step::Refund(number) => {
            let done = engine.refund_charge(workspace, &name(number)).await;
            (done.is_ok(), model.settle(number, ChargeState::Refunded))
        }
        Step::Wait(hours) => {
            house.clock.advance(HOUR * hours);
            model.now += hours;
            (true, true)
        }
    };
    did == should
}

#[test]
fn whatever_happens_the_balance_is_what_a_plain_ledger_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&prop::collection::vec(step(), 1..60), |steps| {
            runtime.block_on(async {
                let house = House::in_memory().await;
                let mut model = Model::default();
                for step in steps {
                    let said = format!("{step:?}");
                    prop_assert!(follow(&house, &mut model, step).await, "{said}");
                    prop_assert_eq!(available(&house).await, model.available(), "after {}", said);
                }
                Ok(())
            })
        })
        .unwrap();
}
