use crate::samples::{Samples, write};

both! {
    async fn an_authenticator_is_begun_anew_until_it_is_confirmed(store: Store) {
        let samples = Samples::new();
        let (id, at) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        assert!(write!(store, |tx| tx.begin_totp(id, b"first")));
        assert!(write!(store, |tx| tx.begin_totp(id, b"second")));
        assert!(!write!(store, |tx| tx.confirm_totp(id, b"first", 7, at)), "it was begun anew");
        assert!(!write!(store, |tx| tx.use_totp_step(id, 8)), "it is not confirmed");
        assert!(write!(store, |tx| tx.confirm_totp(id, b"second", 7, at)));
        assert!(!write!(store, |tx| tx.confirm_totp(id, b"second", 8, at)));
        assert!(!write!(store, |tx| tx.begin_totp(id, b"third")));
        let found = store.read().await.unwrap().find_totp(id).await.unwrap().unwrap();
        assert_eq!((found.secret.as_slice(), found.confirmed_at), (b"second".as_slice(), Some(at)));
    }

    async fn a_step_is_used_once_and_with_it_all_before(store: Store) {
        let samples = Samples::new();
        let (id, at) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        write!(store, |tx| tx.begin_totp(id, b"sealed"));
        write!(store, |tx| tx.confirm_totp(id, b"sealed", 7, at));
        for (step, is_good) in [(7, false), (9, true), (9, false), (8, false), (10, true)] {
            assert_eq!(write!(store, |tx| tx.use_totp_step(id, step)), is_good, "{step}");
        }
    }

    async fn a_recovery_code_works_once_for_its_own_account(store: Store) {
        let samples = Samples::new();
        let (id, at) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        let stranger = samples.plant_account(&store, "eve@example.com").await.id;
        let (old, codes) = ([samples.hash()], [samples.hash(), samples.hash()]);
        write!(store, |tx| tx.replace_recovery_codes(id, &old));
        write!(store, |tx| tx.replace_recovery_codes(id, &codes));
        assert_eq!(store.read().await.unwrap().count_recovery_codes(id).await.unwrap(), 2);
        assert!(!write!(store, |tx| tx.use_recovery_code(id, &old[0], at)));
        assert!(!write!(store, |tx| tx.use_recovery_code(stranger, &codes[0], at)));
        assert!(write!(store, |tx| tx.use_recovery_code(id, &codes[0], at)));
        assert!(!write!(store, |tx| tx.use_recovery_code(id, &codes[0], at)));
        assert_eq!(store.read().await.unwrap().count_recovery_codes(id).await.unwrap(), 1);
    }

    async fn an_authenticator_is_removed_with_its_recovery_codes(store: Store) {
        let samples = Samples::new();
        let id = samples.plant_account(&store, "ada@example.com").await.id;
        let codes = [samples.hash()];
        write!(store, |tx| tx.begin_totp(id, b"sealed"));
        write!(store, |tx| tx.replace_recovery_codes(id, &codes));
        assert!(write!(store, |tx| tx.delete_totp(id)));
        assert!(!write!(store, |tx| tx.delete_totp(id)));
        let mut read = store.read().await.unwrap();
        assert_eq!(read.count_recovery_codes(id).await.unwrap(), 0);
        assert!(read.find_totp(id).await.unwrap().is_none());
    }
}
