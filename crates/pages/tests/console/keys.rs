//! Keys: made, shown once, rotated, disabled, revoked.

use claviger_domain::PageRequest;
use claviger_engine::KeyFilter;

use crate::browser::{Browser, Reply};
use crate::house::House;

const NEW: &str = "/console/keys/new";
const ALL: PageRequest = PageRequest { before: None, limit: 200 };

/// The secret that a page shows.
fn shown(page: &str) -> &str {
    page.split_once("<code class=\"secret\">").unwrap().1.split_once('<').unwrap().0
}

async fn fill(house: &House, browser: &mut Browser, more: &[(&str, &str)]) -> Reply {
    let page = browser.get("/console/keys/new?api=sample").await;
    assert_eq!(page.status, 200);
    let workspace = house.workspace.id.to_string();
    let fields =
        [("name", "Billing"), ("workspace", workspace.as_str()), ("format", "live-single"), ("life", "90")];
    let fields: Vec<_> = fields
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
        .chain(more.iter().copied())
        .collect();
    browser.submit(NEW, &fields).await
}

#[tokio::test]
async fn a_new_key_is_shown_once_and_sending_the_form_again_does_not_bring_it_back() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get("/console/keys/new?api=sample").await;
    let hidden = ["form_token", "once", "api"].map(|name| (name, browser.hidden(NEW, name)));
    let workspace = house.workspace.id.to_string();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend([
        ("name", "Billing"),
        ("workspace", &workspace),
        ("format", "live-single"),
        ("life", "90"),
    ]);
    fields.extend([("scope", "read"), ("scope", "write")]);
    let reply = browser.post(NEW, &fields).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"));
    let text = shown(&reply.body).to_owned();
    assert!(text.starts_with("sk_live_"));
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!((key.name.as_str(), key.scopes.to_string().as_str()), ("Billing", "read write"));
    assert_eq!(key.expires_at.unwrap().since(key.created_at).as_secs(), 90 * 86_400);
    assert!(key.created_by.starts_with("acc_"), "{}", key.created_by);
    let again = browser.post(NEW, &fields).await;
    assert_eq!(again.location(), format!("/console/keys/{}?notice=shown", key.id));
    assert_eq!(house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.len(), 1);
    for path in ["/console", "/console/keys", again.location()] {
        let page = browser.get(path).await;
        assert!(page.body.contains(&text[text.len() - 4..]) && !page.body.contains(&text), "{path}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let wrong: [(&str, &str, &str); 5] = [
        ("name", " ", "The name must not be empty."),
        ("workspace", "nonsense", "Choose a workspace."),
        ("workspace", "wsp_00000000000000000000000000", "No such workspace."),
        ("format", "live-pair", "Choose where the key is to work."),
        ("life", "1000000", "Choose how long the key is to live."),
    ];
    for (field, value, message) in wrong {
        let reply = fill(&house, &mut browser, &[("scope", "write"), (field, value)]).await;
        assert_eq!(reply.status, 422, "{field}");
        assert!(reply.body.contains(message), "{field}: {}", reply.body);
        assert!(reply.body.contains("name=\"scope\" value=\"write\" checked"), "{field}");
    }
    let reply = fill(&house, &mut browser, &[("scope", "undefined")]).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("The API has no scope `undefined`."));
    assert!(house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn scopes_are_described_and_the_api_is_chosen_first_when_there_are_several() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let chooser = browser.get(NEW).await.body;
    assert!(chooser.contains("new?api=sample") && chooser.contains("new?api=paired"));
    let form = browser.get("/console/keys/new?api=sample").await.body;
    assert!(form.contains("Look at &#60;things&#62;."), "{form}");
    assert!(form.contains("Includes <code>read</code>."));
    assert!(form.contains("<option value=\"90\" selected>"), "a key that ends is the first choice");
}

#[tokio::test]
async fn rotating_shows_the_new_text_once_and_a_second_sending_rotates_nothing() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let key = house.issue("sample", "server").await.key;
    let (page, path) = (format!("/console/keys/{}", key.id), format!("/console/keys/{}/rotate", key.id));
    house.clock.advance(std::time::Duration::from_secs(1));
    browser.get(&page).await;
    let version = browser.hidden(&path, "version");
    let token = browser.hidden(&path, "form_token");
    let fields = [("version", version.as_str()), ("form_token", token.as_str()), ("overlap", "3600")];
    let reply = browser.post(&path, &fields).await;
    assert_eq!(reply.status, 200);
    let text = shown(&reply.body).to_owned();
    assert!(text.starts_with("sk_live_") && reply.body.contains("The old version works until"));
    let again = browser.post(&path, &fields).await;
    assert_eq!(again.location(), format!("{page}?notice=shown"));
    assert!(!browser.get(&page).await.body.contains(&text));
    let rotated = house.engine.find_key(key.id).await.unwrap();
    assert_eq!(rotated.generations.len(), 2);
    assert!(text.ends_with(&*rotated.generations[0].hint.last_four));
    let too_long = browser.get(&page).await;
    assert!(!too_long.body.contains("value=\"2592000\""), "the contract allows seven days");
}

#[tokio::test]
async fn a_pair_gets_its_secret_on_its_page() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let key = house.issue("paired", "partner").await.key;
    house.clock.advance(std::time::Duration::from_secs(1));
    let page = browser.get(&format!("/console/keys/{}", key.id)).await.body;
    assert!(page.contains("None yet") && !page.contains("/rotate\""));
    let reply = browser.submit(&format!("/console/keys/{}/secret", key.id), &[]).await;
    assert_eq!(reply.status, 200);
    assert!(shown(&reply.body).len() > 40);
    assert!(house.engine.find_key(key.id).await.unwrap().secret.is_some());
}

#[tokio::test]
async fn a_key_is_disabled_and_enabled() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let id = house.issue("sample", "server").await.key.id;
    for (act, notice, state) in
        [("disable", "The key is disabled.", "disabled"), ("enable", "The key is enabled.", "active")]
    {
        browser.get(&format!("/console/keys/{id}")).await;
        let reply = browser.submit(&format!("/console/keys/{id}/{act}"), &[]).await;
        assert_eq!(reply.status, 303);
        let page = browser.get(reply.location()).await;
        assert!(page.body.contains(notice));
        assert_eq!(house.engine.find_key(id).await.unwrap().state.as_str(), state);
    }
}

#[tokio::test]
async fn revoking_needs_the_keys_name() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let id = house.issue("sample", "Ärger \"7\"").await.key.id;
    let (page, path) = (format!("/console/keys/{id}"), format!("/console/keys/{id}/revoke"));
    for wrong in ["", "ärger \"7\"", "yes"] {
        browser.get(&page).await;
        let reply = browser.submit(&path, &[("confirm", wrong)]).await;
        assert_eq!(reply.status, 422);
        assert!(reply.body.contains("to revoke this key."));
        assert_eq!(house.engine.find_key(id).await.unwrap().state.as_str(), "active");
    }
    let reply = browser.submit(&path, &[("confirm", " Ärger \"7\" ")]).await;
    assert_eq!(reply.location(), format!("{page}?notice=revoked"));
    let body = browser.get(reply.location()).await.body;
    assert!(body.contains("Revoked") && !body.contains("Rotate"), "nothing is left to do");
    assert_eq!(house.engine.find_key(id).await.unwrap().state.as_str(), "revoked");
}

#[tokio::test]
async fn many_keys_are_filtered_and_paged() {
    let house = House::new().await;
    for number in 0..51 {
        house.issue("sample", &format!("batch {number}")).await;
    }
    house.issue("paired", "odd one").await;
    let mut browser = house.operator().await;
    let count = |body: &str| body.matches("<th scope=\"row\">").count();
    let first = browser.get("/console/keys?name=BATCH&api=sample").await.body;
    assert_eq!(count(&first), 50);
    let next = first.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&");
    assert!(next.contains("api=sample&name=BATCH&before=key_"), "{next}");
    let second = browser.get(&next).await.body;
    assert_eq!(count(&second), 1);
    assert!(!second.contains("rel=\"next\""));
    for number in 0..51 {
        let name = format!(">batch {number}<");
        assert_eq!(first.matches(&name).count() + second.matches(&name).count(), 1, "{name}");
    }
    let other = browser.get("/console/keys?api=paired").await.body;
    assert!(other.contains("odd one") && !other.contains("batch"));
    let overview = browser.get("/console").await.body;
    assert_eq!(count(&overview), 8);
}

#[tokio::test]
async fn a_preset_gives_its_scopes_and_making_the_key_is_what_enter_does() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = browser.get("/console/keys/new?api=example").await.body;
    let buttons = page.split_once("<main").unwrap().1.split("<button").skip(1);
    let first = buttons.map(|rest| rest.split_once("</button>").unwrap().0).next();
    assert_eq!(first, Some(">Make the key"), "a browser presses the first button of a form on Enter");
    let workspace = house.workspace.id.to_string();
    let fields = [
        ("name", "Billing"),
        ("workspace", workspace.as_str()),
        ("format", "live-single"),
        ("life", "90"),
        ("preset", "Read only"),
        ("scope", "write"),
    ];
    let wrong = fields.map(|(name, value)| (name, if name == "preset" { "Everything" } else { value }));
    let refused = browser.submit(NEW, &wrong).await;
    assert!(
        refused.status == 422 && refused.body.contains("does not offer these scopes"),
        "{}",
        refused.body
    );
    let made = browser.submit(NEW, &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let key = house.engine.list_keys(KeyFilter::default(), ALL).await.unwrap().rows.remove(0);
    assert_eq!(key.scopes.to_string(), "read", "what is checked beside a preset does not count");
}
