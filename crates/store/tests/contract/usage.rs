use std::time::Duration;

use claviger_domain::{ApiId, DenialReason, Grain, NodeId, Tally, Timestamp, UsageName, WorkspaceId};
use claviger_store::{Error, MinuteTally, Store, UsageBatch, UsageFilter, UsagePart, UsageSum};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn name(credential: &str, status: u16) -> UsageName {
    UsageName {
        api: ApiId::from_uuid(Uuid::from_u128(1)),
        workspace: Some(WorkspaceId::from_uuid(Uuid::from_u128(2))),
        credential: Some(credential.into()),
        route: Some("/v1/things/{id}".into()),
        status: Some(status),
        reason: None,
    }
}

/// Nothing is known of these but that they were refused.
fn strangers() -> UsageName {
    UsageName {
        workspace: None,
        credential: None,
        route: None,
        reason: Some(DenialReason::Unknown),
        ..name("", 401)
    }
}

fn batch(id: u128, minute: Timestamp, names: &[(UsageName, u64)]) -> UsageBatch {
    let tally = |took: u64| {
        let mut tally = Tally::default();
        for _ in 0..took {
            tally += Tally::one(Some(Duration::from_millis(3)));
        }
        tally
    };
    let counted = |(name, requests): &(UsageName, u64)| MinuteTally {
        minute,
        name: name.clone(),
        tally: tally(*requests),
    };
    let mut batch = UsageBatch::new(Uuid::from_u128(id), -1);
    batch.tallies = names.iter().map(counted).collect();
    batch
}

async fn count(store: &Store, id: u128, minute: Timestamp, names: &[(UsageName, u64)]) {
    insert(store, batch(id, minute, names)).await;
}

pub(crate) async fn insert(store: &Store, batch: UsageBatch) {
    let insert = store.write::<_, Error, _>(move |tx| {
        let batch = batch.clone();
        Box::pin(async move { tx.insert_usage_batch(&batch).await })
    });
    insert.await.unwrap();
}

/// Writes a node's flush of this number, of one batch with one request, unless it is written. Whether it was not.
async fn flush(store: &Store, node: u128, number: u64) -> bool {
    let minute = at("2026-03-04T05:06:00Z");
    let batch = batch(node << 64 | u128::from(number), minute, &[(name("key_a", 200), 1)]);
    let node = NodeId::from_uuid(Uuid::from_u128(node));
    let write = store.write::<_, Error, _>(move |tx| {
        let batch = batch.clone();
        Box::pin(async move {
            let is_new = tx.begin_usage_flush(node, number, minute).await?;
            if is_new {
                tx.insert_usage_batch(&batch).await?;
            }
            Ok(is_new)
        })
    });
    write.await.unwrap()
}

pub(crate) async fn fold(store: &Store) -> usize {
    let fold = store.write::<_, Error, _>(|tx| Box::pin(async move { tx.fold_usage().await }));
    fold.await.unwrap()
}

async fn is_waiting(store: &Store) -> bool {
    store.read().await.unwrap().is_usage_waiting().await.unwrap()
}

pub(crate) fn of_the_day(grain: Grain) -> UsageFilter {
    let (from, to) = (at("2026-03-04T00:00:00Z"), at("2026-03-05T00:00:00Z"));
    UsageFilter { grain, from, to, api: None, workspace: None, credential: None, by: None }
}

async fn sums(store: &Store, filter: &UsageFilter) -> Vec<(String, String, u64)> {
    let sums = store.read().await.unwrap().sum_usage(filter, 100).await.unwrap();
    let short = |UsageSum { at, part, tally }: UsageSum| {
        assert_eq!(tally.latency.count(), tally.requests);
        assert_eq!(tally.latency.sum, tally.requests * 3_000);
        assert_eq!(tally.latency.buckets[2], tally.requests);
        (at.to_string(), part, tally.requests)
    };
    sums.into_iter().map(short).collect()
}

fn sum(at: &str, part: &str, requests: u64) -> (String, String, u64) {
    (at.to_owned(), part.to_owned(), requests)
}

both! {
    async fn batches_add_up_to_minutes_hours_and_days_once(store: Store) {
        assert!(!is_waiting(&store).await);
        count(&store, 1, at("2026-03-04T05:06:00Z"), &[(name("key_a", 200), 3), (strangers(), 4)]).await;
        count(&store, 2, at("2026-03-04T05:06:00Z"), &[(name("key_a", 200), 1)]).await;
        count(&store, 3, at("2026-03-04T05:07:00Z"), &[(name("key_a", 200), 5)]).await;
        assert!(is_waiting(&store).await);
        assert_eq!(fold(&store).await, 3);
        assert!(!is_waiting(&store).await, "nothing is left to be folded");
        count(&store, 4, at("2026-03-04T07:00:00Z"), &[(name("key_a", 200), 7)]).await;
        assert_eq!(fold(&store).await, 1);
        assert_eq!(fold(&store).await, 0, "each batch is folded once");
        assert_eq!(
            sums(&store, &of_the_day(Grain::Minute)).await,
            [
                sum("2026-03-04T05:06:00Z", "", 8),
                sum("2026-03-04T05:07:00Z", "", 5),
                sum("2026-03-04T07:00:00Z", "", 7),
            ]
        );
        assert_eq!(
            sums(&store, &of_the_day(Grain::Hour)).await,
            [sum("2026-03-04T05:00:00Z", "", 13), sum("2026-03-04T07:00:00Z", "", 7)]
        );
        assert_eq!(sums(&store, &of_the_day(Grain::Day)).await, [sum("2026-03-04T00:00:00Z", "", 20)]);
    }

    async fn a_flush_that_is_written_again_changes_nothing_also_after_it_was_folded(store: Store) {
        assert!(flush(&store, 1, 1).await);
        assert!(!flush(&store, 1, 1).await, "its confirmation was lost, say");
        assert!(flush(&store, 2, 1).await, "every node has its own numbers");
        assert_eq!(fold(&store).await, 2);
        assert!(!flush(&store, 1, 1).await, "what was folded is nowhere else");
        assert!(flush(&store, 1, 2).await);
        assert!(!flush(&store, 1, 1).await, "one that comes late, after the next");
        assert_eq!((fold(&store).await, fold(&store).await), (1, 0));
        assert_eq!(sums(&store, &of_the_day(Grain::Day)).await, [sum("2026-03-04T00:00:00Z", "", 3)]);
        let forget = |cutoff| {
            store.write::<_, Error, _>(move |tx| Box::pin(async move { tx.delete_usage_flushes(cutoff).await }))
        };
        assert_eq!(forget(at("2026-03-04T05:06:00Z")).await.unwrap(), 0);
        assert_eq!(forget(at("2026-03-04T05:06:01Z")).await.unwrap(), 2, "of nodes that are gone");
    }

    async fn usage_is_told_apart_and_narrowed_down(store: Store) {
        let minute = at("2026-03-04T05:06:00Z");
        let names = [(name("key_a", 200), 1), (name("key_a", 500), 2), (name("key_b", 200), 4), (strangers(), 8)];
        count(&store, 1, minute, &names).await;
        fold(&store).await;
        let day = "2026-03-04T00:00:00Z";
        let all = of_the_day(Grain::Day);
        let by = |part| UsageFilter { by: Some(part), ..all.clone() };
        let credentials = [sum(day, "", 8), sum(day, "key_a", 3), sum(day, "key_b", 4)];
        assert_eq!(sums(&store, &by(UsagePart::Credential)).await, credentials);
        let statuses = [sum(day, "200", 5), sum(day, "401", 8), sum(day, "500", 2)];
        assert_eq!(sums(&store, &by(UsagePart::Status)).await, statuses);
        assert_eq!(sums(&store, &by(UsagePart::Reason)).await, [sum(day, "", 7), sum(day, "unknown", 8)]);
        let routes = [sum(day, "", 8), sum(day, "/v1/things/{id}", 7)];
        assert_eq!(sums(&store, &by(UsagePart::Route)).await, routes);

        let ours = Some(WorkspaceId::from_uuid(Uuid::from_u128(2)));
        let other = Some(WorkspaceId::from_uuid(Uuid::from_u128(3)));
        assert_eq!(sums(&store, &UsageFilter { workspace: ours, ..all.clone() }).await, [sum(day, "", 7)]);
        assert!(sums(&store, &UsageFilter { workspace: other, ..all.clone() }).await.is_empty());
        let foreign = UsageFilter { workspace: other, credential: Some("key_a".to_owned()), ..all.clone() };
        assert!(sums(&store, &foreign).await.is_empty(), "another workspace's key has no usage here");
        let key = UsageFilter { credential: Some("key_a".to_owned()), ..all.clone() };
        assert_eq!(sums(&store, &key).await, [sum(day, "", 3)]);
        let api = Some(ApiId::from_uuid(Uuid::from_u128(9)));
        assert!(sums(&store, &UsageFilter { api, ..all.clone() }).await.is_empty());
        let most = store.read().await.unwrap().sum_usage(&by(UsagePart::Status), 2).await.unwrap();
        assert_eq!(most.len(), 2);
    }

    async fn those_who_fold_at_once_count_nothing_twice(store: Store) {
        let minute = at("2026-03-04T05:06:00Z");
        for id in 0..40 {
            count(&store, id, minute, &[(name("key_a", 200), 1)]).await;
        }
        let folders: Vec<_> = (0..4)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    loop {
                        let fold = store.write::<_, Error, _>(|tx| Box::pin(async move { tx.fold_usage().await }));
                        match fold.await {
                            Ok(0) => return,
                            Ok(_) | Err(Error::Busy) => {}
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                })
            })
            .collect();
        for folder in folders {
            folder.await.unwrap();
        }
        assert_eq!(sums(&store, &of_the_day(Grain::Day)).await, [sum("2026-03-04T00:00:00Z", "", 40)]);
    }

    async fn what_is_too_old_goes_an_instant_at_a_time(store: Store) {
        let first = at("2026-03-04T05:06:00Z");
        for (id, minutes) in [0, 1, 2].into_iter().enumerate() {
            let names = [(name("key_a", 200), 1), (name("key_b", 200), 1)];
            count(&store, id as u128, first.plus(MINUTE * minutes), &names).await;
        }
        fold(&store).await;
        let cutoff = first.plus(MINUTE * 2);
        let delete = async || {
            let delete = store.write::<_, Error, _>(move |tx| {
                Box::pin(async move { tx.delete_oldest_usage(Grain::Minute, cutoff).await })
            });
            delete.await.unwrap()
        };
        assert_eq!((delete().await, delete().await, delete().await), (2, 2, 0));
        assert_eq!(sums(&store, &of_the_day(Grain::Minute)).await, [sum("2026-03-04T05:08:00Z", "", 2)]);
        assert_eq!(sums(&store, &of_the_day(Grain::Day)).await.len(), 1, "other grains are kept longer");
    }
}
