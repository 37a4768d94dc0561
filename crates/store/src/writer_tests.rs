use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use claviger_domain::{ChangeKind, ChangeSeq, Clock, WorkspaceId};
use claviger_testkit::{FakeClock, SeededEntropy};
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::conn::Link;
use crate::{Error, Store, StoreOptions, Tx};

async fn file_store() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("store.db").display());
    (Store::open(&StoreOptions::new(url.parse().unwrap())).await.unwrap(), dir)
}

fn pragma(tx: &mut Tx, pragma: &'static str) -> Result<i64, Error> {
    let Link::Sqlite(link) = tx.bare_link() else { panic!("a test of SQLite") };
    let (value,): (i64,) = link.fetch_one(Duration::from_secs(5), pragma, &[])?;
    Ok(value)
}

async fn set(store: &Store, name: String, bytes: usize) -> Result<bool, Error> {
    store.write(move |tx| Box::pin(async move { tx.insert_setting(&name, &vec![7; bytes]).await })).await
}

/// The file may grow no more, on whatever connection this is run.
async fn set_on_a_full_disk(store: &Store, name: String) -> Result<bool, Error> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let pages = pragma(tx, "PRAGMA page_count")?;
                pragma(tx, format!("PRAGMA max_page_count = {}", pages + 2).leak())?;
                tx.insert_setting(&name, &[7; 100_000]).await
            })
        })
        .await
}

/// Begins a write that keeps the writer from all others until it is told to go on.
async fn keep_busy(store: &Store) -> (Arc<Notify>, JoinHandle<Result<(), Error>>) {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let first = {
        let (store, begun, go) = (store.clone(), Arc::clone(&begun), Arc::clone(&go));
        tokio::spawn(async move {
            store
                .write::<(), Error, _>(move |_| {
                    Box::pin(async move {
                        begun.notify_one();
                        go.notified().await;
                        Ok(())
                    })
                })
                .await
        })
    };
    begun.notified().await;
    (go, first)
}

#[tokio::test]
async fn a_full_disk_is_unavailable_loses_nothing_and_heals() {
    let (store, _dir) = file_store().await;
    assert!(set(&store, "before".to_owned(), 10).await.unwrap());
    // The file may not grow any more.
    store
        .write::<_, Error, _>(|tx| {
            Box::pin(async move {
                let pages = pragma(tx, "PRAGMA page_count")?;
                pragma(tx, format!("PRAGMA max_page_count = {pages}").leak())?;
                // Kept, or there would be nothing to commit.
                tx.insert_setting("limited", b"1").await
            })
        })
        .await
        .unwrap();
    let error = set(&store, "large".to_owned(), 100_000).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    for (name, there) in [("before", true), ("limited", true), ("large", false)] {
        assert_eq!(store.read().await.unwrap().find_setting(name).await.unwrap().is_some(), there, "{name}");
    }
    store
        .write::<_, Error, _>(|tx| Box::pin(async move { pragma(tx, "PRAGMA max_page_count = 1000000") }))
        .await
        .unwrap();
    assert!(set(&store, "large".to_owned(), 100_000).await.unwrap());
}

#[tokio::test]
async fn a_full_disk_in_the_middle_of_a_batch_is_told_to_all_it_hit() {
    let (store, _dir) = file_store().await;
    let (go, first) = keep_busy(&store).await;
    // These wait for the first and share one commit, which the large one spoils or not; whatever a caller is told
    // has to be true.
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let name = format!("n{number}");
            let told = if number == 10 {
                set_on_a_full_disk(&store, name).await
            } else {
                set(&store, name, 10).await
            };
            (number, told)
        });
    }
    tokio::task::yield_now().await;
    go.notify_one();
    first.await.unwrap().unwrap();
    for (number, told) in tasks.join_all().await {
        let there = store.read().await.unwrap().find_setting(&format!("n{number}")).await.unwrap().is_some();
        assert_eq!(told.is_ok(), there, "{number}: {told:?}");
        assert!(number != 10 || !there);
    }
    assert!(set(&store, "after".to_owned(), 10).await.unwrap());
}

#[tokio::test]
async fn what_waits_together_is_committed_together_and_announced_once() {
    let (store, _dir) = file_store().await;
    let (clock, entropy) = (FakeClock::default(), SeededEntropy::default());
    let (go, first) = keep_busy(&store).await;
    let mut waiting: Vec<_> = (0..10)
        .map(|_| {
            let (kind, at) = (ChangeKind::Workspace(WorkspaceId::generate(&clock, &entropy)), clock.now());
            Box::pin(
                store.write::<_, Error, _>(move |tx| {
                    Box::pin(async move { tx.append_change(&kind, at).await })
                }),
            )
        })
        .collect();
    for write in &mut waiting {
        // Polled once, it stands in the queue.
        assert!(write.now_or_never().is_none());
    }
    let mut news = store.subscribe();
    go.notify_one();
    first.await.unwrap().unwrap();
    news.changed().await.unwrap();
    // The first news is of the last change: there was one commit.
    assert_eq!(*news.borrow_and_update(), ChangeSeq::from_i64(10));
    for (position, write) in waiting.into_iter().enumerate() {
        assert_eq!(write.await.unwrap(), ChangeSeq::from_i64(position as i64 + 1));
    }
}

#[tokio::test]
async fn of_what_waits_together_the_one_that_fails_takes_back_its_own_and_none_counts_twice() {
    let (store, _dir) = file_store().await;
    let (go, first) = keep_busy(&store).await;
    let runs = Arc::new(AtomicU32::new(0));
    let mut waiting: Vec<_> = (0..10)
        .map(|number| {
            let (name, runs) = (format!("n{number}"), Arc::clone(&runs));
            Box::pin(store.write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    runs.fetch_add(1, Ordering::Relaxed);
                    let is_new = tx.insert_setting(&name, b"1").await?;
                    if number == 5 { Err(Error::Busy) } else { Ok(is_new) }
                })
            }))
        })
        .collect();
    for write in &mut waiting {
        assert!(write.now_or_never().is_none());
    }
    go.notify_one();
    first.await.unwrap().unwrap();
    for (number, write) in waiting.into_iter().enumerate() {
        match write.await {
            Ok(is_new) => assert!(is_new && number != 5, "{number}"),
            Err(error) => assert!(matches!(error, Error::Busy) && number == 5, "{number}: {error:?}"),
        }
        let there = store.read().await.unwrap().find_setting(&format!("n{number}")).await.unwrap().is_some();
        assert_eq!(there, number != 5, "{number}");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 16, "six until one failed, then ten, each by itself");
}

#[tokio::test]
async fn a_change_that_is_taken_back_leaves_no_gap_between_those_that_share_its_commit() {
    let (store, _dir) = file_store().await;
    let (clock, entropy) = (FakeClock::default(), SeededEntropy::default());
    let (go, first) = keep_busy(&store).await;
    let fails = |number: usize| [0, 3, 9].contains(&number);
    let mut waiting: Vec<_> = (0..10)
        .map(|number| {
            let (kind, at) = (ChangeKind::Workspace(WorkspaceId::generate(&clock, &entropy)), clock.now());
            Box::pin(store.write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let seq = tx.append_change(&kind, at).await?;
                    if fails(number) { Err(Error::Busy) } else { Ok(seq) }
                })
            }))
        })
        .collect();
    for write in &mut waiting {
        assert!(write.now_or_never().is_none());
    }
    go.notify_one();
    first.await.unwrap().unwrap();
    let mut numbers = Vec::new();
    for (number, write) in waiting.into_iter().enumerate() {
        match write.await {
            Ok(seq) => numbers.push(seq.as_i64()),
            Err(error) => assert!(matches!(error, Error::Busy) && fails(number), "{number}: {error:?}"),
        }
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    let mut read = store.read().await.unwrap();
    assert_eq!(read.latest_change().await.unwrap(), ChangeSeq::from_i64(7));
    let listed = read.list_changes_after(ChangeSeq::default(), 100).await.unwrap();
    assert_eq!(listed.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), numbers);
}
