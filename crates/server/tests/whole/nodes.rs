//! Two processes on one PostgreSQL.

use std::time::{Duration, Instant};

use claviger_testkit::Postgres;
use claviger_testkit::upstream::Upstream;
use serde_json::json;

use crate::client::eventually;
use crate::house::House;
use crate::server::{Key, Server};

async fn status(server: &Server, key: &Key) -> u16 {
    server.call("GET my-api.localhost/v1/things").bearer(&key.text).send().await.status
}

async fn two_nodes() -> (Server, Server, Upstream, House) {
    let upstream = Upstream::echoing().await.unwrap();
    let database = tokio::task::spawn_blocking(|| Postgres::shared().fresh_database()).await.unwrap();
    let house = House::new(upstream.address()).await.with("DATABASE__URL", database);
    // Two nodes of a new version start together, and each may find the schema half made by the other.
    let (first, second) = tokio::join!(house.run(&["migrate"]), house.run(&["migrate"]));
    assert_eq!((first.code, second.code), (Some(0), Some(0)), "{first:?} {second:?}");
    house.local_token().await;
    let (one, two) = tokio::join!(house.serve(), house.serve());
    (one, two, upstream, house)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_is_waited_for_holds_on_every_node_at_once() {
    let (one, two, _upstream, _house) = two_nodes().await;
    for _ in 0..3 {
        let key = one.key("my-api", &json!({"scopes": ["read"]})).await;
        assert_eq!((status(&one, &key).await, status(&two, &key).await), (200, 200));
        let revoked = one.post(&format!("/v1/keys/{}/revoke", key.id), &json!({"wait": true})).await;
        assert_eq!(revoked["receipt"], json!({"nodes": 2, "confirmed": 2, "complete": true}));
        assert_eq!((status(&two, &key).await, status(&one, &key).await), (401, 401));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_change_reaches_the_other_node_within_a_second() {
    let (one, two, _upstream, _house) = two_nodes().await;
    let key = one.key("my-api", &json!({"scopes": ["read"]})).await;
    assert_eq!(status(&two, &key).await, 200);
    let path = |verb: &str| format!("/v1/keys/{}/{verb}", key.id);
    let workspace = |verb: &str| format!("/v1/workspaces/{}/{verb}", key.workspace);
    for (change, expected) in [
        (path("disable"), 401),
        (path("enable"), 200),
        (workspace("suspend"), 401),
        (workspace("resume"), 200),
        (path("revoke"), 401),
    ] {
        one.post(&change, &json!({})).await;
        let begin = Instant::now();
        eventually(&change, async || status(&two, &key).await == expected).await;
        assert!(begin.elapsed() < Duration::from_secs(1), "{change} took {:?}", begin.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_died_holds_a_receipt_up_no_longer_than_its_lease() {
    let upstream = Upstream::echoing().await.unwrap();
    let database = tokio::task::spawn_blocking(|| Postgres::shared().fresh_database()).await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("DATABASE__URL", database)
        .with("VERIFY__LEASE", "1s")
        .with("VERIFY__POLL", "200ms");
    house.local_token().await;
    let (one, two) = (house.serve().await, house.serve().await);
    let key = one.key("my-api", &json!({"scopes": ["read"]})).await;
    assert_eq!((status(&one, &key).await, status(&two, &key).await), (200, 200));
    two.kill();
    let revoked = one.post(&format!("/v1/keys/{}/revoke", key.id), &json!({"wait": true})).await;
    assert_eq!(revoked["receipt"]["complete"], true, "{revoked}");
    assert_eq!(status(&one, &key).await, 401);
}
