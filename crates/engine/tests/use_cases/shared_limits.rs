//! Limits that nodes count together, with a counter that a test can switch off.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_domain::{Facts, KindSet, Limit, Presented, Timestamp, WhenUnavailable};
use claviger_engine::{CounterAway, LeaseAnswer, LeaseQuestion, Options, Question, SharedCounter};
use claviger_testkit::FakeClock;
use futures_util::future::BoxFuture;

use crate::house::{House, limit, policy};

/// Counts in this process, and never gives anything back.
#[derive(Debug, Default)]
struct Counter {
    used: Mutex<HashMap<String, u32>>,
    is_away: AtomicBool,
    calls: AtomicU64,
}

impl SharedCounter for Counter {
    fn lease<'c>(&'c self, question: LeaseQuestion<'c>) -> BoxFuture<'c, Result<LeaseAnswer, CounterAway>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if self.is_away.load(Ordering::Relaxed) {
                return Err(CounterAway("switched off".to_owned()));
            }
            let mut used = self.used.lock().unwrap();
            let used = used.entry(question.name.to_owned()).or_default();
            let room = question.limit.requests.get() - *used;
            let need = question.need.get();
            let granted = if need <= room { need.max(question.want.get().min(room / 4)) } else { 0 };
            *used += granted;
            let wait = Duration::from_secs(10);
            Ok(LeaseAnswer {
                granted,
                remaining: room - granted,
                reset_after: wait,
                retry_after: (granted == 0).then_some(wait),
            })
        })
    }
}

async fn nodes(counter: &Arc<Counter>, limits: Vec<Limit>) -> (House, String) {
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let options = Options { shared_counter: Some(Arc::clone(counter) as _), ..Options::default() };
    let house = House::with_options("sqlite::memory:", (1, options), clock, policy()).await;
    let key = house.issue(|new| new.limits = limits).await.unwrap();
    (house, key.text.expose().to_owned())
}

async fn code(house: &House, key: &str) -> &'static str {
    house.ask(key, &Facts::none()).await.code()
}

#[tokio::test]
async fn together_nodes_let_through_what_one_would_and_rarely_ask() {
    let counter = Arc::new(Counter::default());
    let (house, key) = nodes(&counter, vec![limit("own", 2_000, 600)]).await;
    let facts = Facts::none();
    let presented = Presented::Text { bytes: key.as_bytes(), kinds: KindSet::ANY };
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
    let mut passed = 0;
    for _ in 0..2_500 {
        let decision = match house.engine.verify_now(&question) {
            Some(decision) => decision,
            None => house.engine.verify(&question).await.unwrap(),
        };
        passed += usize::from(decision.code() == "VALID");
    }
    assert_eq!(passed, 2_000);
    let calls = counter.calls.load(Ordering::Relaxed);
    // 1, 2, 4 … 100 at a time; near the end, where only a quarter of the rest is given, less.
    assert!(calls < 60, "{calls} round trips for 2500 requests");
    assert_eq!(house.engine.shared_counter().unwrap().calls, calls);
}

#[tokio::test]
async fn a_request_that_one_limit_refuses_gives_back_what_it_took_of_the_others() {
    let counter = Arc::new(Counter::default());
    let (house, key) = nodes(&counter, vec![limit("wide", 5, 600), limit("narrow", 1, 600)]).await;
    assert_eq!(code(&house, &key).await, "VALID");
    for _ in 0..20 {
        assert_eq!(code(&house, &key).await, "RATE_LIMITED");
    }
    let used: Vec<u32> = counter.used.lock().unwrap().values().copied().collect();
    assert!(used.iter().all(|used| *used <= 2), "{used:?}");
}

#[tokio::test]
async fn each_limit_says_what_happens_while_the_counter_is_away() {
    for (when, codes) in [
        (WhenUnavailable::Local, ["VALID", "VALID", "RATE_LIMITED"]),
        (WhenUnavailable::Open, ["VALID", "VALID", "VALID"]),
        (WhenUnavailable::Closed, ["RATE_LIMITED", "RATE_LIMITED", "RATE_LIMITED"]),
    ] {
        let counter = Arc::new(Counter::default());
        counter.is_away.store(true, Ordering::Relaxed);
        let limit = Limit { when_unavailable: when, ..limit("own", 2, 3_600) };
        let (house, key) = nodes(&counter, vec![limit]).await;
        for expected in codes {
            assert_eq!(code(&house, &key).await, expected, "{when:?}");
        }
        assert_eq!(counter.calls.load(Ordering::Relaxed), 1, "nobody waits for it again at once");
        assert!(!house.engine.shared_counter().unwrap().is_available);
        house.clock.advance(Duration::from_secs(1));
        for _ in 0..3 {
            code(&house, &key).await;
        }
        assert_eq!(counter.calls.load(Ordering::Relaxed), 2, "one request in a second asks again");
        counter.is_away.store(false, Ordering::Relaxed);
        house.clock.advance(Duration::from_secs(1));
        assert_eq!(code(&house, &key).await, "VALID", "{when:?}");
        assert!(house.engine.shared_counter().unwrap().is_available);
    }
}

#[tokio::test]
async fn a_counter_that_lost_its_data_begins_again() {
    let counter = Arc::new(Counter::default());
    let (house, key) = nodes(&counter, vec![limit("own", 1, 3_600)]).await;
    assert_eq!((code(&house, &key).await, code(&house, &key).await), ("VALID", "RATE_LIMITED"));
    counter.used.lock().unwrap().clear();
    house.clock.advance(Duration::from_secs(10));
    assert_eq!((code(&house, &key).await, code(&house, &key).await), ("VALID", "RATE_LIMITED"));
}
