//! Pages speak the language of whoever reads them.

use claviger_domain::Role;

use crate::house::House;
use crate::public::site::Site;

fn lang(page: &str) -> &str {
    page.split_once("<html lang=\"").unwrap().1.split_once('"').unwrap().0
}

#[tokio::test]
async fn a_page_is_in_the_language_that_the_browser_asks_for_and_says_so() {
    let house = House::new().await;
    let mut browser = house.browser();
    let english = browser.get("/console/sign-in").await;
    assert_eq!((lang(&english.body), english.header("content-language")), ("en", "en"));
    browser.headers = vec![("accept-language", "fr, de-AT;q=0.8, en;q=0.3".to_owned())];
    let german = browser.get("/console/sign-in").await;
    assert_eq!((lang(&german.body), german.header("content-language")), ("de", "de"));
    assert_eq!(german.header("vary"), "Accept-Language, Cookie");
    let style = browser.get("/static/claviger.css").await;
    assert_eq!((style.header("content-language"), style.header("vary")), ("", ""));
}

#[tokio::test]
async fn a_choice_is_kept_and_leads_back_to_the_page() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/report-a-key?x=1").await;
    let reply = browser.get("/language?language=de").await;
    assert_eq!((reply.status, reply.location()), (303, "/report-a-key?x=1"));
    assert!(reply.header("set-cookie").contains("Max-Age=31536000"));
    browser.headers = vec![("accept-language", "en".to_owned())];
    assert_eq!(lang(&browser.get("/report-a-key").await.body), "de");
    let refusal = browser.get("/console/nowhere").await;
    assert_eq!((refusal.status, lang(&refusal.body)), (404, "de"), "refusals, too");
}

#[tokio::test]
async fn a_choice_of_another_site_or_of_no_language_is_refused() {
    let site = Site::new().await;
    let house = House::new().await;
    for mut browser in [house.browser(), site.browser()] {
        let reply = browser.get("/language?language=xx").await;
        assert_eq!(reply.status, 400);
        browser.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
        let reply = browser.get("/language?language=de").await;
        assert_eq!((reply.status, reply.header("set-cookie")), (403, ""));
    }
}

#[tokio::test]
async fn a_choice_on_an_apis_host_is_kept_there() {
    let site = Site::new().await;
    let mut browser = site.browser();
    browser.get("/sign-in?device=").await;
    let reply = browser.get("/language?language=de").await;
    assert_eq!((reply.status, reply.location()), (303, "/sign-in?device="));
    assert_eq!(lang(&browser.get("/sign-in").await.body), "de");
}

#[tokio::test]
async fn the_console_speaks_german_with_its_numbers_and_its_complaints() {
    let house = House::new().await;
    house.issue("sample", "server").await;
    let mut browser = house.operator().await;
    browser.headers = vec![("accept-language", "de".to_owned())];
    let overview = browser.get("/console").await;
    for text in ["<h1>Übersicht</h1>", "Neueste Schlüssel", "Abmelden", ">gerade eben</time>"] {
        assert!(overview.body.contains(text), "{text}");
    }
    browser.get("/console/workspaces").await;
    let refused = browser.submit("/console/workspaces", &[("name", "")]).await;
    assert!(refused.body.contains("Der Name darf nicht leer sein."), "{}", refused.body);
    let nowhere = browser.get("/console/keys/key_00000000000000000000000000").await;
    assert!(nowhere.body.contains("Diesen Schlüssel gibt es nicht."));
}

#[tokio::test]
async fn the_portal_speaks_german_once_that_is_chosen_in_its_foot() {
    let house = House::new().await;
    house.issue("sample", "server").await;
    let workspace = house.workspace.id;
    let mut browser = house.member("ada@example.com", Role::Developer, workspace).await;
    let keys = format!("/portal/{workspace}/keys");
    assert!(browser.get(&keys).await.body.contains("<h1>API keys</h1>"));
    let reply = browser.get("/language?language=de").await;
    assert_eq!(reply.location(), keys);
    let page = browser.get(&keys).await.body;
    for text in ["<h1>API-Schlüssel</h1>", "data-label=\"Zuletzt verwendet\"", ">nie</span>", ">Aktiv</span>"]
    {
        assert!(page.contains(text), "{text}");
    }
}
