use std::time::Duration;

use claviger_domain::{AccountId, PasskeyId};
use claviger_store::{Error, StoredPasskey};

use crate::samples::{Samples, write};

fn passkey(samples: &Samples, account: AccountId) -> StoredPasskey {
    samples.clock.advance(Duration::from_millis(1));
    StoredPasskey {
        id: PasskeyId::generate(&samples.clock, &samples.entropy),
        account,
        name: "Łaptop".to_owned(),
        state: r#"{"counter":1}"#.to_owned(),
        created_at: samples.now(),
        last_used_at: None,
    }
}

both! {
    async fn a_passkey_is_found_by_its_credential_and_registered_once(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let (first, second) = (passkey(&samples, account), passkey(&samples, account));
        let (one, other) = (samples.hash(), samples.hash());
        for (row, credential) in [(first.clone(), one), (second.clone(), other)] {
            write!(store, |tx| tx.insert_passkey(&row, &credential));
        }
        let again = passkey(&samples, account);
        let result = store
            .write::<(), Error, _>(move |tx| Box::pin(async move { tx.insert_passkey(&again, &one).await }))
            .await;
        assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_passkey(&one).await.unwrap(), Some(first.clone()));
        assert_eq!(read.find_passkey(&[0; 32]).await.unwrap(), None);
        assert_eq!(read.list_passkeys(account).await.unwrap(), [second, first]);
    }

    async fn a_use_is_noted_only_after_the_state_that_was_read(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let (row, credential, at) = (passkey(&samples, account), samples.hash(), samples.now());
        let (id, old) = (row.id, row.state.clone());
        write!(store, |tx| tx.insert_passkey(&row, &credential));
        for is_first in [true, false] {
            let old = old.clone();
            assert_eq!(write!(store, |tx| tx.use_passkey(id, (&old, r#"{"counter":2}"#), at)), is_first);
        }
        let found = store.read().await.unwrap().find_passkey(&credential).await.unwrap().unwrap();
        assert_eq!((found.state.as_str(), found.last_used_at), (r#"{"counter":2}"#, Some(at)));
    }

    async fn a_passkey_is_deleted_by_its_own_account(store: Store) {
        let samples = Samples::new();
        let account = samples.plant_account(&store, "ada@example.com").await.id;
        let stranger = samples.plant_account(&store, "eve@example.com").await.id;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let (row, credential) = (passkey(&samples, account), samples.hash());
            ids.push(row.id);
            write!(store, |tx| tx.insert_passkey(&row, &credential));
        }
        let id = ids[0];
        assert!(!write!(store, |tx| tx.delete_passkey(id, stranger)));
        assert!(write!(store, |tx| tx.delete_passkey(id, account)));
        assert!(!write!(store, |tx| tx.delete_passkey(id, account)));
        assert_eq!(write!(store, |tx| tx.delete_passkeys(account)), 2);
    }
}
