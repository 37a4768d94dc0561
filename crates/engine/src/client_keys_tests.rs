use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

use claviger_domain::Algorithm;
use claviger_secrets::KeyPair;
use claviger_testkit::FakeClock;
use futures_util::future::BoxFuture;

use crate::fetch::{Answered, Fetched, Form, Outgoing};

const ADDRESS: &str = "https://client.example/jwks";

/// Answers with one key, named by how often it was asked.
struct Counting {
    asked: AtomicUsize,
    max_age: Option<Duration>,
    fails: bool,
}

impl Counting {
    fn new(max_age: Option<Duration>) -> Self {
        Self { asked: AtomicUsize::new(0), max_age, fails: false }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Fetch for Counting {
    fn get<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        let count = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.fails {
                return Err(FetchError::Timeout);
            }
            let jwk = KeyPair::generate(Algorithm::EdDsa).unwrap().public_jwk(&count.to_string()).unwrap();
            let body = serde_json::json!({ "keys": [jwk] }).to_string().into_bytes();
            Ok(Fetched { body, max_age: self.max_age })
        })
    }

    fn get_picture<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }

    fn may_ask(&self, _: &str) -> bool {
        false
    }

    fn post_message<'f>(
        &'f self,
        _: &'f str,
        _: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(async { Err(FetchError::Address) })
    }
}

/// The names of the keys that are found when this one is wanted.
async fn find(cache: &ClientKeyCache, fetch: &Counting, clock: &FakeClock, wanted: &str) -> String {
    let keys = cache.find((fetch, clock), ADDRESS, |key| key.id() == Some(wanted)).await.unwrap();
    keys.iter().filter_map(PublicKey::id).collect()
}

#[tokio::test]
async fn keys_are_kept_as_long_as_their_server_says_between_a_minute_and_a_day() {
    for (said, kept) in [(Some(0), 60), (None, 300), (Some(600), 600), (Some(10_000_000), 86_400)] {
        let (cache, clock) = (ClientKeyCache::default(), FakeClock::default());
        let fetch = Counting::new(said.map(Duration::from_secs));
        assert_eq!(find(&cache, &fetch, &clock, "1").await, "1");
        clock.advance(Duration::from_secs(kept - 1));
        assert_eq!(find(&cache, &fetch, &clock, "1").await, "1");
        clock.advance(Duration::from_secs(1));
        assert_eq!(find(&cache, &fetch, &clock, "1").await, "2", "{said:?}");
    }
}

#[tokio::test]
async fn an_unknown_key_has_them_read_again_once_a_minute() {
    let (cache, clock, fetch) = (ClientKeyCache::default(), FakeClock::default(), Counting::new(None));
    for _ in 0..5 {
        assert_eq!(find(&cache, &fetch, &clock, "2").await, "1");
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(find(&cache, &fetch, &clock, "2").await, "2");
    for _ in 0..5 {
        assert_eq!(find(&cache, &fetch, &clock, "3").await, "2");
    }
    assert_eq!(fetch.asked(), 2);
}

#[tokio::test]
async fn a_failure_is_remembered_for_ten_seconds() {
    let (cache, clock) = (ClientKeyCache::default(), FakeClock::default());
    let fetch = Counting { fails: true, ..Counting::new(None) };
    for _ in 0..5 {
        let error = cache.find((&fetch, &clock), ADDRESS, |_| true).await.unwrap_err();
        assert_eq!(error, FetchError::Timeout);
    }
    assert_eq!(fetch.asked(), 1);
    clock.advance(Duration::from_secs(10));
    cache.find((&fetch, &clock), ADDRESS, |_| true).await.unwrap_err();
    assert_eq!(fetch.asked(), 2);
}

#[tokio::test]
async fn however_many_wait_the_address_is_asked_once() {
    let (cache, clock, fetch) = (ClientKeyCache::default(), FakeClock::default(), Counting::new(None));
    let finds = (0..20).map(|_| find(&cache, &fetch, &clock, "1"));
    futures_util::future::join_all(finds).await;
    assert_eq!(fetch.asked(), 1);
}
