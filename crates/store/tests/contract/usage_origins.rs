use std::sync::Arc;

use claviger_domain::{
    ApiId, Grain, KeyId, KeyVersion, SecretId, Timestamp, UsageOrigin, VersionCount, WorkspaceId,
};
use claviger_store::{Error, MinuteOrigin, Store, UsageBatch, UsageFilter};
use uuid::Uuid;

use crate::usage::{at, fold, insert, of_the_day};

fn key() -> KeyId {
    KeyId::from_uuid(Uuid::from_u128(7))
}

fn version(number: u128) -> KeyVersion {
    KeyVersion { id: SecretId::from_uuid(Uuid::from_u128(number)), is_replaced: false }
}

fn replaced(number: u128) -> KeyVersion {
    KeyVersion { is_replaced: true, ..version(number) }
}

fn origin(version: Option<KeyVersion>, network: &str) -> UsageOrigin {
    UsageOrigin {
        api: ApiId::from_uuid(Uuid::from_u128(1)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(2)),
        credential: Arc::from(key().to_string()),
        version,
        network: (!network.is_empty()).then(|| network.parse().unwrap()),
    }
}

fn seen(minute: &str, origin: UsageOrigin, requests: u64) -> MinuteOrigin {
    MinuteOrigin { minute: at(minute), origin, requests }
}

async fn count(store: &Store, id: u128, origins: Vec<MinuteOrigin>) {
    let batch = UsageBatch { origins, ..UsageBatch::new(Uuid::from_u128(id), -1) };
    insert(store, batch).await;
    fold(store).await;
}

async fn networks(store: &Store, filter: &UsageFilter) -> Vec<(String, String, u64)> {
    let sums = store.read().await.unwrap().sum_networks(&key().to_string(), filter, 100).await.unwrap();
    sums.into_iter().map(|sum| (sum.at.to_string(), sum.part, sum.tally.requests)).collect()
}

async fn versions(store: &Store, since: &str) -> Vec<VersionCount> {
    store.read().await.unwrap().sum_versions(key(), at(since), 100).await.unwrap()
}

fn sum(at: &str, network: &str, requests: u64) -> (String, String, u64) {
    (at.to_owned(), network.to_owned(), requests)
}

both! {
    async fn networks_add_up_to_hours_and_days_of_their_own_workspace(store: Store) {
        let home = |minute: &str, requests| seen(minute, origin(Some(version(1)), "203.0.113.0/24"), requests);
        let away = seen("2026-03-04T07:00:00Z", origin(Some(version(1)), "2001:db8:1::/48"), 4);
        let unknown = seen("2026-03-04T07:00:00Z", origin(None, ""), 8);
        count(&store, 1, vec![home("2026-03-04T05:06:00Z", 1), home("2026-03-04T05:07:00Z", 2), away]).await;
        count(&store, 2, vec![home("2026-03-04T05:59:00Z", 3), unknown]).await;

        let (first, later) = ("2026-03-04T05:00:00Z", "2026-03-04T07:00:00Z");
        assert_eq!(
            networks(&store, &of_the_day(Grain::Hour)).await,
            [sum(first, "203.0.113.0/24", 6), sum(later, "", 8), sum(later, "2001:db8:1::/48", 4)]
        );
        let day = "2026-03-04T00:00:00Z";
        let of_day = [sum(day, "", 8), sum(day, "2001:db8:1::/48", 4), sum(day, "203.0.113.0/24", 6)];
        assert_eq!(networks(&store, &of_the_day(Grain::Day)).await, of_day);
        assert!(networks(&store, &of_the_day(Grain::Minute)).await.is_empty(), "nobody keeps minutes of them");

        let ours = Some(WorkspaceId::from_uuid(Uuid::from_u128(2)));
        let other = Some(WorkspaceId::from_uuid(Uuid::from_u128(3)));
        assert_eq!(networks(&store, &UsageFilter { workspace: ours, ..of_the_day(Grain::Day) }).await, of_day);
        assert!(networks(&store, &UsageFilter { workspace: other, ..of_the_day(Grain::Day) }).await.is_empty());
        let api = Some(ApiId::from_uuid(Uuid::from_u128(9)));
        assert!(networks(&store, &UsageFilter { api, ..of_the_day(Grain::Day) }).await.is_empty());
    }

    async fn versions_of_a_key_are_told_apart_and_what_came_after_one_was_replaced(store: Store) {
        let home = "203.0.113.0/24";
        let before = seen("2026-03-04T05:06:00Z", origin(Some(version(1)), home), 100);
        count(&store, 1, vec![before]).await;
        let old = seen("2026-03-04T05:07:00Z", origin(Some(replaced(1)), home), 3);
        let new = seen("2026-03-04T05:08:00Z", origin(Some(version(2)), home), 5);
        let earlier = seen("2026-03-03T05:06:00Z", origin(Some(version(1)), home), 1_000);
        count(&store, 2, vec![old, new, earlier]).await;
        let told = |number, requests, replaced, seen: &str| VersionCount {
            version: version(number).id,
            network: Some(home.parse().unwrap()),
            requests,
            replaced,
            seen_at: at(seen),
        };
        assert_eq!(
            versions(&store, "2026-03-04T05:06:30Z").await,
            [told(1, 103, 3, "2026-03-04T05:07:00Z"), told(2, 5, 0, "2026-03-04T05:08:00Z")],
            "from the day of the rotation on"
        );
    }

    async fn networks_that_are_too_many_are_counted_without_their_name(store: Store) {
        let minute = "2026-03-04T05:06:00Z";
        let many: Vec<_> = (0..100_u8)
            .map(|number| seen(minute, origin(Some(version(1)), &format!("203.0.{number}.0/24")), 1))
            .collect();
        count(&store, 1, many.clone()).await;
        count(&store, 2, many).await;
        let of_day = networks(&store, &of_the_day(Grain::Day)).await;
        let named = of_day.iter().filter(|(_, network, _)| !network.is_empty());
        assert_eq!(named.clone().count(), 64);
        assert!(named.clone().all(|(.., requests)| *requests == 2), "one that is known stays known");
        assert_eq!(of_day[0], sum("2026-03-04T00:00:00Z", "", 72));
    }

    async fn origins_that_are_too_old_go_an_instant_at_a_time(store: Store) {
        let home = |minute: &str| seen(minute, origin(Some(version(1)), "203.0.113.0/24"), 1);
        let away = seen("2026-03-04T05:06:00Z", origin(None, "198.51.100.0/24"), 1);
        count(&store, 1, vec![home("2026-03-04T05:06:00Z"), away, home("2026-03-04T07:00:00Z")]).await;
        let delete = async |cutoff: Timestamp| {
            let delete = store.write::<_, Error, _>(move |tx| {
                Box::pin(async move { tx.delete_oldest_origins(Grain::Hour, cutoff).await })
            });
            delete.await.unwrap()
        };
        let cutoff = at("2026-03-04T07:00:00Z");
        assert_eq!((delete(cutoff).await, delete(cutoff).await), (2, 0));
        assert_eq!(networks(&store, &of_the_day(Grain::Hour)).await.len(), 1);
        assert_eq!(networks(&store, &of_the_day(Grain::Day)).await.len(), 2, "days are kept longer");
    }
}
