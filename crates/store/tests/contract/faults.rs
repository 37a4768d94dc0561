use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{ChangeKind, ChangeSeq};
use claviger_store::{Error, Store, StoreOptions};
use claviger_testkit::Postgres;
use futures_util::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::engines::Database;
use crate::samples::{Samples, write};

/// A transaction that is open until told to go on.
struct Held {
    go: Arc<Notify>,
    task: JoinHandle<Result<(), Error>>,
}

impl Held {
    async fn begin(store: &Store) -> Self {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (store, inner_begun, inner_go) = (store.clone(), Arc::clone(&begun), Arc::clone(&go));
        let task = tokio::spawn(async move {
            store
                .write::<_, Error, _>(move |_| {
                    Box::pin(async move {
                        inner_begun.notify_one();
                        inner_go.notified().await;
                        Ok(())
                    })
                })
                .await
        });
        begun.notified().await;
        Self { go, task }
    }

    async fn end(self) {
        self.go.notify_one();
        self.task.await.unwrap().unwrap();
    }
}

async fn try_setting(store: &Store, name: &'static str) -> Result<bool, Error> {
    store.write(move |tx| Box::pin(async move { tx.insert_setting(name, b"1").await })).await
}

#[tokio::test]
async fn a_file_that_another_process_writes_to_is_busy_and_then_free() {
    let database = Database::sqlite();
    let one = database.open().await;
    let options = StoreOptions { lock_wait: Duration::from_millis(50), ..database.options.clone() };
    let two = Store::open(&options).await.unwrap();
    let held = Held::begin(&one).await;
    assert!(matches!(try_setting(&two, "a").await, Err(Error::Busy)));
    // Reading goes on all the while.
    assert_eq!(two.read().await.unwrap().find_setting("a").await.unwrap(), None);
    held.end().await;
    assert!(try_setting(&two, "a").await.unwrap());
    assert_eq!(one.read().await.unwrap().find_setting("a").await.unwrap().unwrap(), b"1");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_what_waits_is_written() {
    let database = Database::sqlite();
    let options = StoreOptions { queue: 1, ..database.options.clone() };
    let store = Store::open(&options).await.unwrap();
    let held = Held::begin(&store).await;
    // Polled once, the write stands in the queue.
    let mut waiting = Box::pin(try_setting(&store, "waits"));
    assert!((&mut waiting).now_or_never().is_none());
    assert!(matches!(try_setting(&store, "refused").await, Err(Error::Busy)));
    held.end().await;
    assert!(waiting.await.unwrap());
    assert_eq!(store.read().await.unwrap().find_setting("refused").await.unwrap(), None);
}

#[tokio::test]
async fn a_write_whose_caller_left_before_its_turn_is_not_run() {
    let database = Database::sqlite();
    let store = database.open().await;
    let held = Held::begin(&store).await;
    let mut waiting = Box::pin(try_setting(&store, "left"));
    assert!((&mut waiting).now_or_never().is_none());
    drop(waiting);
    held.end().await;
    assert!(try_setting(&store, "stayed").await.unwrap());
    assert_eq!(store.read().await.unwrap().find_setting("left").await.unwrap(), None);
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_unavailable() {
    let url = "sqlite:/nonexistent/claviger.db".parse().unwrap();
    let error = Store::open(&StoreOptions::new(url)).await.unwrap_err();
    let claviger_store::MigrationError::Store(Error::Unavailable(_)) = error else { panic!("{error:?}") };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_postgresql_gives_errors_and_then_everything_goes_on() {
    let server = Postgres::start();
    let mut database = Database::postgres_on(&server);
    database.options.deadline = Duration::from_secs(2);
    let store = database.open().await;
    let samples = Samples::new();
    let at = samples.now();
    let append = async |kind: ChangeKind| {
        store
            .write::<ChangeSeq, Error, _>(move |tx| {
                Box::pin(async move { tx.append_change(&kind, at).await })
            })
            .await
    };
    let kind = || ChangeKind::Workspace(samples.workspace().id);
    let before = append(kind()).await.unwrap();
    server.crash();
    let error = append(kind()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    server.run_again();
    // Each connection of before may fail once, no more.
    let mut left = database.options.connections + 1;
    let after = loop {
        match append(kind()).await {
            Ok(seq) => break seq,
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
        }
        left -= 1;
        assert!(left > 0, "the store does not recover");
    };
    assert!(after > before);
    // The listener finds its way back too: another node's change is heard.
    let other = database.open().await;
    let mut news = store.subscribe();
    let kind = kind();
    let seq = write!(other, |tx| tx.append_change(&kind, at));
    let heard = news.wait_for(|known| *known >= seq);
    tokio::time::timeout(Duration::from_secs(10), heard).await.expect("the news within ten seconds").unwrap();
}
