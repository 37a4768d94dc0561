//! A window of a real browser, and what can be done to it from outside.

use claviger_testkit::chromium::Chromium;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use crate::house::Demo;

/// A command of the Chrome DevTools Protocol, through its driver.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({"cmd": self.command, "params": self.parameters});
        (http::Method::POST, Some(body.to_string()))
    }
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    pub(super) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];
}

/// A window.
pub(super) struct Window {
    pub(super) client: Client,
}

impl Window {
    pub(super) async fn open(chromium: &Chromium, profile: &str) -> Self {
        let Value::Object(capabilities) = chromium.capabilities(profile) else { panic!("no object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&chromium.url()).await.unwrap();
        // A desk's, on which the navigation stands beside the page.
        client.set_window_size(1280, 900).await.unwrap();
        Self { client }
    }

    pub(super) async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    pub(super) async fn fill(&self, css: &str, value: &str) {
        let field = self.client.wait().for_element(Locator::Css(css)).await;
        let field = field.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    pub(super) async fn press(&self, css: &str) {
        let button = self.client.wait().for_element(Locator::Css(css)).await;
        if let Err(error) = &button {
            panic!("{css}: {error}: {}", self.client.source().await.unwrap());
        }
        button.unwrap().click().await.unwrap();
    }

    /// The text of an element, once it is there.
    pub(super) async fn text(&self, css: &str) -> String {
        let found = self.client.wait().for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}")).text().await.unwrap()
    }

    /// An attribute of an element, once it is there.
    pub(super) async fn attribute(&self, css: &str, name: &str) -> String {
        let found = self.client.wait().for_element(Locator::Css(css)).await;
        let value = found.unwrap_or_else(|error| panic!("{css}: {error}")).attr(name).await.unwrap();
        value.unwrap_or_else(|| panic!("{css} has no {name}"))
    }

    pub(super) async fn says(&self, words: &str) -> bool {
        self.client.source().await.unwrap().contains(words)
    }

    /// Waits until the page says something.
    pub(super) async fn expect(&self, words: &str) {
        let says = async || self.client.source().await.is_ok_and(|source| source.contains(words));
        crate::client::eventually(words, says).await;
    }

    /// Signs the demo's operator in to the console.
    pub(super) async fn sign_in(&self, demo: &Demo) {
        let operator = |field: &str| demo.facts["operator"][field].as_str().unwrap().to_owned();
        self.go(&format!("http://{}/console/sign-in", demo.address)).await;
        self.fill("#email", &operator("email")).await;
        self.fill("#password", &operator("password")).await;
        self.press("main form button").await;
        self.expect("<nav aria-label=\"Console\">").await;
    }

    /// Signs the user of a contract in at its own host.
    pub(super) async fn sign_in_user(&self, demo: &Demo, contract: &str) {
        let user =
            |field: &str| demo.facts["contracts"][contract]["user"][field].as_str().unwrap().to_owned();
        self.go(&format!("http://{contract}.localhost:{}/sign-in", demo.address.port())).await;
        self.fill("[name=email]", &user("email")).await;
        self.fill("[name=password]", &user("password")).await;
        self.press("#sign-in button[type=submit], #sign-in #submit").await;
        self.expect("/account/security").await;
    }

    /// Signs the demo's member in to the portal.
    pub(super) async fn sign_in_member(&self, demo: &Demo) {
        let member = |field: &str| demo.facts[field].as_str().unwrap().to_owned();
        self.go(&format!("http://{}/portal/sign-in", demo.address)).await;
        self.fill("[name=email]", &member("member")).await;
        self.fill("[name=password]", &member("member_password")).await;
        self.press("main button").await;
        self.expect("/portal/sign-out").await;
    }

    /// Looks at the page in another light, or on a phone.
    pub(super) async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        // Without motion, so that no colour is seen on its way from one light to the other.
        let features = json!([{"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.tell("Emulation.setEmulatedMedia", json!({"media": "screen", "features": features})).await;
        let (width, height, scale) = if look == Look::Phone { (390, 844, 2) } else { (1280, 860, 1) };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": scale,
            "mobile": look == Look::Phone});
        self.tell("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Lets pages run scripts, or not.
    pub(super) async fn forbid_scripts(&self) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    /// The page as a PNG in base64: all of it, or what is seen first.
    pub(super) async fn picture(&self, is_whole: bool) -> String {
        let wanted = json!({"format": "png", "captureBeyondViewport": is_whole});
        let answer = self.tell("Page.captureScreenshot", wanted).await;
        answer["data"].as_str().unwrap_or_else(|| panic!("no picture: {answer}")).to_owned()
    }

    async fn tell(&self, command: &'static str, parameters: Value) -> Value {
        let told = self.client.issue_cmd(DevTools { command, parameters }).await;
        told.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
