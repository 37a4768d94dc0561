use std::time::Duration;

use claviger_domain::{Method, Methods, Session};
use claviger_secrets::PasswordHash;
use claviger_store::Store;

use crate::samples::{Samples, write};

/// Stores an account and some sessions of it.
async fn plant(store: &Store, samples: &Samples, count: usize) -> Vec<(Session, [u8; 32])> {
    let account = samples.account("ada@example.com");
    let id = account.id;
    write!(store, |tx| tx.insert_account(&account, Some(&PasswordHash::of_nobody().unwrap())));
    let mut planted = Vec::new();
    for _ in 0..count {
        let (session, lookup) = (samples.session(id), samples.hash());
        let row = session.clone();
        write!(store, |tx| tx.insert_session(&row, &lookup));
        planted.push((session, lookup));
    }
    planted
}

both! {
    async fn a_session_comes_back_as_it_was(store: Store) {
        let samples = Samples::new();
        let planted = plant(&store, &samples, 1).await;
        let mut read = store.read().await.unwrap();
        let found = read.find_session_by_lookup(&planted[0].1).await.unwrap();
        assert_eq!(found, Some(planted[0].0.clone()));
        assert_eq!(read.find_session_by_lookup(&[0; 32]).await.unwrap(), None);
    }

    async fn a_session_is_confirmed_while_it_lasts_and_never_earlier_than_it_was(store: Store) {
        let samples = Samples::new();
        let (session, lookup) = plant(&store, &samples, 1).await.remove(0);
        let (id, account) = (session.id, session.account);
        let (before, later) = (session.authenticated_at, session.authenticated_at.plus(Duration::from_secs(5)));
        assert!(!write!(store, |tx| tx.confirm_session(id, before)));
        assert!(write!(store, |tx| tx.confirm_session(id, later)));
        let found = store.read().await.unwrap().find_session_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!((found.authenticated_at, found.created_at), (later, session.created_at));
        assert!(write!(store, |tx| tx.end_session(id, account, later)));
        assert!(!write!(store, |tx| tx.confirm_session(id, later.plus(Duration::from_secs(5)))));
    }

    async fn a_session_is_ended_once_by_its_own_account_and_stays_ended(store: Store) {
        let samples = Samples::new();
        let (session, lookup) = plant(&store, &samples, 1).await.remove(0);
        let stranger = samples.account("eve@example.com").id;
        let (id, account, at) = (session.id, session.account, samples.now().plus(Duration::from_secs(5)));
        assert!(!write!(store, |tx| tx.end_session(id, stranger, at)));
        assert!(write!(store, |tx| tx.end_session(id, account, at)));
        assert!(!write!(store, |tx| tx.end_session(id, account, at)));
        assert!(!write!(store, |tx| tx.touch_session(id, at)));
        let found = store.read().await.unwrap().find_session_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!((found.ended_at, found.last_seen_at), (Some(at), session.last_seen_at));
    }

    async fn a_touch_moves_a_session_forward_only(store: Store) {
        let samples = Samples::new();
        let (session, lookup) = plant(&store, &samples, 1).await.remove(0);
        let (id, later) = (session.id, session.last_seen_at.plus(Duration::from_secs(60)));
        assert!(write!(store, |tx| tx.touch_session(id, later)));
        assert!(!write!(store, |tx| tx.touch_session(id, session.last_seen_at)));
        let found = store.read().await.unwrap().find_session_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!(found.last_seen_at, later);
    }

    async fn only_living_sessions_are_listed_newest_first(store: Store) {
        let samples = Samples::new();
        let planted = plant(&store, &samples, 3).await;
        let (account, now) = (planted[0].0.account, samples.now());
        let (second, third) = (planted[1].0.id, planted[2].0.id);
        let ids = |sessions: Vec<Session>| sessions.into_iter().map(|session| session.id).collect::<Vec<_>>();
        assert!(write!(store, |tx| tx.end_session(second, account, now)));
        {
            let mut read = store.read().await.unwrap();
            let living = read.list_sessions(account, now, 10).await.unwrap();
            assert_eq!(ids(living), [third, planted[0].0.id]);
            let idle = now.plus(planted[0].0.idle_limit);
            assert!(read.list_sessions(account, idle, 10).await.unwrap().is_empty());
        }
        assert_eq!(write!(store, |tx| tx.end_sessions_but(account, third, now)), 1);
        let living = store.read().await.unwrap().list_sessions(account, now, 10).await.unwrap();
        assert_eq!(ids(living), [third]);
    }

    async fn an_account_knows_the_addresses_it_signed_in_from(store: Store) {
        let samples = Samples::new();
        let (session, _) = plant(&store, &samples, 1).await.remove(0);
        let stranger = samples.account("eve@example.com").id;
        let known = session.origin.address.unwrap();
        let mut read = store.read().await.unwrap();
        assert!(read.knows_address(session.account, known).await.unwrap());
        assert!(!read.knows_address(session.account, "192.0.2.9".parse().unwrap()).await.unwrap());
        assert!(!read.knows_address(stranger, known).await.unwrap());
    }

    async fn sessions_past_their_date_are_deleted_in_batches(store: Store) {
        let samples = Samples::new();
        let planted = plant(&store, &samples, 3).await;
        let end = planted[2].0.expires_at;
        assert_eq!(write!(store, |tx| tx.delete_sessions(end, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_sessions(end, 10)), 1);
        let mut read = store.read().await.unwrap();
        assert!(read.find_session_by_lookup(&planted[1].1).await.unwrap().is_none());
        assert!(read.find_session_by_lookup(&planted[2].1).await.unwrap().is_some());
    }

    async fn a_second_factor_is_shown_once_at_a_living_session(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let at = samples.now().plus(Duration::from_secs(5));
        let methods = Methods::default().with(Method::Password).with(Method::Otp);
        for ends in [false, true] {
            let (mut session, lookup) = (samples.session(account), samples.hash());
            session.awaits_second_factor = true;
            let (id, row) = (session.id, session.clone());
            write!(store, |tx| tx.insert_session(&row, &lookup));
            let known = session.origin.address.unwrap();
            assert_eq!(store.read().await.unwrap().knows_address(account, known).await.unwrap(), ends);
            if ends {
                assert!(write!(store, |tx| tx.end_session(id, account, at)));
            }
            assert_eq!(write!(store, |tx| tx.prove_session(id, methods, at)), !ends);
            assert!(!write!(store, |tx| tx.prove_session(id, methods, at)));
            let found = store.read().await.unwrap().find_session_by_lookup(&lookup).await.unwrap().unwrap();
            assert_eq!(found.awaits_second_factor, ends);
            if !ends {
                assert_eq!((found.methods, found.authenticated_at), (methods, at));
            }
        }
    }

    async fn a_living_session_is_confirmed_forward_only(store: Store) {
        let samples = Samples::new();
        let mut planted = plant(&store, &samples, 2).await;
        let (ended, _) = planted.remove(1);
        let (session, lookup) = planted.remove(0);
        let later = session.authenticated_at.plus(Duration::from_secs(900));
        let (id, account) = (session.id, session.account);
        assert!(write!(store, |tx| tx.confirm_session(id, later)));
        assert!(!write!(store, |tx| tx.confirm_session(id, later)), "it is no news");
        let found = store.read().await.unwrap().find_session_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!((found.authenticated_at, found.created_at), (later, session.created_at));
        let over = ended.id;
        assert!(write!(store, |tx| tx.end_session(over, account, later)));
        assert!(!write!(store, |tx| tx.confirm_session(over, later)));
        let row = Session { awaits_second_factor: true, ..samples.session(account) };
        let (half, half_lookup) = (row.id, samples.hash());
        write!(store, |tx| tx.insert_session(&row, &half_lookup));
        assert!(!write!(store, |tx| tx.confirm_session(half, later)), "a password is half of its sign-in");
    }

    async fn all_sessions_of_an_account_end_and_no_other(store: Store) {
        let samples = Samples::new();
        let planted = plant(&store, &samples, 2).await;
        let other = samples.plant_account(&store, "eve@example.com").await.id;
        let (session, lookup) = (samples.session(other), samples.hash());
        write!(store, |tx| tx.insert_session(&session, &lookup));
        let (account, now) = (planted[0].0.account, samples.now());
        assert_eq!(write!(store, |tx| tx.end_sessions_of_account(account, now)), 2);
        assert_eq!(write!(store, |tx| tx.end_sessions_of_account(account, now)), 0);
        let mut read = store.read().await.unwrap();
        assert!(read.list_sessions(account, now, 10).await.unwrap().is_empty());
        assert_eq!(read.list_sessions(other, now, 10).await.unwrap().len(), 1);
    }
}
