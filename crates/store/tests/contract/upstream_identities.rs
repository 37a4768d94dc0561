use claviger_domain::Pool;
use claviger_store::{Error, UpstreamIdentity};

use crate::samples::{Samples, write};

both! {
    async fn an_identity_belongs_to_one_account_of_a_pool(store: Store) {
        let samples = Samples::new();
        let (ada, now) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        let eve = samples.plant_account(&store, "eve@example.com").await.id;
        let identity = UpstreamIdentity { issuer: "https://login.example".to_owned(), subject: "7".to_owned() };
        let other = Pool::Api(samples.api("redox").id);
        for (pool, account) in [(Pool::Instance, ada), (other, eve)] {
            let identity = identity.clone();
            write!(store, |tx| tx.insert_upstream_identity((pool, account), &identity, now));
        }
        let again = identity.clone();
        let result = store
            .write::<(), Error, _>(move |tx| {
                Box::pin(async move { tx.insert_upstream_identity((Pool::Instance, eve), &again, now).await })
            })
            .await;
        assert!(matches!(result, Err(Error::Conflict { .. })), "{result:?}");
        let stranger = UpstreamIdentity { subject: "8".to_owned(), ..identity.clone() };
        {
            let mut read = store.read().await.unwrap();
            assert_eq!(read.find_upstream_identity(Pool::Instance, &identity).await.unwrap(), Some(ada));
            assert_eq!(read.find_upstream_identity(other, &identity).await.unwrap(), Some(eve));
            assert_eq!(read.find_upstream_identity(other, &stranger).await.unwrap(), None);
        }
        assert_eq!(write!(store, |tx| tx.delete_upstream_identities(ada)), 1);
        assert_eq!(store.read().await.unwrap().find_upstream_identity(Pool::Instance, &identity).await.unwrap(), None);
    }

    async fn the_identities_of_an_account_are_listed_and_forgotten_by_provider(store: Store) {
        let samples = Samples::new();
        let (ada, now) = (samples.plant_account(&store, "ada@example.com").await.id, samples.now());
        let eve = samples.plant_account(&store, "eve@example.com").await.id;
        let later = now.plus(std::time::Duration::from_secs(1));
        let identity = |issuer: &str, subject: &str| UpstreamIdentity { issuer: issuer.to_owned(), subject: subject.to_owned() };
        let (first, second) = (identity("https://b.example", "1"), identity("https://a.example", "2"));
        let of_eve = identity("https://b.example", "3");
        for (account, identity, at) in [
            (ada, first.clone(), now),
            (ada, second.clone(), later),
            (eve, of_eve.clone(), now),
        ] {
            write!(store, |tx| tx.insert_upstream_identity((Pool::Instance, account), &identity, at));
        }
        let listed = store.read().await.unwrap().list_upstream_identities(ada).await.unwrap();
        assert_eq!(listed, [(first, now), (second.clone(), later)]);
        for is_news in [true, false] {
            assert_eq!(write!(store, |tx| tx.delete_upstream_identity(ada, "https://b.example")), is_news);
        }
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_upstream_identities(ada).await.unwrap(), [(second, later)]);
        assert_eq!(read.list_upstream_identities(eve).await.unwrap(), [(of_eve, now)]);
    }
}
