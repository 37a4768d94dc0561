//! Applications: registered, shown once, changed, rotated, disabled, deleted.

use claviger_domain::{ClientAuthentication, GrantType, PageRequest, RedirectUri};
use claviger_engine::ClientFilter;

use crate::browser::{Browser, Reply};
use crate::house::House;

const NEW: &str = "/console/clients/new";
const ALL: PageRequest = PageRequest { before: None, limit: 200 };

fn shown(page: &str) -> Vec<&str> {
    page.split("<code class=\"secret\"").skip(1).map(|rest| rest.split(['>', '<']).nth(1).unwrap()).collect()
}

async fn register(house: &House, browser: &mut Browser, more: &[(&str, &str)]) -> Reply {
    assert_eq!(browser.get("/console/clients/new?api=example").await.status, 200);
    let workspace = house.workspace.id.to_string();
    let fields = [
        ("client_name", "Inkwell"),
        ("workspace", workspace.as_str()),
        ("environment", "live"),
        ("application_type", "web"),
        ("grant_types", "authorization_code"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("redirect_uris", "https://app.example/cb\r\nhttps://app.example/other"),
    ];
    let kept = fields.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    let fields: Vec<_> = kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    browser.submit(NEW, &fields).await
}

#[tokio::test]
async fn a_secret_is_shown_once_and_works_as_it_was_shown() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let reply = register(&house, &mut browser, &[("scope", "read")]).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.body);
    let texts = shown(&reply.body);
    let (id, secret) = (texts[0], texts[1]);
    assert!(id.starts_with("cli_") && secret.starts_with("clv_cs_"), "{texts:?}");
    let client = house.engine.find_client(id.parse().unwrap()).await.unwrap();
    let uris: Vec<_> = client.metadata.redirect_uris.iter().map(RedirectUri::as_str).collect();
    assert_eq!(uris, ["https://app.example/cb", "https://app.example/other"]);
    assert_eq!(client.metadata.scopes.unwrap().to_string(), "read");
    let page = browser.get(&format!("/console/clients/{id}")).await.body;
    assert!(!page.contains(secret) && page.contains(&secret[secret.len() - 4..]), "only its end is shown");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_registers_one_application() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get("/console/clients/new?api=example").await;
    let hidden = ["form_token", "once", "api"].map(|name| (name, browser.hidden(NEW, name)));
    let workspace = house.workspace.id.to_string();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend([
        ("client_name", "Inkwell"),
        ("workspace", &workspace),
        ("environment", "live"),
        ("application_type", "web"),
        ("grant_types", "client_credentials"),
        ("token_endpoint_auth_method", "client_secret_basic"),
    ]);
    let first = browser.post(NEW, &fields).await;
    let again = browser.post(NEW, &fields).await;
    assert_eq!((first.status, again.status), (200, 303), "{}", first.body);
    assert!(again.location().ends_with("?notice=shown"));
    assert_eq!(house.engine.list_clients(ClientFilter::default(), ALL).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let wrong = [
        ("client_name", " ", "client_name-error"),
        ("redirect_uris", "http://app.example/cb", "redirect_uris-error"),
        ("redirect_uris", " ", "redirect_uris-error"),
        ("workspace", "nonsense", "workspace-error"),
        ("environment", "moon", "environment-error"),
        ("keys", "{", "keys-error"),
        ("token_endpoint_auth_method", "private_key_jwt", "keys-error"),
        ("client_uri", "javascript:alert(1)", "client_uri-error"),
        ("grant_types", "password", "grant_types-error"),
    ];
    for (field, value, id) in wrong {
        let reply = register(&house, &mut browser, &[(field, value), ("description", "Kept & shown")]).await;
        assert_eq!(reply.status, 422, "{field}: {}", reply.body);
        assert!(reply.body.contains(&format!("id=\"{id}\"")), "{field}={value}: {}", reply.body);
        assert!(reply.body.contains("Kept &#38; shown"), "{field}");
    }
    assert!(house.engine.list_clients(ClientFilter::default(), ALL).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_change_keeps_what_the_form_does_not_ask_about() {
    let house = House::new().await;
    let issued = house.client("Inkwell").await;
    let mut browser = house.operator().await;
    let path = format!("/console/clients/{}/edit", issued.client.id);
    let form = browser.get(&path).await.body;
    assert!(form.contains("https://app.example/cb") && !form.contains("name=\"workspace\""));
    let fields = [
        ("client_name", "Quill"),
        ("application_type", "web"),
        ("grant_types", "authorization_code"),
        ("token_endpoint_auth_method", "client_secret_post"),
        ("redirect_uris", "https://quill.example/cb"),
    ];
    let reply = browser.submit(&path, &fields).await;
    let page = format!("/console/clients/{}", issued.client.id);
    assert_eq!((reply.status, reply.location()), (303, format!("{page}?notice=client-changed").as_str()));
    let client = house.find_client(&issued).await;
    assert_eq!(client.metadata.name.as_str(), "Quill");
    assert_eq!(client.metadata.authentication, ClientAuthentication::SecretPost);
    assert_eq!(client.metadata.grant_types, [GrantType::AuthorizationCode]);
    assert!(client.metadata.requires_dpop && client.metadata.access_lifetime.is_some());
    assert!(client.updated_by.starts_with("acc_"));
}

#[tokio::test]
async fn a_rotated_secret_overlaps_and_a_second_sending_rotates_nothing() {
    let house = House::new().await;
    let issued = house.client("Inkwell").await;
    house.clock.advance(std::time::Duration::from_secs(1));
    let mut browser = house.operator().await;
    let page = format!("/console/clients/{}", issued.client.id);
    let path = format!("{page}/rotate");
    browser.get(&page).await;
    let (version, token) = (browser.hidden(&path, "version"), browser.hidden(&path, "form_token"));
    let fields = [("version", version.as_str()), ("form_token", token.as_str()), ("overlap", "3600")];
    let reply = browser.post(&path, &fields).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.body.contains("Earlier secrets work until"));
    let again = browser.post(&path, &fields).await;
    assert_eq!(again.location(), format!("{page}?notice=shown"));
    let secrets = house.engine.list_client_secrets(issued.client.id).await.unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(secrets[0].retires_at.is_none() && secrets[1].retires_at.is_some());
    let bad = browser.post(&path, &[fields[1], ("overlap", "long")]).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn an_application_is_disabled_enabled_and_deleted_by_its_name() {
    let house = House::new().await;
    let issued = house.client("Inkwell").await;
    let mut browser = house.operator().await;
    let page = format!("/console/clients/{}", issued.client.id);
    for (act, is_disabled) in [("disable", true), ("enable", false)] {
        browser.get(&page).await;
        let reply = browser.submit(&format!("{page}/{act}"), &[]).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert_eq!(house.find_client(&issued).await.disabled_at.is_some(), is_disabled);
    }
    browser.get(&page).await;
    let refused = browser.submit(&format!("{page}/delete"), &[("confirm", "inkwell")]).await;
    assert!(refused.status == 422 && refused.body.contains("Type “Inkwell”"), "{}", refused.body);
    let reply = browser.submit(&format!("{page}/delete"), &[("confirm", "Inkwell")]).await;
    assert_eq!(reply.location(), "/console/clients?notice=client-deleted");
    assert_eq!(browser.get(&page).await.status, 404);
}

#[tokio::test]
async fn applications_are_found_by_a_part_of_their_name() {
    let house = House::new().await;
    house.client("Inkwell").await;
    house.client("Garden planner").await;
    let mut browser = house.operator().await;
    let page = browser.get("/console/clients?name=GARDEN").await.body;
    assert!(page.contains("Garden planner") && !page.contains("Inkwell"));
    let everything = browser.get("/console/clients?name=%25").await.body;
    assert!(everything.contains("No application is like that."), "a wildcard is a character");
    assert_eq!(browser.get("/console/clients?api=none").await.status, 400);
}

#[tokio::test]
async fn the_consent_is_shown_as_users_are_asked() {
    let house = House::new().await;
    let issued = house.client("Inkwell <b>").await;
    let mut browser = house.operator().await;
    let page = browser.get(&format!("/console/clients/{}/consent", issued.client.id)).await.body;
    for said in ["by Acme", ">app.example<", "Read data", "Know who you are here"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("<b>"));
}
