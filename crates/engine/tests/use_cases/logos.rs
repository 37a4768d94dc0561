//! Clients' pictures: when they are looked for, and what is kept of them.

use std::time::Duration;

use claviger_domain::{Client, ClientAuthentication, ClientPresentation, Environment, PictureKind};
use claviger_engine::NewClient;

use crate::clients::metadata;
use crate::house::{ACTOR, House, postgres};

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() {
            super::$name(super::House::with_clients("sqlite::memory:").await).await;
        })* }
        mod on_postgres { $(#[tokio::test] async fn $name() {
            super::$name(super::House::with_clients(&super::postgres()).await).await;
        })* }
    };
}

both! {
    a_picture_is_looked_for_once_a_week_and_stays_while_its_server_is_away
    another_address_is_another_picture_and_no_address_is_none
    what_is_no_picture_is_not_kept_and_looked_for_again_after_an_hour
}

const ONE: &str = "https://app.example/one.png";
const TWO: &str = "https://app.example/two.gif";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nbytes";
const GIF: &[u8] = b"GIF89abytes";
const DAY: Duration = Duration::from_secs(86_400);

async fn client(house: &House, logo: &str) -> Client {
    let (api, workspace) = (house.api.id, house.workspace.id);
    let mut metadata = metadata(ClientAuthentication::None);
    metadata.presentation =
        ClientPresentation { logo_uri: Some(logo.to_owned()), ..ClientPresentation::default() };
    let new = NewClient { api, workspace, environment: Environment::Live, metadata };
    house.engine.create_client(&ACTOR, new, None).await.unwrap().client
}

/// What is shown of a client now; whatever it makes the server look for is looked for afterwards.
async fn shown(house: &House, client: &Client) -> Option<(PictureKind, Vec<u8>)> {
    let digest = house.engine.find_client_logo(client).await.unwrap();
    let picture = match digest {
        Some(digest) => house.engine.read_picture(house.api.id, digest).await.unwrap(),
        None => None,
    };
    assert_eq!(digest.is_some(), picture.is_some(), "what is named can be had");
    house.engine.look_for_pending_logos().await;
    picture
}

async fn a_picture_is_looked_for_once_a_week_and_stays_while_its_server_is_away(house: House) {
    house.pictures.put(ONE, PNG);
    let client = client(&house, ONE).await;
    assert_eq!(shown(&house, &client).await, None, "nobody waits for it");
    assert_eq!(shown(&house, &client).await, Some((PictureKind::Png, PNG.to_vec())));
    house.clock.advance(6 * DAY);
    assert!(shown(&house, &client).await.is_some());
    assert_eq!(house.pictures.asked(), 1, "however often it was asked for");
    house.pictures.put(ONE, b"");
    house.clock.advance(DAY);
    assert!(shown(&house, &client).await.is_some());
    assert_eq!(house.pictures.asked(), 2);
    assert!(shown(&house, &client).await.is_some(), "it is gone, and the old one goes on");
    house.pictures.put(ONE, GIF);
    house.clock.advance(7 * DAY);
    shown(&house, &client).await;
    assert_eq!(
        shown(&house, &client).await,
        Some((PictureKind::Gif, GIF.to_vec())),
        "a new one at the same place"
    );
}

async fn another_address_is_another_picture_and_no_address_is_none(house: House) {
    house.pictures.put(ONE, PNG);
    let client = client(&house, ONE).await;
    shown(&house, &client).await;
    let mut metadata = client.metadata.clone();
    metadata.presentation.logo_uri = Some(TWO.to_owned());
    let moved = house.engine.update_client(&ACTOR, client.id, metadata.clone()).await.unwrap();
    assert_eq!(shown(&house, &moved).await, None, "the old one is not the new one");
    house.pictures.put(TWO, GIF);
    house.clock.advance(DAY);
    shown(&house, &moved).await;
    assert_eq!(shown(&house, &moved).await, Some((PictureKind::Gif, GIF.to_vec())));
    let kept = house.engine.find_client_logo(&moved).await.unwrap().unwrap();
    metadata.presentation.logo_uri = None;
    let bare = house.engine.update_client(&ACTOR, client.id, metadata).await.unwrap();
    assert_eq!(shown(&house, &bare).await, None);
    assert_eq!(house.engine.read_picture(house.api.id, kept).await.unwrap(), None, "nothing is left of it");
}

async fn what_is_no_picture_is_not_kept_and_looked_for_again_after_an_hour(house: House) {
    house.pictures.put(ONE, b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let one = client(&house, ONE).await;
    house.pictures.put(TWO, &[PNG, &[0; 100_000]].concat());
    let two = client(&house, TWO).await;
    for client in [&one, &two] {
        assert_eq!(shown(&house, client).await, None);
        assert_eq!(shown(&house, client).await, None);
    }
    assert_eq!(house.pictures.asked(), 2, "a failure is remembered");
    house.clock.advance(Duration::from_secs(3_600));
    house.pictures.put(ONE, PNG);
    shown(&house, &one).await;
    assert!(shown(&house, &one).await.is_some());
    house.engine.delete_client(&ACTOR, one.id).await.unwrap();
    assert_eq!(shown(&house, &one).await, None, "it goes with its client");
}
