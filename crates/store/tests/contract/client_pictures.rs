use std::collections::BTreeMap;

use claviger_domain::{ApiId, ClientId, PictureDigest, PictureKind};
use claviger_store::{Store, StoredPicture};
use uuid::Uuid;

use crate::samples::{Planted, Samples, write};

fn picture(last: u8) -> StoredPicture {
    StoredPicture { kind: PictureKind::Png, bytes: vec![0x89, 0, last] }
}

async fn client(store: &Store, samples: &Samples, planted: &Planted) -> ClientId {
    let client = samples.client(&planted.api, &planted.workspace);
    let id = client.id;
    write!(store, |tx| tx.insert_client(&client, None));
    id
}

async fn give(store: &Store, samples: &Samples, client: ClientId, last: u8) -> PictureDigest {
    let (digest, now) = (PictureDigest::from_bytes([last; 32]), samples.now());
    let row = picture(last);
    write!(store, |tx| tx.replace_client_picture(client, digest, &row, now));
    digest
}

both! {
    async fn a_picture_that_was_given_is_found_at_its_api_and_goes_with_its_client(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let one = client(&store, &samples, &planted).await;
        assert_eq!(store.read().await.unwrap().find_client_picture(one).await.unwrap(), None);
        give(&store, &samples, one, 1).await;
        let digest = give(&store, &samples, one, 2).await;
        let mut read = store.read().await.unwrap();
        assert_eq!(read.find_client_picture(one).await.unwrap(), Some(digest), "the newest");
        let (api, elsewhere) = (planted.api.id, ApiId::from_uuid(Uuid::max()));
        assert_eq!(read.find_picture(Some(api), digest).await.unwrap(), Some(picture(2)));
        assert_eq!(read.find_picture(None, digest).await.unwrap(), Some(picture(2)));
        assert_eq!(read.find_picture(Some(elsewhere), digest).await.unwrap(), None);
        let before = PictureDigest::from_bytes([1; 32]);
        assert_eq!(read.find_picture(Some(api), before).await.unwrap(), None);
        drop(read);
        assert!(write!(store, |tx| tx.delete_client_picture(one)));
        assert!(!write!(store, |tx| tx.delete_client_picture(one)));
        let digest = give(&store, &samples, one, 3).await;
        write!(store, |tx| tx.delete_client(one));
        assert_eq!(store.read().await.unwrap().find_picture(None, digest).await.unwrap(), None);
    }

    async fn pictures_are_listed_for_many_clients_and_what_was_given_counts_first(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let mut wanted = BTreeMap::new();
        let mut clients = Vec::new();
        for number in 0..13 {
            let one = client(&store, &samples, &planted).await;
            clients.push(one);
            let (found, now) = (PictureDigest::from_bytes([100 + number; 32]), samples.now());
            if number % 3 != 2 {
                let row = picture(number);
                write!(store, |tx| tx.replace_client_logo(one, "https://app.example", Some((found, &row)), now));
                wanted.insert(one, found);
            }
            if number % 3 == 1 {
                wanted.insert(one, give(&store, &samples, one, number).await);
            }
        }
        let mut read = store.read().await.unwrap();
        assert_eq!(read.list_client_pictures(&clients).await.unwrap(), wanted);
        assert!(read.list_client_pictures(&[]).await.unwrap().is_empty());
    }
}
