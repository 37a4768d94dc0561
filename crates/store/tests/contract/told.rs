//! What was told to webhooks: once, whoever tries.

use std::time::Duration;

use claviger_domain::{Key, KeyState};

use crate::samples::{Samples, insert_key, write};

const DAY: Duration = Duration::from_secs(86_400);

both! {
    async fn an_end_is_listed_until_it_was_told_once(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let now = samples.now().plus(DAY * 40);
        let mut ids = Vec::new();
        for change in [
            |key: &mut Key| key.expires_at = Some(key.created_at.plus(DAY * 39)),
            |key: &mut Key| key.expires_at = Some(key.created_at.plus(DAY * 38)),
            |key: &mut Key| key.expires_at = Some(key.created_at.plus(DAY * 30)),
            |key: &mut Key| key.expires_at = Some(key.created_at.plus(DAY * 41)),
            |key: &mut Key| key.expires_at = None,
            |key: &mut Key| {
                key.expires_at = Some(key.created_at.plus(DAY * 39));
                key.state = KeyState::Revoked { at: key.created_at };
            },
        ] {
            let mut key = samples.key(&planted.api, &planted.workspace);
            key.not_before = None;
            key.created_at = samples.now();
            change(&mut key);
            insert_key(&store, &key).await;
            ids.push((key.id, key.expires_at));
        }
        let api = planted.api.id;
        let listed = async |limit| {
            store.read().await.unwrap().list_ended_keys(api, (now.minus(DAY * 7), now), limit).await.unwrap()
        };
        assert_eq!(listed(10).await, [ids[1].0, ids[0].0]);
        assert_eq!(listed(1).await, [ids[1].0]);
        let end = (ids[1].0, ids[1].1.unwrap());
        for is_news in [true, false] {
            assert_eq!(write!(store, |tx| tx.insert_told_end(end, now)), is_news);
        }
        assert_eq!(listed(10).await, [ids[0].0]);
        let elsewhere = samples.api("redox").id;
        let mut read = store.read().await.unwrap();
        assert!(read.list_ended_keys(elsewhere, (now.minus(DAY * 7), now), 10).await.unwrap().is_empty());
        drop(read);
        assert_eq!(write!(store, |tx| tx.delete_told_ends(now, 10)), 0);
        let later = now.plus(DAY);
        assert_eq!(write!(store, |tx| tx.delete_told_ends(later, 10)), 1);
        assert_eq!(listed(10).await.len(), 2, "what is forgotten would be told again");
    }

    async fn a_limit_is_told_again_when_its_time_is_over(store: Store) {
        let samples = Samples::new();
        let now = samples.now();
        let hour = Duration::from_secs(3_600);
        let put = async |name: &'static str, at| {
            write!(store, |tx| tx.put_told_limit(name, now.plus(hour + at), now.plus(at)))
        };
        assert!(put("a", Duration::ZERO).await);
        assert!(!put("a", hour / 2).await);
        assert!(put("b", hour / 2).await, "another one");
        assert!(put("a", hour).await);
        assert!(!put("a", hour).await);
        let at = now.plus(hour * 3 / 2);
        assert_eq!(write!(store, |tx| tx.delete_told_limits(at, 10)), 1);
        assert!(put("b", hour * 3 / 2).await);
        assert!(!put("a", hour * 3 / 2).await);
    }
}
