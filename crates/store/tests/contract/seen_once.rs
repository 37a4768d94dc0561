use std::time::Duration;

use crate::samples::{Samples, write};

both! {
    async fn what_was_seen_is_new_once_and_again_after_its_end(store: Store) {
        let samples = Samples::new();
        let (lookup, other, now) = (samples.hash(), samples.hash(), samples.now());
        let end = now.plus(Duration::from_secs(60));
        assert!(write!(store, |tx| tx.insert_seen_once(&lookup, now, end)));
        assert!(!write!(store, |tx| tx.insert_seen_once(&lookup, now, end)));
        assert!(write!(store, |tx| tx.insert_seen_once(&other, now, end)));
        let later = end.plus(Duration::from_secs(60));
        assert!(write!(store, |tx| tx.insert_seen_once(&lookup, end, later)));
        assert!(!write!(store, |tx| tx.insert_seen_once(&lookup, end, later)));
    }

    async fn bcp_39_of_many_at_once_one_is_the_first(store: Store) {
        let samples = Samples::new();
        let (lookup, now) = (samples.hash(), samples.now());
        let end = now.plus(Duration::from_secs(60));
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { write!(store, |tx| tx.insert_seen_once(&lookup, now, end)) })
            })
            .collect();
        let mut firsts = 0;
        for racer in racers {
            firsts += u32::from(racer.await.unwrap());
        }
        assert_eq!(firsts, 1);
    }

    async fn what_expired_is_deleted_in_batches(store: Store) {
        let samples = Samples::new();
        let now = samples.now();
        for seconds in 1..4 {
            let (lookup, end) = (samples.hash(), now.plus(Duration::from_secs(seconds)));
            write!(store, |tx| tx.insert_seen_once(&lookup, now, end));
        }
        let later = now.plus(Duration::from_secs(2));
        assert_eq!(write!(store, |tx| tx.delete_expired_seen_once(later, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_expired_seen_once(later, 9)), 1);
        assert_eq!(write!(store, |tx| tx.delete_expired_seen_once(later, 9)), 0);
    }
}
