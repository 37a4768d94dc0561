//! One action on many things at once.

use std::time::Duration;

use claviger_domain::{KeyId, Role};
use claviger_engine::{AuditFilter, KeyError};
use claviger_testkit::SeededEntropy;

use crate::browser::{Browser, Reply, attribute, tags};
use crate::house::{ACTOR, House, PASSWORD};

/// The ids that can be ticked on the page, and whether they are.
fn ticks(reply: &Reply) -> Vec<(String, bool)> {
    let boxes = tags(&reply.body, "input").into_iter().filter(|tag| tag.contains("form=\"selected\""));
    boxes.map(|tag| (attribute(tag, "value").unwrap().to_owned(), tag.contains(" checked"))).collect()
}

/// Sends the form of the list, with these ticked.
async fn tick(browser: &mut Browser, list: &str, deed: &str, ids: &[&str]) -> Reply {
    let page = browser.get(list).await;
    let path = list.split('?').next().unwrap();
    let first = tags(&page.body, "form").into_iter().find(|tag| tag.contains("id=\"selected\"")).unwrap();
    let token = browser.hidden(attribute(first, "action").unwrap(), "form_token");
    let mut fields = vec![("form_token", token.as_str())];
    fields.extend(ids.iter().map(|id| ("id", *id)));
    browser.post(&format!("{path}/selected/{deed}"), &fields).await
}

async fn states(house: &House, ids: &[String]) -> Vec<&'static str> {
    let mut states = Vec::new();
    for id in ids {
        states.push(house.engine.find_key(id.parse().unwrap()).await.unwrap().state.as_str());
    }
    states
}

async fn three_keys(house: &House) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        ids.push(house.issue("sample", name).await.key.id.to_string());
    }
    ids
}

#[tokio::test]
async fn what_is_ticked_is_switched_off_and_on_each_with_its_own_row_in_the_record() {
    let house = House::new().await;
    let ids = three_keys(&house).await;
    let mut browser = house.operator().await;
    let reply = tick(&mut browser, "/console/keys", "disable", &[&ids[0], &ids[2]]).await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("<h1>Disabled: 2 of 2</h1>"), "{}", reply.body);
    assert_eq!(states(&house, &ids).await, ["disabled", "active", "disabled"]);
    for (id, rows) in ids.iter().zip([2, 1, 2]) {
        let filter = AuditFilter { object: Some(id.parse().unwrap()), ..AuditFilter::default() };
        let page = house.engine.list_audit(&ACTOR, filter, (None, 10)).await.unwrap();
        assert_eq!(page.rows.len(), rows, "{id}");
    }
    tick(&mut browser, "/console/keys", "enable", &[&ids[0]]).await;
    assert_eq!(states(&house, &ids).await, ["active", "active", "disabled"]);
}

#[tokio::test]
async fn revoking_many_asks_how_many_and_one_that_fails_stops_no_other() {
    let house = House::new().await;
    let ids = three_keys(&house).await;
    let mut browser = house.operator().await;
    let nobodys = "key_00000000000000000000000000";
    let chosen = [ids[0].as_str(), ids[1].as_str(), nobodys];
    let asked = tick(&mut browser, "/console/keys", "revoke", &chosen).await;
    assert!(asked.body.contains("<h1>Revoke 3 keys?</h1>"), "{}", asked.body);
    assert!(asked.body.contains("cannot be taken back"));
    assert_eq!(states(&house, &ids).await, ["active"; 3], "nothing happens yet");
    let path = "/console/keys/selected/revoke";
    let wrong = browser.submit(path, &[("confirm", "2")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Type 3 to go on."));
    let done = browser.submit(path, &[("confirm", "3")]).await;
    assert!(done.body.contains("<h1>Revoked: 2 of 3</h1>"), "{}", done.body);
    assert!(done.body.contains("No such key."));
    assert_eq!(states(&house, &ids).await, ["revoked", "revoked", "active"]);
    let missing = house.engine.find_key(nobodys.parse().unwrap()).await;
    assert!(matches!(missing, Err(KeyError::UnknownKey)));
}

#[tokio::test]
async fn what_cannot_be_taken_back_asks_for_the_password_of_an_old_session() {
    let house = House::new().await;
    let ids = three_keys(&house).await;
    let mut browser = house.operator().await;
    house.clock.advance(Duration::from_secs(20 * 60));
    let asked = tick(&mut browser, "/console/keys", "revoke", &[&ids[0], &ids[1]]).await;
    assert_eq!(asked.status, 403);
    assert!(asked.body.contains("Is it you?"));
    let known = browser.submit("/console/keys/selected/revoke", &[("confirm_password", PASSWORD)]).await;
    assert!(known.body.contains("<h1>Revoke 2 keys?</h1>"), "{}", known.body);
}

#[tokio::test]
async fn a_page_is_ticked_as_a_whole_with_its_filters_kept() {
    let house = House::new().await;
    three_keys(&house).await;
    let mut browser = house.operator().await;
    let none = browser.get("/console/keys?name=t").await;
    assert_eq!(ticks(&none).iter().map(|(_, is_ticked)| *is_ticked).collect::<Vec<_>>(), [false, false]);
    assert!(none.body.contains("href=\"/console/keys?name=t&#38;ticked=all\""), "{}", none.body);
    let all = browser.get("/console/keys?name=t&ticked=all").await;
    assert_eq!(ticks(&all).iter().map(|(_, is_ticked)| *is_ticked).collect::<Vec<_>>(), [true, true]);
    assert!(all.body.contains("href=\"/console/keys?name=t\">Select none"));
}

#[tokio::test]
async fn nothing_ticked_changes_nothing_and_too_many_are_refused() {
    let house = House::new().await;
    let ids = three_keys(&house).await;
    let mut browser = house.operator().await;
    let reply = tick(&mut browser, "/console/keys?api=sample", "disable", &[]).await;
    assert_eq!((reply.status, reply.location()), (303, "/console/keys?notice=nothing"));
    let entropy = SeededEntropy::new(9);
    let many: Vec<String> = (0..201).map(|_| KeyId::generate(&house.clock, &entropy).to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let reply = tick(&mut browser, "/console/keys", "disable", &many).await;
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("No more than 200 can be changed at once."), "{}", reply.body);
    assert_eq!(tick(&mut browser, "/console/keys", "disable", &["nonsense"]).await.status, 400);
    assert_eq!(states(&house, &ids).await, ["active"; 3]);
}

#[tokio::test]
async fn a_member_acts_on_many_keys_of_their_own_workspace_and_on_no_others() {
    let house = House::new().await;
    let ids = three_keys(&house).await;
    let other = claviger_engine::NewWorkspace { name: "Other".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, other, None).await.unwrap().id;
    let mut stranger = house.member("mia@example.com", Role::Owner, other).await;
    let own = format!("/portal/{}/keys", house.workspace.id);
    let theirs = format!("/portal/{other}/keys");
    let page = stranger.get(&theirs).await;
    assert!(ticks(&page).is_empty());
    let token = stranger.hidden("/portal/sign-out", "form_token");
    let fields = [("form_token", token.as_str()), ("id", ids[0].as_str())];
    let reply = stranger.post(&format!("{theirs}/selected/disable"), &fields).await;
    assert!(reply.body.contains("<h1>Disabled: 0 of 1</h1>"), "{}", reply.body);
    assert!(!reply.body.contains(">one<"), "not even its name is told");
    assert_eq!(stranger.post(&format!("{own}/selected/disable"), &fields).await.status, 404);
    let mut viewer = house.member("vi@example.com", Role::Viewer, house.workspace.id).await;
    assert!(ticks(&viewer.get(&own).await).is_empty());
    let mut owner = house.member("oona@example.com", Role::Developer, house.workspace.id).await;
    let reply = tick(&mut owner, &own, "disable", &[&ids[0], &ids[1]]).await;
    assert!(reply.body.contains("<h1>Disabled: 2 of 2</h1>"), "{}", reply.body);
    assert_eq!(states(&house, &ids).await, ["disabled", "disabled", "active"]);
}

#[tokio::test]
async fn applications_and_users_are_switched_off_together() {
    let house = House::new().await;
    let clients = [house.client("Inkwell").await, house.client("Quill").await];
    let mut browser = house.operator().await;
    let ids = clients.each_ref().map(|issued| issued.client.id.to_string());
    tick(&mut browser, "/console/clients", "disable", &[&ids[0], &ids[1]]).await;
    let done = browser.submit("/console/clients/selected/disable", &[("confirm", "2")]).await;
    assert!(done.body.contains("<h1>Disabled: 2 of 2</h1>"), "{}", done.body);
    for client in &clients {
        assert!(house.find_client(client).await.disabled_at.is_some());
    }
    let users = [house.user("ada@a.example", None).await, house.user("bob@b.example", None).await];
    let ids = users.each_ref().map(|user| user.id.to_string());
    let asked = tick(&mut browser, "/console/users?api=example", "disable", &[&ids[0], &ids[1]]).await;
    assert!(asked.body.contains("ada@a.example") && asked.body.contains("bob@b.example"), "{}", asked.body);
    browser.submit("/console/users/selected/disable", &[("confirm", "2")]).await;
    for user in &users {
        assert!(house.engine.find_user(user.id).await.unwrap().disabled_at.is_some());
    }
}
