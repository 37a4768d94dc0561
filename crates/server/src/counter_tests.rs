use claviger_domain::LimitName;
use claviger_testkit::redis::Redis;

use super::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn limit(requests: u32, pace: Pace) -> Limit {
    let name: LimitName = "test".parse().unwrap();
    Limit { pace, ..Limit::even(name, n(requests), n(60)) }
}

async fn lease(counter: &RedisCounter, limit: &Limit, need: u32, want: u32) -> LeaseAnswer {
    let question = LeaseQuestion { name: "a", limit, need: n(need), want: n(want) };
    counter.lease(question).await.unwrap()
}

/// Several paces that last longer than the test.
fn paces() -> [Pace; 4] {
    let hour = n(3_600);
    [
        Pace::Even { per_seconds: hour, burst: n(100) },
        Pace::Rolling { per_seconds: hour },
        Pace::Day,
        Pace::Month,
    ]
}

#[tokio::test]
async fn nobody_is_given_more_than_is_left_and_others_are_left_three_quarters() {
    for pace in paces() {
        let redis = Redis::start().await.unwrap();
        let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
        let limit = limit(100, pace);
        let first = lease(&counter, &limit, 1, 1_000).await;
        assert_eq!((first.granted, first.remaining, first.retry_after), (25, 75, None), "{pace:?}");
        assert!(!first.reset_after.is_zero());
        assert_eq!(lease(&counter, &limit, 60, 60).await.granted, 60, "what a request needs it gets");
        let refused = lease(&counter, &limit, 16, 16).await;
        assert_eq!((refused.granted, refused.remaining), (0, 15), "{pace:?}");
        assert!(refused.retry_after.is_some_and(|wait| !wait.is_zero()), "{pace:?}");
        assert_eq!(lease(&counter, &limit, 15, 15).await.granted, 15, "a refusal took nothing");
        assert_eq!(lease(&counter, &limit, 1, 1).await.granted, 0);
    }
}

#[tokio::test]
async fn a_burst_comes_back_at_its_pace() {
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let limit = limit(60, Pace::Even { per_seconds: n(60), burst: n(2) });
    assert_eq!(lease(&counter, &limit, 2, 2).await.granted, 2);
    let refused = lease(&counter, &limit, 1, 1).await;
    let wait = refused.retry_after.unwrap();
    assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
    tokio::time::sleep(wait).await;
    assert_eq!(lease(&counter, &limit, 1, 1).await.granted, 1);
    let never = lease(&counter, &limit, 3, 3).await;
    assert_eq!((never.granted, never.retry_after), (0, Some(Duration::from_secs(2))));
}

#[tokio::test]
async fn a_refusal_that_counts_is_charged() {
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let even = limit(10, Pace::Even { per_seconds: n(3_600), burst: n(10) });
    let strict = Limit { counts_refused: true, ..even };
    assert_eq!(lease(&counter, &strict, 6, 6).await.granted, 6);
    assert_eq!(lease(&counter, &strict, 6, 6).await.granted, 0);
    assert_eq!(lease(&counter, &strict, 1, 1).await.granted, 0, "the refusal has spent the rest");
}

#[tokio::test]
async fn every_key_ends_by_itself() {
    for pace in paces() {
        let redis = Redis::start().await.unwrap();
        let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
        lease(&counter, &limit(100, pace), 1, 1).await;
        let mut connection = counter.connect().await.unwrap().connection;
        let left: i64 = redis::cmd("PTTL").arg("a").query_async(&mut connection).await.unwrap();
        assert!(left > 0, "{pace:?}: {left}");
    }
}

#[tokio::test]
async fn the_calendar_of_the_script_is_ours() {
    use claviger_domain::{Calendar, Period};
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let answer = lease(&counter, &limit(100, Pace::Month), 1, 1).await;
    let now = crate::effects::Effects::system().clock.now();
    let (_, left) = Calendar::new(n(100), Period::Month).take(Calendar::FRESH, n(1), now);
    let apart = now
        .plus(answer.reset_after)
        .since(left.reset_at)
        .max(left.reset_at.since(now.plus(answer.reset_after)));
    assert!(apart < Duration::from_secs(60), "{apart:?}");
}

/// How many connections it has served, this one included.
async fn connections(redis: &Redis) -> u64 {
    let stats = redis.ask("INFO stats").await.unwrap();
    stats.lines().find_map(|line| line.strip_prefix("total_connections_received:")?.parse().ok()).unwrap()
}

#[tokio::test]
async fn a_connection_that_broke_is_made_again_and_a_script_that_is_unknown_is_sent() {
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let limit = limit(100, Pace::Day);
    for (round, remaining) in [99, 98, 97].into_iter().enumerate() {
        let answer = lease(&counter, &limit, 1, 1).await;
        assert_eq!((answer.granted, answer.remaining), (1, remaining), "{round}");
        redis.ask("SCRIPT FLUSH").await.unwrap();
        redis.ask("CLIENT KILL TYPE normal").await.unwrap();
    }
}

#[tokio::test]
async fn those_who_find_the_connection_broken_at_once_share_the_next() {
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let limit = limit(100, Pace::Day);
    lease(&counter, &limit, 1, 1).await;
    redis.ask("CLIENT KILL TYPE normal").await.unwrap();
    let before = connections(&redis).await;
    let asked = (0..20).map(|_| lease(&counter, &limit, 1, 1));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.granted == 1));
    assert_eq!(connections(&redis).await, before + 2, "one for all of them, and one to ask this");
}

#[tokio::test]
async fn a_counter_that_began_again_is_asked_at_once() {
    let redis = Redis::start().await.unwrap();
    let counter = RedisCounter::new(&redis.url(), PATIENCE).unwrap();
    let limit = limit(100, Pace::Day);
    assert_eq!(lease(&counter, &limit, 40, 40).await.remaining, 60);
    let _redis = redis.kill().unwrap().start_again().await.unwrap();
    assert_eq!(lease(&counter, &limit, 1, 1).await.remaining, 99, "it knows nothing more");
}

#[tokio::test]
async fn a_counter_that_is_away_is_an_error_soon_and_works_again_when_it_is_back() {
    let redis = Redis::start().await.unwrap();
    let url = redis.url();
    let counter = RedisCounter::new(&url, Duration::from_millis(200)).unwrap();
    let limit = limit(10, Pace::Day);
    assert_eq!(lease(&counter, &limit, 1, 1).await.granted, 1);
    let killed = redis.kill().unwrap();
    let question = LeaseQuestion { name: "a", limit: &limit, need: n(1), want: n(1) };
    assert!(counter.lease(question).await.is_err());
    let _redis = killed.start_again().await.unwrap();
    assert_eq!(lease(&counter, &limit, 1, 1).await.granted, 1);
    assert!(RedisCounter::new("redis:/nonsense", PATIENCE).is_err());
    assert!(!format!("{:?}", RedisCounter::new("redis://:hunter2@127.0.0.1/", PATIENCE)).contains("hunter2"));
}
