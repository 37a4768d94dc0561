use std::time::Duration;

use claviger_domain::{Key, KeyId, KeyKind, KeyState, Reminder, Timestamp};
use claviger_store::{KeyCount, KeyFilter, KeyStretch, Store, Touch};

use crate::samples::{Planted, Samples, insert_key, page, write};

/// More keys than any test has.
const ALL: KeyStretch = KeyStretch { after: None, look: 1_000 };
const DAY: Duration = Duration::from_secs(86_400);

/// A key without dates of its own, as old as the planted one.
async fn plant_key(
    store: &Store,
    samples: &Samples,
    planted: &Planted,
    change: impl FnOnce(&mut Key),
) -> KeyId {
    let mut key = samples.key(&planted.api, &planted.workspace);
    (key.not_before, key.expires_at) = (None, None);
    change(&mut key);
    insert_key(store, &key).await;
    key.id
}

async fn touch(store: &Store, planted: &Planted, id: KeyId, at: Timestamp) {
    let key = store.read().await.unwrap().find_key(id, Some(planted.workspace.id)).await.unwrap().unwrap();
    let touch = Touch { secret: key.generations[0].id, at, address: None, agent: None };
    write!(store, |tx| tx.touch_generations(vec![touch]));
}

both! {
    async fn idle_keys_are_those_that_work_and_that_nobody_used_or_changed(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let idle = plant_key(&store, &samples, &planted, |_| {}).await;
        let used = plant_key(&store, &samples, &planted, |_| {}).await;
        let now = samples.now().plus(DAY * 100);
        let cutoff = now.minus(DAY * 90);
        touch(&store, &planted, used, cutoff.plus(DAY)).await;
        let long_ago = plant_key(&store, &samples, &planted, |_| {}).await;
        touch(&store, &planted, long_ago, cutoff.minus(DAY)).await;
        for change in [
            |key: &mut Key| key.state = KeyState::Disabled { since: key.created_at },
            |key: &mut Key| key.state = KeyState::Revoked { at: key.created_at },
            |key: &mut Key| key.expires_at = Some(key.created_at.plus(DAY)),
            |key: &mut Key| key.not_before = Some(key.created_at.plus(DAY * 50)),
            |key: &mut Key| key.updated_at = key.created_at.plus(DAY * 50),
        ] {
            plant_key(&store, &samples, &planted, change).await;
        }
        let mut read = store.read().await.unwrap();
        let api = planted.api.id;
        let found = read.list_idle_keys((api, None), cutoff, now, 10).await.unwrap();
        assert_eq!(found, [idle, long_ago]);
        let first = read.list_idle_keys((api, None), cutoff, now, 1).await.unwrap();
        assert_eq!(first, [idle]);
        let rest = read.list_idle_keys((api, Some(idle)), cutoff, now, 10).await.unwrap();
        assert_eq!(rest, [long_ago]);
        let elsewhere = samples.api("redox").id;
        assert!(read.list_idle_keys((elsewhere, None), cutoff, now, 10).await.unwrap().is_empty());
    }

    async fn a_reminder_is_noted_once_for_each_end(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let end = samples.now().plus(DAY * 100);
        let id = plant_key(&store, &samples, &planted, |key| key.expires_at = Some(end)).await;
        let (api, week) = (planted.api.id, Reminder::Week);
        let due = async |days: u32| {
            let now = end.minus(DAY * days);
            let found = store.read().await.unwrap().list_ending_keys(api, week, now, 10).await.unwrap();
            found.into_iter().map(|key| (key.id, key.ends_at, key.name)).collect::<Vec<_>>()
        };
        assert_eq!(due(8).await, []);
        let found = due(7).await;
        assert_eq!(found, [(id, end, "Ärger 100%".to_owned())]);
        assert_eq!(due(1).await, [], "the next one takes its place");
        let noted = async |ends_at: Timestamp| {
            let at = samples.now();
            write!(store, |tx| tx.insert_reminder((id, ends_at), week, at))
        };
        assert!(noted(end).await);
        assert!(!noted(end).await, "of two, one is told so");
        assert_eq!(due(7).await, []);
        assert!(noted(end.plus(DAY)).await, "another end is another matter");
    }

    async fn a_key_that_was_made_late_or_does_not_work_is_not_reminded_of(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let soon = samples.now().plus(DAY * 5);
        plant_key(&store, &samples, &planted, |key| key.expires_at = Some(soon)).await;
        plant_key(&store, &samples, &planted, |key| {
            key.expires_at = Some(soon.plus(DAY * 2));
            key.created_at = samples.now().minus(DAY * 20);
            key.state = KeyState::Revoked { at: samples.now() };
        })
        .await;
        let due = store.read().await.unwrap();
        let mut due = due;
        let found = due.list_ending_keys(planted.api.id, Reminder::Week, samples.now(), 10).await.unwrap();
        assert_eq!(found, []);
    }

    async fn keys_are_listed_and_counted_by_their_end_their_use_and_their_age(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let start = samples.now();
        let ending = plant_key(&store, &samples, &planted, |key| key.expires_at = Some(start.plus(DAY * 10))).await;
        let used = plant_key(&store, &samples, &planted, |_| {}).await;
        touch(&store, &planted, used, start.plus(DAY * 50)).await;
        let pair = plant_key(&store, &samples, &planted, |key| key.kind = KeyKind::Pair).await;
        let rotated = plant_key(&store, &samples, &planted, |_| {}).await;
        samples.clock.advance(DAY * 60);
        let newer = samples.generation();
        write!(store, |tx| tx.insert_generation(rotated, &newer));
        let all = || KeyFilter { workspace: Some(planted.workspace.id), ..KeyFilter::default() };
        let listed = async |filter: KeyFilter| {
            let mut read = store.read().await.unwrap();
            let page = read.list_keys(&filter, page(50)).await.unwrap();
            let ids: Vec<_> = page.rows.iter().map(|key| key.id).collect();
            let counted = read.count_keys(&filter, ALL, 50).await.unwrap();
            assert_eq!((usize::from(counted.count), counted.next), (ids.len(), None));
            ids
        };
        let ends = Some((start.plus(DAY), start.plus(DAY * 20)));
        assert_eq!(listed(KeyFilter { ends, ..all() }).await, [ending]);
        let (api, soon) = (planted.api.id, (start.plus(DAY), start.plus(DAY * 20)));
        let count = async |ends, most| {
            store.read().await.unwrap().count_ending_keys(api, ends, most).await.unwrap()
        };
        assert_eq!((count(soon, 50).await, count(soon, 0).await), (1, 0));
        assert_eq!(count((start.plus(DAY * 10), start.plus(DAY * 20)), 50).await, 0);
        let ends = Some((start.plus(DAY * 10), start.plus(DAY * 20)));
        assert_eq!(listed(KeyFilter { ends, ..all() }).await, [], "it has ended by then");
        let unused_since = Some(start.plus(DAY * 40));
        let unused = listed(KeyFilter { unused_since, ..all() }).await;
        assert_eq!(unused, [rotated, pair, ending, planted.key.id]);
        let unused_since = Some(start.plus(DAY * 51));
        assert!(listed(KeyFilter { unused_since, ..all() }).await.contains(&used));
        assert!(listed(KeyFilter { unused_since: Some(start.minus(DAY)), ..all() }).await.is_empty());
        let text_before = Some(start.plus(DAY * 30));
        let old = listed(KeyFilter { text_before, ..all() }).await;
        assert_eq!(old, [used, ending, planted.key.id], "neither what was rotated nor a pair");
        let mut read = store.read().await.unwrap();
        let counted = read.count_keys(&all(), ALL, 2).await.unwrap();
        assert_eq!(counted, KeyCount { count: 2, next: None }, "no further than that");
        let unused = KeyFilter { unused_since: Some(start.plus(DAY * 40)), ..all() };
        let (mut counts, mut stretch) = (Vec::new(), KeyStretch { after: None, look: 2 });
        loop {
            let KeyCount { count, next } = read.count_keys(&unused, stretch, 50).await.unwrap();
            counts.push(count);
            let Some(after) = next else { break };
            stretch.after = Some(after);
        }
        assert_eq!(counts, [2, 1, 1], "two keys at a time, of which one was used");
    }
}
