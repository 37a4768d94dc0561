use std::time::Duration;

use claviger_domain::{ChangeKind, ChangeSeq, WorkspaceId};
use claviger_store::{Error, Store};

use crate::engines::Database;
use crate::samples::{Samples, write};

async fn append(store: &Store, samples: &Samples) -> ChangeSeq {
    let kind = ChangeKind::Workspace(WorkspaceId::generate(&samples.clock, &samples.entropy));
    let at = samples.now();
    write!(store, |tx| tx.append_change(&kind, at))
}

both! {
    async fn every_kind_of_change_comes_back_in_order(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let token = samples.operator_token().id;
        let kinds = [
            ChangeKind::Key { key: planted.key.id, lookups: vec![samples.hash(), samples.hash()] },
            ChangeKind::Key { key: planted.key.id, lookups: Vec::new() },
            ChangeKind::Workspace(planted.workspace.id),
            ChangeKind::OperatorToken { token, lookup: samples.hash() },
            ChangeKind::Api(planted.api.id),
        ];
        assert_eq!(store.read().await.unwrap().latest_change().await.unwrap(), ChangeSeq::default());
        for kind in kinds.clone() {
            let at = samples.now();
            write!(store, |tx| tx.append_change(&kind, at));
        }
        let mut read = store.read().await.unwrap();
        let changes = read.list_changes_after(ChangeSeq::default(), 10).await.unwrap();
        assert_eq!(changes.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(changes.into_iter().map(|change| change.kind).collect::<Vec<_>>(), kinds);
        let page = read.list_changes_after(ChangeSeq::from_i64(2), 2).await.unwrap();
        assert_eq!(page.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(read.latest_change().await.unwrap(), ChangeSeq::from_i64(5));
    }

    async fn several_changes_of_one_transaction_are_numbered_in_turn_and_it_knows_the_newest(store: Store) {
        let samples = Samples::new();
        append(&store, &samples).await;
        let [one, two] = [(); 2].map(|()| ChangeKind::Workspace(WorkspaceId::generate(&samples.clock, &samples.entropy)));
        let at = samples.now();
        let numbers = store
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    let before = tx.latest_change().await?;
                    let numbers = [tx.append_change(&one, at).await?, tx.append_change(&two, at).await?];
                    Ok((before, numbers, tx.latest_change().await?))
                })
            })
            .await
            .unwrap();
        let [first, second, third] = [1, 2, 3].map(ChangeSeq::from_i64);
        assert_eq!(numbers, (first, [second, third], third));
        assert_eq!(store.read().await.unwrap().latest_change().await.unwrap(), third);
        assert_eq!(append(&store, &samples).await, ChangeSeq::from_i64(4));
    }

    async fn deleting_old_changes_leaves_the_numbers_alone(store: Store) {
        let samples = Samples::new();
        append(&store, &samples).await;
        append(&store, &samples).await;
        samples.clock.advance(Duration::from_secs(60));
        let cutoff = samples.now();
        append(&store, &samples).await;
        assert_eq!(write!(store, |tx| tx.delete_changes(cutoff, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_changes(cutoff, 10)), 1);
        let mut read = store.read().await.unwrap();
        let left = read.list_changes_after(ChangeSeq::default(), 10).await.unwrap();
        assert_eq!(left.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), [3]);
        assert_eq!(read.latest_change().await.unwrap(), ChangeSeq::from_i64(3));
    }

    async fn a_change_of_a_clock_that_was_ahead_does_not_keep_those_behind_it(store: Store) {
        let samples = Samples::new();
        let began = samples.now();
        samples.clock.advance(Duration::from_secs(3_600));
        append(&store, &samples).await;
        samples.clock.set(began);
        for _ in 0..4 {
            append(&store, &samples).await;
        }
        samples.clock.advance(Duration::from_secs(60));
        let cutoff = samples.now();
        assert_eq!(write!(store, |tx| tx.delete_changes(cutoff, 3)), 3);
        assert_eq!(write!(store, |tx| tx.delete_changes(cutoff, 3)), 1);
        let mut read = store.read().await.unwrap();
        let left = read.list_changes_after(ChangeSeq::default(), 10).await.unwrap();
        assert_eq!(left.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), [1]);
    }

    async fn numbers_have_no_gaps_and_are_visible_in_order(store: Store) {
        let samples = std::sync::Arc::new(Samples::new());
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..20 {
            let (store, samples) = (store.clone(), std::sync::Arc::clone(&samples));
            tasks.spawn(async move {
                let kind = ChangeKind::Workspace(WorkspaceId::generate(&samples.clock, &samples.entropy));
                let at = samples.now();
                let result = store
                    .write::<_, Error, _>(move |tx| Box::pin(async move {
                        let seq = tx.append_change(&kind, at).await?;
                        // A transaction that fails gives its number back.
                        if task % 4 == 0 { Err(Error::Busy) } else { Ok(seq) }
                    }))
                    .await;
                if let Ok(seq) = result {
                    // Whoever sees a number sees every one below it.
                    let seen = store.read().await.unwrap().list_changes_after(ChangeSeq::default(), 100).await.unwrap();
                    let below = seen.iter().filter(|change| change.seq <= seq).count();
                    assert_eq!(i64::try_from(below).unwrap(), seq.as_i64());
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let mut read = store.read().await.unwrap();
        let seen = read.list_changes_after(ChangeSeq::default(), 100).await.unwrap();
        assert_eq!(seen.iter().map(|change| change.seq.as_i64()).collect::<Vec<_>>(), (1..=15).collect::<Vec<_>>());
    }

    async fn subscribers_hear_of_commits_and_not_of_rollbacks(store: Store) {
        let samples = Samples::new();
        let mut news = store.subscribe();
        news.mark_unchanged();
        let (kind, at) = (ChangeKind::Workspace(samples.workspace().id), samples.now());
        let rolled_back = store
            .write::<(), Error, _>(move |tx| Box::pin(async move {
                tx.append_change(&kind, at).await?;
                Err(Error::Busy)
            }))
            .await;
        assert!(rolled_back.is_err());
        assert!(!news.has_changed().unwrap());
        let seq = append(&store, &samples).await;
        news.changed().await.unwrap();
        assert_eq!(*news.borrow_and_update(), seq);
    }
}

#[tokio::test]
async fn a_node_hears_of_another_nodes_commits() {
    let database = Database::postgres();
    let (here, there) = (database.open().await, database.open().await);
    let samples = Samples::new();
    let mut news = there.subscribe();
    let seq = append(&here, &samples).await;
    let heard = news.wait_for(|known| *known >= seq);
    tokio::time::timeout(Duration::from_secs(5), heard).await.expect("the news within five seconds").unwrap();
}

#[tokio::test]
async fn a_store_knows_on_opening_what_was_committed_before() {
    for database in [Database::sqlite(), Database::postgres()] {
        let store = database.open().await;
        let seq = append(&store, &Samples::new()).await;
        store.close().await;
        assert_eq!(*database.open().await.subscribe().borrow(), seq);
    }
}
