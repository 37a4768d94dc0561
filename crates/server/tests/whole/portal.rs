//! The portal in a real browser: a key is made, stored, used, rotated and revoked; somebody is invited and joins.

use std::fs;

use claviger_testkit::chromium::Chromium;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;

use crate::client::eventually;
use crate::house::{Demo, House};

/// A window of a browser.
struct Window {
    origin: String,
    client: Client,
}

impl Window {
    async fn open(chromium: &Chromium, demo: &Demo, profile: &str) -> Self {
        let Value::Object(capabilities) = chromium.capabilities(profile) else { panic!("no object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&chromium.url()).await.unwrap();
        Self { origin: format!("http://{}", demo.address), client }
    }

    async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.origin)).await.unwrap();
    }

    async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    async fn fill(&self, css: &str, value: &str) {
        let field = self.client.wait().for_element(Locator::Css(css)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    async fn press(&self, css: &str) {
        let Ok(button) = self.client.wait().for_element(Locator::Css(css)).await else {
            panic!("{css}: {}", self.client.source().await.unwrap())
        };
        button.click().await.unwrap();
    }

    async fn text(&self, css: &str) -> String {
        self.client.wait().for_element(Locator::Css(css)).await.unwrap().text().await.unwrap()
    }

    /// Signs the demo's member in and goes to the first of their workspaces; answers its address.
    async fn enter(&self, demo: &Demo) -> String {
        self.go("/portal").await;
        self.fill("[name=email]", demo.facts["member"].as_str().unwrap()).await;
        self.fill("[name=password]", demo.facts["member_password"].as_str().unwrap()).await;
        self.press("main button").await;
        self.press(".wants a").await;
        self.client.wait().for_element(Locator::Css("nav[aria-label=Workspace]")).await.unwrap();
        self.path().await
    }
}

async fn status(demo: &Demo, key: &str) -> u16 {
    demo.call("GET example.localhost/v1/users").bearer(key).send().await.status
}

/// The path in the newest mail, whose lines may have been wrapped for the way.
fn mailed_path(house: &House) -> Option<String> {
    let mut mails: Vec<_> = fs::read_dir(house.path("claviger-demo/mail")).ok()?.flatten().collect();
    mails.sort_by_key(|mail| mail.metadata().and_then(|data| data.modified()).ok());
    let text = fs::read_to_string(mails.last()?.path()).ok()?;
    let text = text.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("/portal/invitation?token=")?;
    Some(format!("/portal/invitation?token={}", rest.split_whitespace().next()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_makes_uses_rotates_and_revokes_a_key_in_the_portal() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, &demo, "one").await;
    let base = window.enter(&demo).await;

    window.go(&format!("{base}/keys/new?api=example")).await;
    window.press("[name=preset][value='Read only']").await;
    // Enter in a field makes the key: no other button stands before that one.
    window.fill("[name=name]", &format!("Billing server{}", char::from(Key::Enter))).await;
    let first = window.text(".secret").await;
    assert!(window.text("details.sample pre").await.contains("Authorization: Bearer $API_KEY"));
    assert_eq!(status(&demo, &first).await, 200);

    window.press(".once .button").await;
    window.client.wait().for_element(Locator::Css("form[action$=rotate]")).await.unwrap();
    assert!(!window.client.source().await.unwrap().contains(&first), "it was shown once");
    let page = window.path().await;
    window.press("form[action$=rotate] button").await;
    let second = window.text(".secret").await;
    assert_ne!(first, second);
    assert_eq!((status(&demo, &first).await, status(&demo, &second).await), (200, 200), "they overlap");

    window.go(&page).await;
    window.fill("[name=confirm]", "Billing").await;
    window.press("form[action$=revoke] button").await;
    assert!(window.text("#confirm-error").await.contains("Billing server"));
    window.fill("[name=confirm]", "Billing server").await;
    window.press("form[action$=revoke] button").await;
    window.client.wait().for_element(Locator::Css(".badge.over")).await.unwrap();
    assert_eq!((status(&demo, &first).await, status(&demo, &second).await), (401, 401));
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_invites_somebody_who_joins_by_the_link_in_the_mail() {
    let (demo, house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, &demo, "one").await;
    let base = window.enter(&demo).await;
    window.go(&format!("{base}/members")).await;
    window.fill("[name=email]", "nora@partner.example").await;
    window.press("form.form button").await;
    assert!(window.text(".notice").await.contains("on its way"));
    eventually("the mail", async || mailed_path(&house).is_some()).await;

    let guest = Window::open(&chromium, &demo, "two").await;
    guest.go(&mailed_path(&house).unwrap()).await;
    assert_eq!(guest.text("h1").await.split(' ').next(), Some("Join"));
    guest.fill("[name=name]", "Nora").await;
    guest.fill("[name=password]", "correct horse battery").await;
    guest.press("main button").await;
    assert!(guest.text(".notice").await.contains("Welcome"));
    assert_eq!(guest.path().await, base);
    window.go(&format!("{base}/members")).await;
    assert!(window.client.source().await.unwrap().contains("nora@partner.example"));
    guest.client.close().await.unwrap();
    window.client.close().await.unwrap();
}
