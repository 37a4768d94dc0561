//! Clients' pictures: when they are looked for, and what is kept of them.

use std::time::Duration;

use claviger_domain::{
    Action, Client, ClientAuthentication, ClientPresentation, Environment, PictureKind, Role,
};
use claviger_engine::{AuditFilter, ClientError, NewClient, PictureError};

use crate::clients::metadata;
use crate::house::{ACTOR, House, postgres};
use crate::partners::{member, other_workspace};

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
    a_picture_that_was_given_counts_before_the_one_at_the_clients_address
    pictures_are_given_by_those_who_may_change_the_client
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

async fn a_picture_that_was_given_counts_before_the_one_at_the_clients_address(house: House) {
    house.pictures.put(ONE, PNG);
    let client = client(&house, ONE).await;
    shown(&house, &client).await;
    let found = shown(&house, &client).await;
    assert_eq!(found, Some((PictureKind::Png, PNG.to_vec())));
    let jpeg = b"\xFF\xD8\xFF\xE0bytes".to_vec();
    let digest = house.engine.give_client_picture(&ACTOR, client.id, jpeg.clone()).await.unwrap();
    assert_eq!(shown(&house, &client).await, Some((PictureKind::Jpeg, jpeg.clone())));
    let listed = house.engine.list_client_logos(std::slice::from_ref(&client)).await.unwrap();
    assert_eq!(listed.get(&client.id), Some(&digest));
    assert_eq!(house.engine.read_any_picture(digest).await.unwrap(), Some((PictureKind::Jpeg, jpeg)));
    for _ in 0..2 {
        house.engine.remove_client_picture(&ACTOR, client.id).await.unwrap();
    }
    assert_eq!(house.engine.read_any_picture(digest).await.unwrap(), None);
    assert_eq!(shown(&house, &client).await, found, "the one at its address is back");
    let recorded = async |action| {
        let filter = AuditFilter { action: Some(action), ..AuditFilter::default() };
        house.engine.list_audit(&ACTOR, filter, (None, 10)).await.unwrap().rows.len()
    };
    assert_eq!(recorded(Action::ClientPictureGiven).await, 1);
    assert_eq!(recorded(Action::ClientPictureRemoved).await, 1, "what is done twice is recorded once");
}

async fn pictures_are_given_by_those_who_may_change_the_client(house: House) {
    let client = client(&house, ONE).await;
    let stranger = member(other_workspace(&house).await, Role::Owner);
    let viewer = member(house.workspace.id, Role::Viewer);
    let developer = member(house.workspace.id, Role::Developer);
    let give = async |actor| house.engine.give_client_picture(actor, client.id, PNG.to_vec()).await;
    for removes in [false, true] {
        let act = async |actor| match removes {
            false => give(actor).await.map(drop),
            true => house.engine.remove_client_picture(actor, client.id).await,
        };
        let refused = act(&stranger).await;
        assert!(matches!(refused, Err(PictureError::Client(ClientError::UnknownClient))), "{refused:?}");
        let refused = act(&viewer).await;
        assert!(matches!(refused, Err(PictureError::Client(ClientError::NotAllowed(_)))), "{refused:?}");
    }
    for (bytes, said) in [(b"".to_vec(), "choose"), (GIF.to_vec(), "neither"), (vec![0; 65_537], "more than")]
    {
        let refused = house.engine.give_client_picture(&developer, client.id, bytes).await.unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
    give(&developer).await.unwrap();
    assert!(house.engine.find_given_picture(&client).await.unwrap().is_some());
}
