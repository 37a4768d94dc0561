//! Limits that two processes count together, by a real Valkey or Redis.

use claviger_testkit::Postgres;
use claviger_testkit::redis::Redis;
use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};

use crate::client::eventually;
use crate::house::House;
use crate::server::{Key, Server};

struct Pair {
    nodes: [Server; 2],
    key: Key,
    _upstream: Upstream,
    _house: House,
}

/// Two nodes that count together, and a key with these limits.
async fn pair(redis: &str, limits: Value) -> Pair {
    let upstream = Upstream::echoing().await.unwrap();
    let database = tokio::task::spawn_blocking(|| Postgres::shared().fresh_database()).await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("DATABASE__URL", database)
        .with("LIMITS__SHARED", redis)
        .with("LIMITS__PATIENCE", "1s");
    house.local_token().await;
    let (one, two) = (house.serve().await, house.serve().await);
    let key = one.key("my-api", &json!({"scopes": ["read"], "limits": limits})).await;
    Pair { nodes: [one, two], key, _upstream: upstream, _house: house }
}

impl Pair {
    /// How many of so many requests each node lets through, asked by several callers at once.
    async fn let_through(&self, each: usize) -> usize {
        let callers = (0..8).map(async |caller: usize| {
            let mut passed = 0;
            for _ in 0..each {
                passed += usize::from(self.status(caller % 2).await == 200);
            }
            passed
        });
        futures_util::future::join_all(callers).await.into_iter().sum()
    }

    async fn status(&self, node: usize) -> u16 {
        self.nodes[node].call("GET my-api.localhost/v1/things").bearer(&self.key.text).send().await.status
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_let_through_more_than_the_quota() {
    let redis = Redis::start().await.unwrap();
    // Longer than the test, so that nothing comes back meanwhile.
    for limit in [
        json!({"name": "own", "requests": 200, "per_seconds": 86_400}),
        json!({"name": "own", "requests": 200, "per_seconds": 86_400, "pace": "rolling"}),
        json!({"name": "own", "requests": 200, "pace": "month"}),
    ] {
        let pair = pair(&redis.url(), json!([limit])).await;
        let passed = pair.let_through(50).await;
        assert!(passed <= 200, "{passed} with {limit}");
        // What one node holds and the other could have used is a twentieth of the quota at most, for five seconds.
        assert!(passed >= 190, "{passed} with {limit}");
        let metrics = pair.nodes[0].manage("GET /metrics").send().await;
        assert!(metrics.text().contains("claviger_limits_shared_available 1"), "{metrics:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_counter_is_away_nodes_go_on_and_say_so() {
    let redis = Redis::start().await.unwrap();
    let limit = json!({"name": "own", "requests": 5, "per_seconds": 86_400});
    let closed = json!({"name": "own", "requests": 5, "pace": "day", "when_unavailable": "closed"});
    let pair = pair(&redis.url(), json!([limit])).await;
    let strict = pair.nodes[0].key("my-api", &json!({"scopes": ["read"], "limits": [closed]})).await;
    assert_eq!(pair.status(0).await, 200);
    redis.kill().unwrap();
    let passed = pair.let_through(5).await;
    // What was leased before, and then each node's own five.
    assert!((9..=11).contains(&passed), "{passed}");
    let answer = pair.nodes[0].call("GET my-api.localhost/v1/things").bearer(&strict.text).send().await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (429, &"1".parse().unwrap()));
    let readiness = pair.nodes[0].call("GET 127.0.0.1/readyz").send().await;
    assert_eq!(
        (readiness.status, readiness.text()),
        (200, "ok\nthe shared counter of limits does not answer\n")
    );
    let said = "limits are counted as each says for when the shared counter is away";
    eventually("the log", async || pair.nodes[0].log().contains(said)).await;
    assert!(!pair.nodes[0].log().contains("panicked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_may_not_ask_our_own_endpoints_without_end() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("LIMITS__REQUESTS_PER_MINUTE", "5")
        .with("SERVER__TRUSTED_PROXIES", r#"["127.0.0.0/8"]"#);
    let server = house.serve().await;
    let key = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let from_afar = |line: &str| server.call(line).header("x-forwarded-for", "203.0.113.9");
    let mut refused = None;
    for _ in 0..30 {
        let answer = server.manage("GET /v1/keys").header("x-forwarded-for", "203.0.113.9").send().await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, 200);
    }
    let refused = refused.expect("five a minute");
    assert_eq!(refused.json()["code"], "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    let page = from_afar("GET 127.0.0.1/console").send().await;
    assert_eq!(page.status, 429, "pages and the API are counted together");
    for line in ["GET 127.0.0.1/livez", "GET 127.0.0.1/readyz"] {
        assert_eq!(from_afar(line).send().await.status, 200, "{line}");
    }
    assert_eq!(server.verify("my-api", &key.text).await["code"], "VALID");
    let call = from_afar("GET my-api.localhost/v1/things").bearer(&key.text).send().await;
    assert_eq!(call.status, 200, "what is behind the gateway has the contract's limits");
    for _ in 0..10 {
        let answer = server.manage("GET /v1/keys").send().await;
        assert_eq!(
            answer.status, 200,
            "who is on this machine is its operator, or a proxy that has many callers"
        );
    }
}
