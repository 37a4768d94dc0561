use claviger_domain::{Action, AuditEntry, AuditSeq, ChainHash, KeyId, Timestamp, WorkspaceId};
use claviger_store::{AuditFilter, AuditRows, Error, Store};

use crate::samples::{Samples, write};

/// A row about an object, after the row with the number before its own.
fn entry(samples: &Samples, seq: i64, object: &str, workspace: Option<WorkspaceId>) -> AuditEntry {
    AuditEntry {
        seq: AuditSeq::from_i64(seq),
        at: Timestamp::from_seconds(seq),
        actor_kind: "local".to_owned(),
        actor: "local".to_owned(),
        action: if seq % 2 == 0 { Action::KeyRevoked } else { Action::KeyIssued }.to_string(),
        object: object.to_owned(),
        workspace: workspace.map(|id| id.to_string()),
        request: Some("req_1".to_owned()),
        address: None,
        before: None,
        after: Some("{\"n\":\"Łódź\"}".to_owned()),
        previous: ChainHash(samples.hash()),
        hash: ChainHash(samples.hash()),
    }
}

async fn append(store: &Store, entry: &AuditEntry) {
    let entry = entry.clone();
    write!(store, |tx| async {
        tx.hold_audit_head().await?;
        tx.append_audit(&entry, b"seal").await
    });
}

both! {
    async fn an_audit_row_comes_back_as_it_was_and_moves_the_head(store: Store) {
        let samples = Samples::new();
        let genesis = store.read().await.unwrap().find_audit_head().await.unwrap();
        assert_eq!((genesis.seq, genesis.hash, genesis.seal.len()), (AuditSeq::default(), ChainHash::GENESIS, 0));
        let row = entry(&samples, 1, "key_1", Some(samples.workspace().id));
        append(&store, &row).await;
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_audit(&AuditFilter::default(), None, 9).await.unwrap().rows, std::slice::from_ref(&row));
        let head = read.find_audit_head().await.unwrap();
        assert_eq!((head.seq, head.hash, head.seal.as_slice()), (row.seq, row.hash, b"seal".as_slice()));
        assert_eq!(read.find_audit_by_hash(row.hash).await.unwrap(), Some(row.seq));
        assert_eq!(read.find_audit_by_hash(row.previous).await.unwrap(), None);
    }

    async fn audit_rows_are_found_by_each_filter_and_by_all_together(store: Store) {
        let samples = Samples::new();
        let (workspace, other) = (samples.workspace().id, samples.workspace().id);
        let keys: Vec<_> = (0..2).map(|_| KeyId::generate(&samples.clock, &samples.entropy)).collect();
        for seq in 1..=8 {
            let of = if seq <= 4 { workspace } else { other };
            let key = keys[usize::from(seq % 4 >= 2)];
            let mut row = entry(&samples, seq, &key.to_string(), Some(of));
            row.actor = if seq > 6 { "system".to_owned() } else { row.actor };
            append(&store, &row).await;
        }
        let mut read = store.read().await.unwrap();
        let at = Timestamp::from_seconds;
        let none = AuditFilter::default();
        for (filter, expected) in [
            (none.clone(), vec![8, 7, 6, 5, 4, 3, 2, 1]),
            (AuditFilter { workspace: Some(workspace), ..none.clone() }, vec![4, 3, 2, 1]),
            (AuditFilter { object: Some(keys[1].into()), ..none.clone() }, vec![7, 6, 3, 2]),
            (AuditFilter { actor: Some("system".to_owned()), ..none.clone() }, vec![8, 7]),
            (AuditFilter { action: Some(Action::KeyRevoked), ..none.clone() }, vec![8, 6, 4, 2]),
            (AuditFilter { from: Some(at(3)), until: Some(at(5)), ..none.clone() }, vec![4, 3]),
            (
                AuditFilter {
                    workspace: Some(other),
                    object: Some(keys[1].into()),
                    actor: Some("system".to_owned()),
                    action: Some(Action::KeyIssued),
                    from: Some(at(1)),
                    until: Some(at(99)),
                },
                vec![7],
            ),
        ] {
            let AuditRows { rows: listed, next } = read.list_audit(&filter, None, 99).await.unwrap();
            assert_eq!(next, None, "{filter:?}");
            assert_eq!(listed.iter().map(|row| row.seq.as_i64()).collect::<Vec<_>>(), expected, "{filter:?}");
            let mut forward = read.list_audit_after(&filter, AuditSeq::default(), 99).await.unwrap();
            forward.reverse();
            assert_eq!(forward, listed, "{filter:?}");
        }
        let page = read.list_audit(&none, Some(AuditSeq::from_i64(6)), 2).await.unwrap();
        assert_eq!(page.next, Some(AuditSeq::from_i64(4)));
        assert_eq!(page.rows.iter().map(|row| row.seq.as_i64()).collect::<Vec<_>>(), [5, 4]);
        let page = read.list_audit_after(&none, AuditSeq::from_i64(6), 1).await.unwrap();
        assert_eq!(page.iter().map(|row| row.seq.as_i64()).collect::<Vec<_>>(), [7]);
    }

    async fn a_row_of_a_transaction_that_fails_leaves_the_head_alone(store: Store) {
        let samples = Samples::new();
        let row = entry(&samples, 1, "key_1", None);
        let result = store
            .write::<(), Error, _>(move |tx| Box::pin(async move {
                tx.hold_audit_head().await?;
                tx.append_audit(&row, b"seal").await?;
                Err(Error::Busy)
            }))
            .await;
        assert!(result.is_err());
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_audit_head().await.unwrap().seq, AuditSeq::default());
        assert!(read.list_audit(&AuditFilter::default(), None, 9).await.unwrap().rows.is_empty());
    }

    async fn whoever_holds_the_audit_head_is_alone(store: Store) {
        let samples = std::sync::Arc::new(Samples::new());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (store, samples) = (store.clone(), std::sync::Arc::clone(&samples));
            tasks.spawn(async move {
                let row = entry(&samples, 0, "key_1", None);
                write!(store, |tx| async {
                    let head = tx.hold_audit_head().await?;
                    let row = AuditEntry { seq: head.seq.next(), previous: head.hash, ..row };
                    tx.append_audit(&row, b"seal").await
                });
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let rows = store.read().await.unwrap().list_audit_after(&AuditFilter::default(), AuditSeq::default(), 99).await;
        let rows = rows.unwrap();
        let mut before = ChainHash::GENESIS;
        for (row, seq) in rows.iter().zip(1..) {
            assert_eq!((row.seq.as_i64(), row.previous), (seq, before));
            before = row.hash;
        }
        assert_eq!(rows.len(), 12);
    }
}

mod append_only {
    use super::*;
    use crate::engines::Database;

    /// What a mistake in a later version would do is refused by the database itself.
    async fn is_refused(database: Database) {
        let store = database.open().await;
        append(&store, &entry(&Samples::new(), 1, "key_1", None)).await;
        store.close().await;
        let url = &database.url;
        for statement in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
            let refused = crate::engines::execute(url, statement).await.unwrap_err();
            assert!(refused.contains("append-only"), "{refused}");
        }
    }

    #[tokio::test]
    async fn on_sqlite_rows_are_neither_changed_nor_deleted() {
        is_refused(Database::sqlite()).await;
    }

    #[tokio::test]
    async fn on_postgres_rows_are_neither_changed_nor_deleted() {
        is_refused(Database::postgres()).await;
    }
}

mod looks {
    use super::*;

    both! {
        looking at 3;

        async fn a_page_of_the_record_ends_short_after_so_many_rows(store: Store) {
            let samples = Samples::new();
            let workspace = samples.workspace().id;
            for seq in 1..=8 {
                append(&store, &entry(&samples, seq, "key_1", Some(workspace))).await;
            }
            let mut read = store.read().await.unwrap();
            let mut pages = async |filter: &AuditFilter| {
                let (mut pages, mut before) = (Vec::new(), None);
                loop {
                    let found = read.list_audit(filter, before, 9).await.unwrap();
                    pages.push(found.rows.iter().map(|row| row.seq.as_i64()).collect::<Vec<_>>());
                    before = found.next;
                    if before.is_none() {
                        return pages;
                    }
                }
            };
            let revoked = AuditFilter { action: Some(Action::KeyRevoked), ..AuditFilter::default() };
            assert_eq!(pages(&revoked).await, [[8, 6, 4, 2]], "an index knows them");
            let of_workspace = AuditFilter { workspace: Some(workspace), ..revoked };
            assert_eq!(pages(&of_workspace).await, [vec![8, 6], vec![4], vec![2]]);
            let early = AuditFilter { until: Some(Timestamp::from_seconds(2)), ..AuditFilter::default() };
            assert_eq!(pages(&early).await, [vec![], vec![], vec![1]]);
        }

        async fn of_days_that_nobody_asks_for_no_row_is_looked_at(store: Store) {
            let samples = Samples::new();
            let day = |number: i64| Timestamp::from_seconds(number * 86_400);
            for seq in 1..=9 {
                append(&store, &AuditEntry { at: day(seq), ..entry(&samples, seq, "key_1", None) }).await;
            }
            let mut read = store.read().await.unwrap();
            let third = AuditFilter { from: Some(day(3)), until: Some(day(4)), ..AuditFilter::default() };
            let found = read.list_audit(&third, None, 9).await.unwrap();
            assert_eq!(found.rows.iter().map(|row| row.seq.as_i64()).collect::<Vec<_>>(), [3]);
            assert_eq!(found.next, None);
        }
    }
}
