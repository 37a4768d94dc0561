//! Two nodes on one PostgreSQL: what one does is true on the other, provably.

use std::time::Duration;

use claviger_domain::Timestamp;
use claviger_engine::{Engine, Wait};
use claviger_testkit::FakeClock;
use tokio::sync::oneshot;

use crate::house::{ACTOR, House, policy, postgres};

/// An engine that runs in the background until the guard is dropped.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(engine: &Engine) -> Self {
        let (stop, stopped) = oneshot::channel();
        let engine = engine.clone();
        let task = tokio::spawn(async move {
            engine
                .run(async {
                    let _ = stopped.await;
                })
                .await;
        });
        Self { stop: Some(stop), task }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap();
    }
}

async fn two_nodes() -> (House, House) {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let one = House::with(&url, 1, clock.clone(), policy()).await;
    let two = House::with(&url, 2, clock, policy()).await;
    assert_eq!(one.api.id, two.api.id, "an API keeps its id whoever loads it");
    (one, two)
}

#[tokio::test]
async fn a_receipt_proves_that_the_other_node_refuses_too() {
    let (one, two) = two_nodes().await;
    let running = [Running::start(&one.engine), Running::start(&two.engine)];
    // Both hold a lease before anything is revoked.
    let (warm, _) = one.key().await;
    loop {
        let revoked = one.engine.revoke_key(&ACTOR, warm.id, Wait::ForAllNodes).await.unwrap();
        if revoked.receipt.unwrap().nodes == 2 && one.engine.living_nodes() == 2 {
            break;
        }
        tokio::task::yield_now().await;
    }
    for _ in 0..20 {
        let (key, text) = one.key().await;
        assert_eq!(two.code(&text).await, "VALID", "made on one node, valid on the other");
        let revoked = one.engine.revoke_key(&ACTOR, key.id, Wait::ForAllNodes).await.unwrap();
        let receipt = revoked.receipt.unwrap();
        assert!(receipt.is_complete() && receipt.nodes == 2, "{receipt:?}");
        assert_eq!(two.code(&text).await, "REVOKED");
    }
    for node in running {
        node.stop().await;
    }
    let (key, _) = one.key().await;
    let receipt = one.engine.revoke_key(&ACTOR, key.id, Wait::ForAllNodes).await.unwrap().receipt.unwrap();
    assert_eq!(receipt.nodes, 0, "nodes that left are not waited for");
}

#[tokio::test]
async fn a_change_reaches_the_other_node_within_a_second_without_being_waited_for() {
    let (one, two) = two_nodes().await;
    let running = Running::start(&two.engine);
    let (key, text) = one.key().await;
    assert_eq!(two.code(&text).await, "VALID");
    let started = std::time::Instant::now();
    one.engine.disable_key(&ACTOR, key.id).await.unwrap();
    while two.code(&text).await != "DISABLED" {
        assert!(started.elapsed() < Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_workspace_suspended_on_one_node_is_suspended_on_the_other() {
    let (one, two) = two_nodes().await;
    let running = Running::start(&two.engine);
    let (_, text) = one.key().await;
    assert_eq!(two.code(&text).await, "VALID");
    let started = std::time::Instant::now();
    one.engine.suspend_workspace(&ACTOR, one.workspace.id).await.unwrap();
    while two.code(&text).await != "DISABLED" {
        assert!(started.elapsed() < Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    running.stop().await;
}

#[tokio::test]
async fn a_node_cut_off_longer_than_its_lease_asks_the_database_again() {
    let (one, two) = two_nodes().await;
    // Node two never runs: it is cut off from the feed.
    let (key, text) = one.key().await;
    assert_eq!(two.code(&text).await, "VALID");
    one.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    two.clock.advance(Duration::from_secs(11));
    assert_eq!(two.code(&text).await, "REVOKED");
}

#[tokio::test]
async fn a_wrong_master_key_is_noticed_at_the_start() {
    let house = House::on(&postgres()).await;
    house.engine.check_master_key().await.unwrap();
    let url = postgres();
    let _first = House::on(&url).await;
    let store =
        claviger_store::Store::open(&claviger_store::StoreOptions::new(url.parse().unwrap())).await.unwrap();
    let stranger = Engine::new(claviger_engine::Parts {
        store,
        master: claviger_secrets::MasterKey::parse("ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZY=").unwrap(),
        previous_masters: Vec::new(),
        clock: std::sync::Arc::new(house.clock.clone()),
        entropy: std::sync::Arc::new(claviger_testkit::SeededEntropy::new(9)),
        mailer: std::sync::Arc::new(claviger_engine::NoMail),
        fetch: std::sync::Arc::new(claviger_engine::NoFetch),
        options: Default::default(),
    })
    .unwrap();
    let error = stranger.check_master_key().await.unwrap_err();
    assert!(matches!(error, claviger_engine::Error::WrongMasterKey), "{error:?}");
}
