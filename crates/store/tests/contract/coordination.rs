use std::time::Duration;

use claviger_domain::{ChangeSeq, NodeId};
use claviger_store::{IdempotencyKey, JobLease, NodeLease, NodeRecord};

use crate::samples::{Samples, write};

const ID: IdempotencyKey<'static> = IdempotencyKey { actor: "otk_1", key: "abc" };

both! {
    async fn only_nodes_within_their_lease_are_live(store: Store) {
        let samples = Samples::new();
        let now = samples.now();
        let lease = |until, applied| NodeLease {
            node: NodeId::generate(&samples.clock, &samples.entropy),
            until,
            applied: ChangeSeq::from_i64(applied),
        };
        let (live, dead) = (lease(now.plus(Duration::from_secs(10)), 7), lease(now, 3));
        for lease in [live, dead] {
            write!(store, |tx| tx.renew_node(lease, "1.2.3", now));
        }
        assert_eq!(store.read().await.unwrap().list_live_nodes(now).await.unwrap(), [live]);
        let renewed = NodeLease { applied: ChangeSeq::from_i64(8), ..live };
        write!(store, |tx| tx.renew_node(renewed, "1.2.3", now));
        assert_eq!(store.read().await.unwrap().list_live_nodes(now).await.unwrap(), [renewed]);
        assert_eq!(write!(store, |tx| tx.delete_dead_nodes(now.plus(Duration::from_secs(1)))), 1);
        assert!(write!(store, |tx| tx.delete_node(live.node)));
        assert!(!write!(store, |tx| tx.delete_node(dead.node)));
        assert!(store.read().await.unwrap().list_live_nodes(now).await.unwrap().is_empty());
    }

    async fn nodes_are_listed_with_what_they_last_said_whether_or_not_they_live(store: Store) {
        let samples = Samples::new();
        let now = samples.now();
        let lease = |applied| NodeLease {
            node: NodeId::generate(&samples.clock, &samples.entropy),
            until: now,
            applied: ChangeSeq::from_i64(applied),
        };
        let older = lease(3);
        samples.clock.advance(Duration::from_millis(1));
        let newer = lease(4);
        write!(store, |tx| tx.renew_node(older, "1.0.0", now));
        write!(store, |tx| tx.renew_node(newer, "1.1.0", now));
        let later = now.plus(Duration::from_secs(5));
        let renewed = NodeLease { until: later, ..older };
        write!(store, |tx| tx.renew_node(renewed, "1.0.1", later));
        let record = |lease, version: &str, seen_at| NodeRecord { lease, version: version.to_owned(), seen_at };
        let both = [record(newer, "1.1.0", now), record(renewed, "1.0.1", later)];
        assert_eq!(store.read().await.unwrap().list_nodes(10).await.unwrap(), both);
        assert_eq!(store.read().await.unwrap().list_nodes(1).await.unwrap(), both[..1]);
    }

    async fn a_job_belongs_to_one_node_until_its_lease_ends(store: Store) {
        let samples = Samples::new();
        let node = || NodeId::generate(&samples.clock, &samples.entropy);
        let (one, two, now) = (node(), node(), samples.now());
        let end = now.plus(Duration::from_secs(30));
        let later = end.plus(Duration::from_secs(30));
        assert!(write!(store, |tx| tx.acquire_job("retention", one, now, end)));
        assert!(!write!(store, |tx| tx.acquire_job("retention", two, now, end)));
        assert!(write!(store, |tx| tx.acquire_job("usage", two, now, end)), "another job is another lease");
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_job_holder("retention", now).await.unwrap(), Some(one));
        assert_eq!(read.find_job_holder("retention", end).await.unwrap(), None, "it has ended");
        assert_eq!(read.find_job_holder("nothing", now).await.unwrap(), None);
        drop(read);
        let held = |name: &str, node| JobLease { name: name.to_owned(), node };
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_jobs(now).await.unwrap(), [held("retention", one), held("usage", two)]);
        assert_eq!(read.list_jobs(end).await.unwrap(), []);
        drop(read);
        assert!(write!(store, |tx| tx.acquire_job("retention", one, now, end)), "its holder can renew it");
        assert!(write!(store, |tx| tx.acquire_job("retention", two, end, later)));
        assert!(!write!(store, |tx| tx.release_job("retention", one)));
        assert!(write!(store, |tx| tx.release_job("retention", two)));
        assert!(write!(store, |tx| tx.acquire_job("retention", one, now, end)));
    }

    async fn a_repeated_request_finds_its_answer_until_it_is_forgotten(store: Store) {
        let samples = Samples::new();
        let (now, hash) = (samples.now(), samples.hash());
        let end = now.plus(Duration::from_secs(60));
        assert!(write!(store, |tx| tx.begin_idempotency(ID, &hash, now, end)));
        assert!(!write!(store, |tx| tx.begin_idempotency(ID, &hash, now, end)));
        let found = store.read().await.unwrap().find_idempotency(ID, now).await.unwrap().unwrap();
        assert_eq!((found.request_hash, found.response, found.expires_at), (hash, None, end));
        assert!(write!(store, |tx| tx.complete_idempotency(ID, b"sealed")));
        assert!(!write!(store, |tx| tx.complete_idempotency(ID, b"other")));
        assert!(!write!(store, |tx| tx.abandon_idempotency(ID)), "an answer given is kept");
        let found = store.read().await.unwrap().find_idempotency(ID, now).await.unwrap().unwrap();
        assert_eq!(found.response.as_deref(), Some(b"sealed".as_slice()));
        assert_eq!(store.read().await.unwrap().find_idempotency(ID, end).await.unwrap(), None);
        assert!(write!(store, |tx| tx.begin_idempotency(ID, &hash, end, end.plus(Duration::from_secs(1)))));
        assert!(write!(store, |tx| tx.abandon_idempotency(ID)));
    }

    async fn forgotten_answers_are_deleted(store: Store) {
        let samples = Samples::new();
        let (now, hash) = (samples.now(), samples.hash());
        let other = IdempotencyKey { actor: "otk_2", ..ID };
        for (id, seconds) in [(ID, 1), (other, 60)] {
            write!(store, |tx| tx.begin_idempotency(id, &hash, now, now.plus(Duration::from_secs(seconds))));
        }
        assert_eq!(write!(store, |tx| tx.delete_expired_idempotency(now.plus(Duration::from_secs(1)), 10)), 1);
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_idempotency(ID, now).await.unwrap(), None);
        assert!(read.find_idempotency(other, now).await.unwrap().is_some());
    }

    async fn a_setting_is_set_once_and_replaced_on_purpose(store: Store) {
        assert_eq!(store.read().await.unwrap().find_setting("check").await.unwrap(), None);
        assert!(!write!(store, |tx| tx.replace_setting("check", b"0")));
        assert!(write!(store, |tx| tx.insert_setting("check", b"1")));
        assert!(!write!(store, |tx| tx.insert_setting("check", b"2")));
        assert_eq!(store.read().await.unwrap().find_setting("check").await.unwrap().unwrap(), b"1");
        assert!(write!(store, |tx| tx.replace_setting("check", b"3")));
        assert_eq!(store.read().await.unwrap().find_setting("check").await.unwrap().unwrap(), b"3");
    }
}
