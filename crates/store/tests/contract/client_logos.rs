use std::time::Duration;

use claviger_domain::{ApiId, ClientId, PictureDigest, PictureKind};
use claviger_store::{LogoRecord, Store, StoredPicture};
use uuid::Uuid;

use crate::samples::{Planted, Samples, write};

const ADDRESS: &str = "https://app.example/logo.png";

async fn planted_client(store: &Store, samples: &Samples, planted: &Planted) -> ClientId {
    let client = samples.client(&planted.api, &planted.workspace);
    let id = client.id;
    write!(store, |tx| tx.insert_client(&client, None));
    id
}

both! {
    async fn a_clients_picture_is_found_by_what_it_is_called_at_its_api_alone(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let client = planted_client(&store, &samples, &planted).await;
        let (digest, now) = (PictureDigest::from_bytes(samples.hash()), samples.now());
        let picture = StoredPicture { kind: PictureKind::Png, bytes: vec![0x89, 0, 1] };
        assert_eq!(store.read().await.unwrap().find_client_logo(client).await.unwrap(), None);
        let row = picture.clone();
        write!(store, |tx| tx.replace_client_logo(client, ADDRESS, Some((digest, &row)), now));
        let mut read = store.read().await.unwrap();
        let known = LogoRecord { address: ADDRESS.to_owned(), digest: Some(digest), looked_at: now };
        assert_eq!(read.find_client_logo(client).await.unwrap(), Some(known));
        assert_eq!(read.find_picture(Some(planted.api.id), digest).await.unwrap(), Some(picture));
        let other = PictureDigest::from_bytes(samples.hash());
        assert_eq!(read.find_picture(Some(planted.api.id), other).await.unwrap(), None);
        let elsewhere = ApiId::from_uuid(Uuid::max());
        assert_eq!(read.find_picture(Some(elsewhere), digest).await.unwrap(), None);
    }

    async fn a_picture_stays_while_its_address_does_and_goes_with_its_client(store: Store) {
        let samples = Samples::new();
        let planted = samples.plant(&store).await;
        let client = planted_client(&store, &samples, &planted).await;
        let (digest, now) = (PictureDigest::from_bytes(samples.hash()), samples.now());
        let later = now.plus(Duration::from_secs(60));
        let picture = StoredPicture { kind: PictureKind::Gif, bytes: vec![1] };
        assert!(!write!(store, |tx| tx.keep_client_logo(client, ADDRESS, now)), "nothing is known yet");
        let row = picture.clone();
        write!(store, |tx| tx.replace_client_logo(client, ADDRESS, Some((digest, &row)), now));
        assert!(write!(store, |tx| tx.keep_client_logo(client, ADDRESS, later)));
        assert!(!write!(store, |tx| tx.keep_client_logo(client, "https://app.example/other", later)));
        let known = store.read().await.unwrap().find_client_logo(client).await.unwrap().unwrap();
        assert_eq!((known.digest, known.looked_at), (Some(digest), later));
        write!(store, |tx| tx.replace_client_logo(client, "https://app.example/other", None, later));
        let known = store.read().await.unwrap().find_client_logo(client).await.unwrap().unwrap();
        assert_eq!((known.address.as_str(), known.digest), ("https://app.example/other", None));
        assert_eq!(store.read().await.unwrap().find_picture(Some(planted.api.id), digest).await.unwrap(), None);
        assert!(write!(store, |tx| tx.delete_client_logo(client)));
        assert!(!write!(store, |tx| tx.delete_client_logo(client)));
        let row = picture.clone();
        write!(store, |tx| tx.replace_client_logo(client, ADDRESS, Some((digest, &row)), now));
        write!(store, |tx| tx.delete_client(client));
        assert_eq!(store.read().await.unwrap().find_client_logo(client).await.unwrap(), None);
    }
}
