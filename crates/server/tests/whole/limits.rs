//! Limits that two processes count together, by a real Valkey or Redis.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use claviger_testkit::Postgres;
use claviger_testkit::redis::Redis;
use claviger_testkit::upstream::Upstream;
use serde_json::{Value, json};

use crate::client::eventually;
use crate::house::House;
use crate::server::{Key, Server};

/// How long a node waits for the counter: the most that may be set.
const PATIENCE: Duration = Duration::from_secs(1);
/// The patience, and time for a busy machine; those who wait for each other would take longer.
const SLOWEST: Duration = Duration::from_secs(8);

struct Pair {
    nodes: [Server; 2],
    key: Key,
    slowest: Mutex<Duration>,
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
        .with("LIMITS__PATIENCE", format!("{}s", PATIENCE.as_secs()));
    house.local_token().await;
    let (one, two) = (house.serve().await, house.serve().await);
    let key = one.key("my-api", &json!({"scopes": ["read"], "limits": limits})).await;
    let slowest = Mutex::default();
    Pair { nodes: [one, two], key, slowest, _upstream: upstream, _house: house }
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
        let begin = Instant::now();
        let call = self.nodes[node].call("GET my-api.localhost/v1/things").bearer(&self.key.text);
        let status = call.send().await.status;
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = (*slowest).max(begin.elapsed());
        status
    }

    /// How long the slowest request took.
    fn slowest(&self) -> Duration {
        *self.slowest.lock().unwrap()
    }

    /// A number that a node tells of itself.
    async fn number(&self, node: usize, name: &str) -> u64 {
        let metrics = self.nodes[node].manage("GET /metrics").send().await;
        let found = metrics.text().lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        found.unwrap_or_else(|| panic!("{name}: {metrics:?}"))
    }

    /// Asks both nodes until each says that the counter answers, or that it does not. How many were let through meanwhile.
    async fn until_counter(&self, is_there: bool) -> usize {
        let mut passed = 0;
        for node in 0..2 {
            eventually("what the node says of the counter", async || {
                passed += usize::from(self.status(node).await == 200);
                self.number(node, AVAILABLE).await == u64::from(is_there)
            })
            .await;
        }
        passed
    }
}

const AVAILABLE: &str = "claviger_limits_shared_available ";
const FAILURES: &str = "claviger_limits_shared_failures_total ";

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
async fn a_connection_that_was_cut_and_a_script_that_was_forgotten_cost_nobody_anything() {
    let redis = Redis::start().await.unwrap();
    let limit = json!({"name": "own", "requests": 200, "per_seconds": 86_400, "when_unavailable": "closed"});
    let pair = pair(&redis.url(), json!([limit])).await;
    let mut passed = 0;
    for _ in 0..5 {
        passed += pair.let_through(10).await;
        assert_eq!(redis.ask("SCRIPT FLUSH").await.unwrap(), "+OK\r\n+OK\r\n");
        redis.ask("CLIENT KILL TYPE normal").await.unwrap();
    }
    assert!(passed <= 200, "{passed}");
    // Leases that ended unspent are lost, and on a machine that stands still for longer than the patience more.
    assert!(passed >= 100, "{passed}");
    // Each cut would be one for each node.
    let failures = pair.number(0, FAILURES).await + pair.number(1, FAILURES).await;
    assert!(failures < 4, "{failures}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_lost_its_data_lets_one_quota_more_through() {
    let redis = Redis::start().await.unwrap();
    for limit in [
        json!({"name": "own", "requests": 100, "per_seconds": 86_400}),
        json!({"name": "own", "requests": 100, "per_seconds": 86_400, "pace": "rolling"}),
        json!({"name": "own", "requests": 100, "pace": "month"}),
    ] {
        let pair = pair(&redis.url(), json!([limit])).await;
        let before = pair.let_through(10).await;
        for command in ["FLUSHALL", "SCRIPT FLUSH", "CLIENT KILL TYPE normal"] {
            redis.ask(command).await.unwrap();
        }
        let after = pair.let_through(40).await;
        assert!((60..=80).contains(&before), "{before} with {limit}");
        // What was leased before is of the first quota.
        assert!(before + after <= 200, "{after} with {limit}");
        assert!(after >= 60, "more than was left before: {after} with {limit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_died_and_came_back_empty_costs_each_node_one_quota_and_one_for_all() {
    const QUOTA: usize = 40;
    let redis = Redis::start().await.unwrap();
    let limit = json!({"name": "own", "requests": QUOTA, "per_seconds": 86_400});
    let pair = pair(&redis.url(), json!([limit])).await;
    let before = pair.let_through(3).await;
    assert_eq!(before, 24);
    let killed = redis.kill().unwrap();
    let away = pair.until_counter(false).await + pair.let_through(20).await;
    assert!((2 * QUOTA - 2..=3 * QUOTA - before).contains(&away), "{away}");
    let redis = killed.start_again().await.unwrap();
    let back = pair.until_counter(true).await + pair.let_through(20).await;
    assert!(before + away + back <= 4 * QUOTA, "{before} {away} {back}");
    assert!(back >= QUOTA * 8 / 10, "{back}");
    assert!(pair.slowest() < SLOWEST, "{:?}", pair.slowest());
    for node in &pair.nodes {
        let readiness = node.call("GET 127.0.0.1/readyz").send().await;
        assert_eq!((readiness.status, readiness.text()), (200, "ok\n"));
        assert!(node.log().contains("the shared counter of limits answers again"));
    }
    drop(redis);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_longer_than_the_patience_for_a_counter_that_hangs() {
    const QUOTA: usize = 40;
    let redis = Redis::start().await.unwrap();
    let limits = ["one", "two"].map(|name| json!({"name": name, "requests": QUOTA, "per_seconds": 86_400}));
    let pair = pair(&redis.url(), json!(limits)).await;
    assert_eq!(pair.let_through(1).await, 8);
    // It takes connections and answers nothing that writes.
    redis.ask("CLIENT PAUSE 600000 WRITE").await.unwrap();
    let begin = Instant::now();
    let passed = pair.let_through(20).await;
    assert!(passed <= 3 * QUOTA - 8, "{passed}");
    assert!(pair.slowest() >= PATIENCE, "somebody asked it");
    assert!(pair.slowest() < SLOWEST, "{:?}", pair.slowest());
    for node in 0..2 {
        let waited = pair.number(node, FAILURES).await;
        // At first whoever is on the way; then one request in a second, whatever comes meanwhile.
        assert!(waited <= 4 + begin.elapsed().as_secs(), "{waited} of 80 waited");
    }
    redis.ask("CLIENT UNPAUSE").await.unwrap();
    pair.until_counter(true).await;
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
