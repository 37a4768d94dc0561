//! A database that is locked, full or away.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use claviger_store::{Error, Store, StoreOptions};
use claviger_testkit::Postgres;
use claviger_testkit::upstream::Upstream;
use rustix::process::{Resource, Rlimit, prlimit};
use serde_json::json;
use tokio::sync::Notify;

use crate::client::{Answer, eventually};
use crate::house::House;
use crate::server::Server;

async fn create(server: &Server) -> Answer {
    server.manage("POST /v1/workspaces").json(&json!({"name": "A customer"})).send().await
}

fn unavailable(server: &Server, answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    assert_eq!(answer.json()["request_id"], answer.request_id());
    let line = server.line_about(answer.request_id());
    assert_eq!(line["level"], "ERROR", "{line}");
    assert!(!line["cause"].as_str().unwrap().is_empty(), "{line}");
}

async fn things(server: &Server, key: &str) -> Answer {
    server.call("GET my-api.localhost/v1/things").bearer(key).send().await
}

#[tokio::test]
async fn a_locked_database_refuses_writes_and_goes_on_verifying() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("DATABASE__LOCK_WAIT", "200ms")
        .with("DATABASE__DEADLINE", "2s");
    let server = house.serve().await;
    let known = server.key("my-api", &json!({"scopes": ["read"]})).await.text;
    // Another process that writes: a store of our own with a transaction that stays open.
    let url = format!("sqlite:{}", house.path("claviger.db").display());
    let other = Store::open(&StoreOptions::new(url.parse().unwrap())).await.unwrap();
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inner_begun, inner_go) = (Arc::clone(&begun), Arc::clone(&go));
    let held = tokio::spawn(async move {
        let work = other.write::<_, Error, _>(move |_| {
            Box::pin(async move {
                inner_begun.notify_one();
                inner_go.notified().await;
                Ok(())
            })
        });
        work.await
    });
    begun.notified().await;
    unavailable(&server, &create(&server).await);
    // Never used before: its verification reads the database.
    assert_eq!(things(&server, &known).await.status, 200);
    go.notify_one();
    // The store's own deadline may have ended the transaction already; the lock is gone either way.
    let _ = held.await.unwrap();
    eventually("a write", async || create(&server).await.status == 201).await;
}

#[tokio::test]
async fn a_full_disk_refuses_writes_loses_nothing_and_recovers() {
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address()).await;
    let server = house.serve().await;
    let known = server.key("my-api", &json!({"scopes": ["read"]})).await.text;
    // No file may grow beyond what the log of the database has now, as on a disk without room.
    let size = fs::metadata(house.path("claviger.db-wal")).unwrap().len();
    let unlimited = prlimit(Some(server.pid()), Resource::Fsize, limit(Some(size))).unwrap();
    let mut acknowledged = Vec::new();
    let mut refused = None;
    for _ in 0..50 {
        let answer = create(&server).await;
        match answer.status {
            201 => acknowledged.push(answer.json()["id"].as_str().unwrap().to_owned()),
            _ => {
                refused = Some(answer);
                break;
            }
        }
    }
    unavailable(&server, &refused.expect("a write that did not fit"));
    assert_eq!(things(&server, &known).await.status, 200);
    prlimit(Some(server.pid()), Resource::Fsize, unlimited).unwrap();
    eventually("a write", async || create(&server).await.status == 201).await;
    for id in acknowledged {
        assert_eq!(server.manage(&format!("GET /v1/workspaces/{id}")).send().await.status, 200);
    }
}

fn limit(current: Option<u64>) -> Rlimit {
    Rlimit { current, maximum: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_503_and_never_a_verdict() {
    let postgres = Postgres::start();
    let upstream = Upstream::echoing().await.unwrap();
    let house = House::new(upstream.address())
        .await
        .with("DATABASE__URL", postgres.fresh_database())
        .with("DATABASE__DEADLINE", "1s")
        .with("DATABASE__LOCK_WAIT", "500ms")
        .with("VERIFY__POLL", "100ms")
        .with("VERIFY__LEASE", "2s");
    house.local_token().await;
    let server = house.serve().await;
    let known = server.key("my-api", &json!({"scopes": ["read"]})).await;
    let fresh = server.key("my-api", &json!({"scopes": ["read"]})).await;
    assert_eq!(things(&server, &known.text).await.status, 200);
    postgres.crash();
    // What is in memory is trusted for the length of a lease; what is not cannot be told.
    let answer = things(&server, &fresh.text).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    assert_eq!(answer.json()["error"]["request_id"], answer.request_id());
    assert_eq!(server.line_about(answer.request_id())["level"], "WARN");
    unavailable(&server, &create(&server).await);
    assert_eq!(server.call("GET 127.0.0.1/readyz").send().await.status, 503);
    assert_eq!(server.call("GET 127.0.0.1/livez").send().await.status, 200);
    // Past the lease nobody knows whether a key was revoked meanwhile, so it is not accepted any more.
    eventually("distrust", async || things(&server, &known.text).await.status == 503).await;
    postgres.run_again();
    eventually("recovery", async || {
        let ready = server.call("GET 127.0.0.1/readyz").send().await.status == 200;
        ready && things(&server, &known.text).await.status == 200
    })
    .await;
    eventually("a write", async || create(&server).await.status == 201).await;
    assert_eq!(things(&server, &fresh.text).await.status, 200);
    let log = server.log();
    assert!(!log.contains(&known.text) && !log.contains(&fresh.text));
    // An outage is not a line per attempt.
    assert!(log.matches("the feed of changes cannot be read").count() <= 2, "{log}");
    tokio::time::timeout(Duration::from_secs(10), async { server.kill() }).await.unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_told_without_its_password() {
    let house = House::empty();
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    let house = house.with("DATABASE__URL", "postgres://claviger:hunter2@127.0.0.1:1/auth");
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("cannot open the database postgres://127.0.0.1:1/auth"), "{ran:?}");
    assert!(ran.err.contains("because:") && !ran.err.contains("hunter2"), "{ran:?}");
}

#[tokio::test]
async fn another_master_key_is_refused_at_the_start() {
    let house = House::empty();
    assert_eq!(house.run(&["init"]).await.code, Some(0));
    let other = House::empty();
    assert_eq!(other.run(&["init"]).await.code, Some(0));
    house.write("master.key", &other.read("master.key"));
    let ran = house.run(&["serve"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("master key"), "{ran:?}");
}
