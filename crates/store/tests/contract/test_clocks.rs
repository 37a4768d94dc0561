use std::time::Duration;

use claviger_domain::{TestClock, WorkspaceId};
use claviger_store::Store;

use crate::samples::{Samples, write};

async fn clock(samples: &Samples, store: &Store) -> TestClock {
    let workspace = samples.workspace();
    let id = workspace.id;
    write!(store, |tx| tx.insert_workspace(&workspace));
    let ahead = Duration::from_micros(90_000_001).try_into().unwrap();
    TestClock { workspace: id, ahead, set_at: samples.now(), set_by: "local".to_owned() }
}

async fn put(store: &Store, clock: &TestClock) {
    let clock = clock.clone();
    write!(store, |tx| tx.put_test_clock(&clock));
}

async fn find(store: &Store, workspace: WorkspaceId) -> Option<TestClock> {
    store.read().await.unwrap().find_test_clock(workspace).await.unwrap()
}

both! {
    async fn a_workspace_has_one_test_clock_that_can_be_put_elsewhere_and_returned(store: Store) {
        let samples = Samples::new();
        let (own, other) = (clock(&samples, &store).await, clock(&samples, &store).await);
        assert_eq!(find(&store, own.workspace).await, None);
        put(&store, &own).await;
        put(&store, &other).await;
        assert_eq!(find(&store, own.workspace).await, Some(own.clone()));
        let later = TestClock { set_by: "system".to_owned(), set_at: own.set_at.plus(Duration::from_secs(1)), ..own.clone() };
        put(&store, &later).await;
        assert_eq!(find(&store, own.workspace).await, Some(later));
        let id = own.workspace;
        assert!(write!(store, |tx| tx.delete_test_clock(id)));
        assert!(!write!(store, |tx| tx.delete_test_clock(id)));
        assert_eq!(find(&store, own.workspace).await, None);
        assert_eq!(find(&store, other.workspace).await, Some(other));
    }

    async fn a_reset_returns_the_clocks_that_were_put_ahead_before(store: Store) {
        let samples = Samples::new();
        let early = clock(&samples, &store).await;
        put(&store, &early).await;
        samples.clock.advance(Duration::from_secs(1));
        let (late, cutoff) = (clock(&samples, &store).await, samples.now());
        put(&store, &late).await;
        assert_eq!(write!(store, |tx| tx.delete_test_clocks_before(cutoff)), 1);
        assert_eq!((find(&store, early.workspace).await, find(&store, late.workspace).await), (None, Some(late)));
    }
}
