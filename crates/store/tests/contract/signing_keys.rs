use std::time::Duration;

use claviger_domain::{Algorithm, Api, SigningKey, SigningKeyId, Timestamp};
use claviger_store::{Error, Store, StoredSigningKey};

use crate::samples::{Samples, write};

const DAY: Duration = Duration::from_secs(86_400);

fn signing_key(
    samples: &Samples,
    api: &Api,
    algorithm: Algorithm,
    activates_at: Timestamp,
) -> StoredSigningKey {
    samples.clock.advance(Duration::from_millis(1));
    let key = SigningKey {
        id: SigningKeyId::generate(&samples.clock, &samples.entropy),
        api: api.id,
        algorithm,
        public_jwk: r#"{"kty":"OKP"}"#.to_owned(),
        created_at: samples.now(),
        activates_at,
        retires_at: None,
        removes_at: None,
    };
    StoredSigningKey { key, private: samples.hash().to_vec() }
}

async fn insert(store: &Store, stored: &StoredSigningKey, removes_at: Timestamp) -> Result<(), Error> {
    let stored = stored.clone();
    store.write(move |tx| Box::pin(async move { tx.insert_signing_key(&stored, removes_at).await })).await
}

async fn list(store: &Store, api: &Api) -> Vec<SigningKey> {
    let stored = store.read().await.unwrap().list_signing_keys(api.id).await.unwrap();
    stored.into_iter().map(|stored| stored.key).collect()
}

both! {
    async fn a_signing_key_comes_back_as_it_was_newest_first(store: Store) {
        let samples = Samples::new();
        let api = samples.plant(&store).await.api;
        let now = samples.now();
        let first = signing_key(&samples, &api, Algorithm::EdDsa, now);
        let second = signing_key(&samples, &api, Algorithm::Rs256, now);
        for stored in [&first, &second] {
            insert(&store, stored, now).await.unwrap();
        }
        assert_eq!(list(&store, &api).await, [second.key, first.key.clone()], "of two algorithms, neither retires");
        let kept = store.read().await.unwrap().list_signing_keys(api.id).await.unwrap().pop().unwrap();
        assert_eq!((kept.key, kept.private), (first.key, first.private));
        assert!(list(&store, &samples.api("other")).await.is_empty());
    }

    async fn a_successor_retires_all_that_would_sign_beside_it(store: Store) {
        let samples = Samples::new();
        let api = samples.plant(&store).await.api;
        let now = samples.now();
        let active = signing_key(&samples, &api, Algorithm::EdDsa, now);
        let announced = signing_key(&samples, &api, Algorithm::EdDsa, now.plus(DAY * 2));
        let at_once = signing_key(&samples, &api, Algorithm::EdDsa, now.plus(DAY));
        insert(&store, &active, now).await.unwrap();
        insert(&store, &announced, now.plus(DAY * 9)).await.unwrap();
        let ends = |keys: &[SigningKey]| keys.iter().map(|key| (key.retires_at, key.removes_at)).collect::<Vec<_>>();
        let ended = (Some(now.plus(DAY * 2)), Some(now.plus(DAY * 9)));
        assert_eq!(ends(&list(&store, &api).await), [(None, None), ended]);
        insert(&store, &at_once, now.plus(DAY * 8)).await.unwrap();
        let earlier = (Some(now.plus(DAY)), Some(now.plus(DAY * 8)));
        assert_eq!(ends(&list(&store, &api).await), [(None, None), earlier, earlier]);
        // One more much later changes nothing of those that ended before.
        let late = signing_key(&samples, &api, Algorithm::EdDsa, now.plus(DAY * 30));
        insert(&store, &late, now.plus(DAY * 40)).await.unwrap();
        let last = (Some(now.plus(DAY * 30)), Some(now.plus(DAY * 40)));
        assert_eq!(ends(&list(&store, &api).await), [(None, None), last, earlier, earlier]);
    }

    async fn of_many_that_make_the_first_key_at_once_the_newest_is_one(store: Store) {
        let samples = Samples::new();
        let api = samples.plant(&store).await.api;
        let now = samples.now();
        let racers: Vec<_> = (0..8)
            .map(|_| {
                let (store, stored) = (store.clone(), signing_key(&samples, &api, Algorithm::Es256, now));
                tokio::spawn(async move { insert(&store, &stored, now).await })
            })
            .collect();
        for racer in racers {
            let result = racer.await.unwrap();
            assert!(matches!(result, Ok(()) | Err(Error::Conflict { .. })), "{result:?}");
        }
        let newest = list(&store, &api).await.into_iter().filter(|key| key.retires_at.is_none()).count();
        assert_eq!(newest, 1);
    }

    async fn a_key_of_no_api_is_a_conflict(store: Store) {
        let samples = Samples::new();
        let stored = signing_key(&samples, &samples.api("nowhere"), Algorithm::EdDsa, samples.now());
        let error = insert(&store, &stored, samples.now()).await.unwrap_err();
        assert!(matches!(error, Error::Conflict { constraint } if constraint == "foreign_key"));
    }

    async fn removed_keys_are_deleted_in_batches_and_living_ones_stay(store: Store) {
        let samples = Samples::new();
        let api = samples.plant(&store).await.api;
        let now = samples.now();
        for days in 0..4 {
            let stored = signing_key(&samples, &api, Algorithm::EdDsa, now.plus(DAY * days));
            insert(&store, &stored, now.plus(DAY * (days + 1))).await.unwrap();
        }
        let (id, cutoff) = (api.id, now.plus(DAY * 3));
        assert_eq!(write!(store, |tx| tx.delete_removed_signing_keys(id, cutoff, 1)), 1);
        assert_eq!(write!(store, |tx| tx.delete_removed_signing_keys(id, cutoff, 9)), 1);
        assert_eq!(write!(store, |tx| tx.delete_removed_signing_keys(id, cutoff, 9)), 0);
        assert_eq!(list(&store, &api).await.len(), 2);
    }
}
