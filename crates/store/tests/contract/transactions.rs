use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_domain::ChangeKind;
use claviger_store::{Error, StoreOptions, WatchedWrite, WriteWatcher, watch_writes};
use tokio::sync::{Barrier, Notify};
use tokio::task::JoinSet;

use crate::engines::Database;
use crate::samples::{Samples, write};

/// What was heard of writes: on which system, and whether they were committed.
#[derive(Default)]
struct Heard(Arc<Mutex<Vec<(&'static str, bool)>>>);

struct Hearing(&'static str, Arc<Mutex<Vec<(&'static str, bool)>>>);

impl WriteWatcher for Heard {
    fn begin_write(&self, system: &'static str) -> Box<dyn WatchedWrite> {
        Box::new(Hearing(system, Arc::clone(&self.0)))
    }
}

impl WatchedWrite for Hearing {
    fn end(self: Box<Self>, is_committed: bool) {
        self.1.lock().unwrap().push((self.0, is_committed));
    }
}

both! {
    async fn of_many_that_revoke_a_key_one_is_told_so(store: Store) {
        let samples = Samples::new();
        let (id, at) = (samples.plant(&store).await.key.id, samples.now());
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            tasks.spawn(async move { write!(store, |tx| tx.revoke_key(id, at, "me")) });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }

    async fn whoever_watches_a_piece_of_work_hears_of_its_writes_and_of_no_other(store: Store) {
        let heard = Arc::new(Heard::default());
        let id = Samples::new().plant(&store).await.key.id;
        let at = Samples::new().now();
        let revoke = || store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.revoke_key(id, at, "me").await }));
        let refuse = || store.write::<(), Error, _>(|_| Box::pin(async { Err(Error::Corrupt { table: "a", column: "b" }) }));
        watch_writes(Arc::clone(&heard) as _, async {
            revoke().await.unwrap();
            refuse().await.unwrap_err();
            let other = store.clone();
            let aside = async move { other.write::<_, Error, _>(|_| Box::pin(async { Ok(()) })).await };
            tokio::spawn(aside).await.unwrap().unwrap();
        })
        .await;
        revoke().await.unwrap();
        let system = if store.database() == "SQLite" { "sqlite" } else { "postgresql" };
        assert_eq!(*heard.0.lock().unwrap(), [(system, true), (system, false)]);
    }

    async fn writes_are_counted_while_they_run_and_timed_when_they_end(store: Store) {
        let samples = Samples::new();
        let (before, workspace) = (store.write_latency().count(), samples.workspace());
        let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let running = tokio::spawn({
            let (store, begun, may_end) = (store.clone(), Arc::clone(&begun), Arc::clone(&may_end));
            async move {
                store
                    .write::<_, Error, _>(move |tx| Box::pin(async move {
                        begun.notify_one();
                        may_end.notified().await;
                        tx.insert_workspace(&workspace).await
                    }))
                    .await
            }
        });
        begun.notified().await;
        assert_eq!((store.unfinished_writes(), store.write_latency().count()), (1, before));
        may_end.notify_one();
        running.await.unwrap().unwrap();
        assert_eq!((store.unfinished_writes(), store.write_latency().count()), (0, before + 1));
    }

    async fn a_failed_transaction_takes_back_its_own_work_only(store: Store) {
        let samples = Samples::new();
        let mut tasks = JoinSet::new();
        let mut expected = Vec::new();
        for number in 0..40 {
            let (store, workspace) = (store.clone(), samples.workspace());
            let keep = number % 3 != 0;
            expected.push((workspace.id, keep));
            tasks.spawn(async move {
                let result = store
                    .write::<_, Error, _>(move |tx| Box::pin(async move {
                        tx.insert_workspace(&workspace).await?;
                        // The second insert is a conflict.
                        if keep { Ok(()) } else { tx.insert_workspace(&workspace).await }
                    }))
                    .await;
                assert_eq!(result.is_ok(), keep, "{result:?}");
            });
        }
        tasks.join_all().await;
        let mut read = store.read().await.unwrap();
        for (id, keep) in expected {
            assert_eq!(read.find_workspace(id).await.unwrap().is_some(), keep);
        }
    }

    async fn a_panic_ends_its_own_transaction_only(store: Store) {
        let samples = Samples::new();
        let workspace = samples.workspace();
        let id = workspace.id;
        let row = workspace.clone();
        let result = store
            .write::<(), Error, _>(move |tx| Box::pin(async move {
                tx.insert_workspace(&row).await?;
                panic!("on purpose");
            }))
            .await;
        assert!(matches!(result, Err(Error::Internal(_))), "{result:?}");
        assert_eq!(store.read().await.unwrap().find_workspace(id).await.unwrap(), None);
        write!(store, |tx| tx.insert_workspace(&workspace));
    }

    async fn going_on_after_a_failed_statement_is_refused_not_half_done(store: Store) {
        let samples = Samples::new();
        let (workspace, other) = (samples.workspace(), samples.workspace());
        let ids = [workspace.id, other.id];
        let result = store
            .write::<(), Error, _>(move |tx| Box::pin(async move {
                tx.insert_workspace(&workspace).await?;
                assert!(matches!(tx.insert_workspace(&workspace).await, Err(Error::Conflict { .. })));
                assert!(matches!(tx.insert_workspace(&other).await, Err(Error::Internal(_))));
                Ok(())
            }))
            .await;
        assert!(matches!(result, Err(Error::Internal(_))), "{result:?}");
        let mut read = store.read().await.unwrap();
        for id in ids {
            assert_eq!(read.find_workspace(id).await.unwrap(), None);
        }
    }

    async fn a_reader_sees_nothing_before_the_commit(store: Store) {
        let workspace = Samples::new().workspace();
        let id = workspace.id;
        let (inserted, seen) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let writing = {
            let (store, inserted, seen) = (store.clone(), Arc::clone(&inserted), Arc::clone(&seen));
            tokio::spawn(async move {
                store
                    .write::<_, Error, _>(move |tx| Box::pin(async move {
                        tx.insert_workspace(&workspace).await?;
                        inserted.notify_one();
                        seen.notified().await;
                        Ok(())
                    }))
                    .await
            })
        };
        inserted.notified().await;
        assert_eq!(store.read().await.unwrap().find_workspace(id).await.unwrap(), None);
        seen.notify_one();
        writing.await.unwrap().unwrap();
        assert!(store.read().await.unwrap().find_workspace(id).await.unwrap().is_some());
    }

    async fn a_caller_that_stops_waiting_does_not_cut_its_transaction_short(store: Store) {
        let samples = Samples::new();
        let (workspace, at) = (samples.workspace(), samples.now());
        let id = workspace.id;
        let mut news = store.subscribe();
        news.mark_unchanged();
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let writing = {
            let (store, begun, go) = (store.clone(), Arc::clone(&begun), Arc::clone(&go));
            tokio::spawn(async move {
                store
                    .write::<_, Error, _>(move |tx| Box::pin(async move {
                        begun.notify_one();
                        go.notified().await;
                        tx.insert_workspace(&workspace).await?;
                        tx.append_change(&ChangeKind::Workspace(id), at).await
                    }))
                    .await
            })
        };
        begun.notified().await;
        writing.abort();
        assert!(writing.await.unwrap_err().is_cancelled());
        go.notify_one();
        news.changed().await.unwrap();
        assert!(store.read().await.unwrap().find_workspace(id).await.unwrap().is_some());
    }
}

/// Options with a deadline that a test can wait for.
fn impatient(database: &Database) -> StoreOptions {
    StoreOptions { deadline: Duration::from_millis(300), ..database.options.clone() }
}

#[tokio::test]
async fn a_transaction_that_never_ends_is_ended_by_the_deadline() {
    for database in [Database::sqlite(), Database::postgres()] {
        let store = claviger_store::Store::open(&impatient(&database)).await.unwrap();
        let workspace = Samples::new().workspace();
        let (id, row) = (workspace.id, workspace.clone());
        let result = store
            .write::<(), Error, _>(move |tx| {
                Box::pin(async move {
                    tx.insert_workspace(&row).await?;
                    std::future::pending().await
                })
            })
            .await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
        write!(store, |tx| tx.insert_workspace(&workspace));
        assert!(store.read().await.unwrap().find_workspace(id).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_write_after_closing_is_refused() {
    for database in [Database::sqlite(), Database::postgres()] {
        let store = database.open().await;
        store.close().await;
        let result = store.write::<(), Error, _>(|_| Box::pin(async { Ok(()) })).await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
        assert!(matches!(store.read().await.err(), Some(Error::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_deadlock_is_resolved_by_running_the_loser_again() {
    let store = Database::postgres().open().await;
    let samples = Samples::new();
    let ids = [samples.workspace(), samples.workspace()].map(|workspace| {
        let id = workspace.id;
        (id, workspace)
    });
    for (_, workspace) in ids.clone() {
        write!(store, |tx| tx.insert_workspace(&workspace));
    }
    let (first, second) = (ids[0].0, ids[1].0);
    let (barrier, runs, at) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)), samples.now());
    let mut tasks = JoinSet::new();
    for (one, other) in [(first, second), (second, first)] {
        let (store, barrier, runs) = (store.clone(), Arc::clone(&barrier), Arc::clone(&runs));
        tasks.spawn(async move {
            let attempts = Arc::new(AtomicU32::new(0));
            store
                .write::<_, Error, _>(move |tx| {
                    Box::pin(async move {
                        runs.fetch_add(1, Ordering::SeqCst);
                        let is_first_attempt = attempts.fetch_add(1, Ordering::SeqCst) == 0;
                        tx.suspend_workspace(one, at, "me").await?;
                        if is_first_attempt {
                            // Both have one row and want the other's.
                            barrier.wait().await;
                        }
                        tx.suspend_workspace(other, at, "me").await
                    })
                })
                .await
        });
    }
    let results: Vec<_> = tasks.join_all().await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    // Once more than there are writes; on a busy machine the loser can lose again.
    assert!(runs.load(Ordering::SeqCst) >= 3);
}

#[tokio::test]
async fn memory_stores_are_private_and_shared_among_their_own_connections() {
    let options = StoreOptions::new("sqlite::memory:".parse().unwrap());
    let one = claviger_store::Store::open(&options).await.unwrap();
    let two = claviger_store::Store::open(&options).await.unwrap();
    let workspace = Samples::new().workspace();
    let id = workspace.id;
    write!(one, |tx| tx.insert_workspace(&workspace));
    let (mut first, mut second) = (one.read().await.unwrap(), one.read().await.unwrap());
    assert!(first.find_workspace(id).await.unwrap().is_some());
    assert!(second.find_workspace(id).await.unwrap().is_some());
    assert_eq!(two.read().await.unwrap().find_workspace(id).await.unwrap(), None);
}
