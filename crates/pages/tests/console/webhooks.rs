//! Webhooks in the console and the portal.

use claviger_domain::{MessageState, PageRequest, Role, Subscription, WebhookId};

use crate::house::{ACTOR, House};

const ALL: PageRequest = PageRequest { before: None, limit: 200 };

/// The secret that a page shows.
fn shown(page: &str) -> &str {
    page.split_once("id=\"secret\">").unwrap_or_else(|| panic!("{page}")).1.split_once('<').unwrap().0
}

async fn only(house: &House) -> WebhookId {
    let mut rows = house.engine.list_webhooks(&ACTOR, None, ALL).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    rows.remove(0).id
}

#[tokio::test]
async fn an_operator_makes_a_webhook_of_the_instance_whose_secret_is_shown_once() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let empty = browser.get("/console/webhooks").await.body;
    assert!(empty.contains("There is no webhook yet."), "{empty}");
    browser.get("/console/webhooks/new").await;
    let wrong = [("name", " "), ("url", "http://hooks.example/"), ("which", "some")];
    let reply = browser.submit("/console/webhooks/new", &wrong).await;
    assert_eq!(reply.status, 422);
    for said in ["The name must not be empty.", "The address must use https.", "Choose at least one event"] {
        assert!(reply.body.contains(said), "{said}: {}", reply.body);
    }
    let fields = [
        ("name", "Inventory"),
        ("url", "https://hooks.example/in"),
        ("which", "some"),
        ("event", "key.revoked"),
    ];
    let made = browser.submit("/console/webhooks/new", &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.body);
    let secret = shown(&made.body).to_owned();
    assert!(secret.starts_with("whsec_"));
    let id = only(&house).await;
    let webhook = house.engine.find_webhook(&ACTOR, id).await.unwrap();
    assert_eq!((webhook.workspace, webhook.events.to_string().as_str()), (None, "key.revoked"));
    let page = browser.get(&format!("/console/webhooks/{id}")).await.body;
    assert!(page.contains("The whole instance") && !page.contains(&secret), "{page}");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_webhook_and_shows_one_secret() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    browser.get("/console/webhooks/new").await;
    let token = browser.hidden("/console/webhooks/new", "form_token");
    let once = browser.hidden("/console/webhooks/new", "once");
    let fields = [
        ("form_token", token.as_str()),
        ("once", once.as_str()),
        ("name", "Inventory"),
        ("url", "https://hooks.example/in"),
        ("which", "all"),
    ];
    assert_eq!(browser.post("/console/webhooks/new", &fields).await.status, 200);
    let again = browser.post("/console/webhooks/new", &fields).await;
    let id = only(&house).await;
    assert_eq!(
        (again.status, again.location()),
        (303, format!("/console/webhooks/{id}?notice=shown").as_str())
    );
}

#[tokio::test]
async fn a_developer_edits_tries_rotates_disables_and_deletes_a_webhook() {
    let house = House::new().await;
    let (id, _) = house.webhook().await;
    let mut browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    let page = format!("/portal/{}/webhooks/{id}", house.workspace.id);
    let edit = format!("{page}/edit");
    let form = browser.get(&edit).await.body;
    assert!(
        form.contains("value=\"https://hooks.example/in\"") && !form.contains("name=\"workspace\""),
        "{form}"
    );
    let fields = [("name", "Ledger"), ("url", "https://other.example/"), ("which", "all")];
    assert_eq!(browser.submit(&edit, &fields).await.location(), format!("{page}?notice=webhook-changed"));
    let webhook = house.engine.find_webhook(&ACTOR, id).await.unwrap();
    assert_eq!((webhook.name.as_str(), webhook.events), ("Ledger", Subscription::All));

    browser.get(&page).await;
    let tried = browser.submit(&format!("{page}/test"), &[]).await;
    assert!(tried.location().starts_with(&format!("{page}/messages/msg_")), "{}", tried.location());
    house.engine.send_due_webhooks().await.unwrap();
    let message = browser.get(tried.location()).await.body;
    for said in ["Retrying", "its server cannot be reached", "webhook.test", "not tried yet"] {
        assert_eq!(message.contains(said), said != "not tried yet", "{said}: {message}");
    }

    let detail = browser.get(&page).await.body;
    assert!(detail.contains("Failing") && detail.contains("It takes no message since"), "{detail}");
    let token = browser.hidden(&format!("{page}/secret"), "form_token");
    let version = browser.hidden(&format!("{page}/secret"), "version");
    let fields = [("form_token", token.as_str()), ("version", version.as_str()), ("overlap", "3600")];
    let rotated = browser.post(&format!("{page}/secret"), &fields).await;
    assert!(shown(&rotated.body).starts_with("whsec_"));
    let again = browser.post(&format!("{page}/secret"), &fields).await;
    assert_eq!(again.location(), format!("{page}?notice=shown"));

    browser.get(&page).await;
    assert_eq!(
        browser.submit(&format!("{page}/disable"), &[]).await.location(),
        format!("{page}?notice=webhook-disabled")
    );
    let dead = house.engine.list_webhook_messages(&ACTOR, (id, Some(MessageState::Dead)), ALL).await.unwrap();
    assert_eq!(dead.rows.len(), 2);
    browser.get(&page).await;
    browser.submit(&format!("{page}/enable"), &[]).await;
    browser.get(&page).await;
    assert_eq!(
        browser.submit(&format!("{page}/replay"), &[]).await.location(),
        format!("{page}?notice=dead-replayed")
    );

    browser.get(&page).await;
    let refused = browser.submit(&format!("{page}/delete"), &[("confirm", "ledger")]).await;
    assert!(refused.status == 422 && refused.body.contains("Type “Ledger” to delete this webhook."));
    browser.get(&page).await;
    let deleted = browser.submit(&format!("{page}/delete"), &[("confirm", "Ledger")]).await;
    assert!(deleted.location().ends_with("/webhooks?notice=webhook-deleted"));
    assert!(house.engine.find_webhook(&ACTOR, id).await.is_err());
}

#[tokio::test]
async fn a_viewer_sees_a_webhook_and_is_offered_nothing_to_change() {
    let house = House::new().await;
    let (id, message) = house.webhook().await;
    let mut browser = house.member("view@example.com", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}/webhooks", house.workspace.id);
    for path in [base.clone(), format!("{base}/{id}"), format!("{base}/{id}/messages/{message}")] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            !page.body.contains(&format!("action=\"{base}")) || page.body.contains("method=\"get\""),
            "{path}"
        );
        for offer in ["/new", "/edit", "/delete", "/secret", "/test", "/replay"] {
            assert!(!page.body.contains(&format!("{offer}\"")), "{path} offers {offer}");
        }
    }
}
