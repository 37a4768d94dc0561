//! A window of a real browser, and what can be done to it from outside.

use std::net::SocketAddr;

use claviger_testkit::chromium::Chromium;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use crate::client::eventually;
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
pub(crate) enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];
}

/// Pages that may follow each other while something is done to one of them.
const PAGES: usize = 5;

/// Whether an element was of a page that is no longer there. The driver of Chromium has a message of its own for one that goes
/// while it is looked at.
fn has_left(error: &CmdError) -> bool {
    let CmdError::Standard(told) = error else { return false };
    error.is_stale_element_reference() || told.message.contains("does not belong to the document")
}

/// Whether a page gives way to another once this is pressed.
async fn leads_on(element: &Element) -> Result<bool, CmdError> {
    match element.tag_name().await?.as_str() {
        "a" => Ok(element.attr("href").await?.is_some_and(|href| !href.starts_with('#'))),
        "button" => Ok(element.prop("type").await?.as_deref() == Some("submit")),
        _ => Ok(false),
    }
}

/// A window.
pub(crate) struct Window {
    pub(crate) client: Client,
    home: Url,
}

impl Window {
    /// A window whose paths are those of a server.
    pub(crate) async fn open(chromium: &Chromium, server: SocketAddr, profile: &str) -> Self {
        let Value::Object(capabilities) = chromium.capabilities(profile) else { panic!("no object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&chromium.url()).await.unwrap();
        // A desk's, on which the navigation stands beside the page.
        client.set_window_size(1280, 900).await.unwrap();
        Self { client, home: Url::parse(&format!("http://{server}")).unwrap() }
    }

    pub(crate) async fn go(&self, address: &str) {
        let address = self.home.join(address).unwrap();
        self.client.goto(address.as_str()).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// The first of such elements, once there is one.
    async fn find(&self, css: &str) -> Result<Element, CmdError> {
        self.client.wait().for_element(Locator::Css(css)).await
    }

    /// Does something to an element, once it is there. A button that was pressed by a script or a key may take the page away
    /// between finding it and that: the next page has it, too.
    async fn with<T>(&self, css: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        for _ in 0..PAGES {
            let done = match self.find(css).await {
                Ok(element) => act(element).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(value) => return value,
                Err(error) if has_left(&error) => {}
                Err(error) => {
                    panic!("{css}: {error}: {}", self.client.source().await.unwrap_or_default())
                }
            }
        }
        panic!("{css}: each page was gone too soon");
    }

    pub(crate) async fn fill(&self, css: &str, value: &str) {
        let fill = async |field: Element| {
            field.clear().await?;
            field.send_keys(value).await
        };
        self.with(css, fill).await;
    }

    /// Presses a button, follows a link or chooses. Where that leads to another page, waits until this one is gone: the driver
    /// may answer before, and what is looked for next may be on both.
    pub(crate) async fn press(&self, css: &str) {
        let press = async |element: Element| {
            let page = self.find("html").await?;
            let leads_on = leads_on(&element).await?;
            element.click().await?;
            Ok(leads_on.then_some(page))
        };
        if let Some(page) = self.with(css, press).await {
            eventually(css, async || page.tag_name().await.is_err()).await;
        }
    }

    /// The text of an element, once it is there.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.with(css, async |element: Element| element.text().await).await
    }

    /// An attribute of an element, once it is there.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> String {
        let value = self.with(css, async |element: Element| element.attr(name).await).await;
        value.unwrap_or_else(|| panic!("{css} has no {name}"))
    }

    pub(crate) async fn says(&self, words: &str) -> bool {
        self.client.source().await.unwrap().contains(words)
    }

    /// Waits until the page says something.
    pub(crate) async fn expect(&self, words: &str) {
        let says = async || self.client.source().await.is_ok_and(|source| source.contains(words));
        eventually(words, says).await;
    }

    /// Signs the demo's operator in to the console.
    pub(crate) async fn sign_in(&self, demo: &Demo) {
        let operator = |field: &str| demo.facts["operator"][field].as_str().unwrap().to_owned();
        self.go("/console/sign-in").await;
        self.fill("#email", &operator("email")).await;
        self.fill("#password", &operator("password")).await;
        self.press("main form button").await;
        self.expect("<nav aria-label=\"Console\">").await;
    }

    /// Fills in the sign-in page that is open as the user of a contract, and sends it.
    pub(crate) async fn identify(&self, demo: &Demo, contract: &str) {
        let user = &demo.facts["contracts"][contract]["user"];
        self.fill("[name=email]", user["email"].as_str().unwrap()).await;
        self.fill("[name=password]", user["password"].as_str().unwrap()).await;
        self.press("#sign-in button[type=submit], #sign-in #submit").await;
    }

    /// Signs the user of a contract in at its own host.
    pub(crate) async fn sign_in_user(&self, demo: &Demo, contract: &str) {
        self.go(&format!("http://{contract}.localhost:{}/sign-in", demo.address.port())).await;
        self.identify(demo, contract).await;
        self.expect("/account/security").await;
    }

    /// Signs the demo's member in to the portal.
    pub(crate) async fn sign_in_member(&self, demo: &Demo) {
        let member = |field: &str| demo.facts[field].as_str().unwrap().to_owned();
        self.go("/portal/sign-in").await;
        self.fill("[name=email]", &member("member")).await;
        self.fill("[name=password]", &member("member_password")).await;
        self.press("main button").await;
        self.expect("/portal/sign-out").await;
    }

    /// Looks at the page in another light, or on a phone.
    pub(crate) async fn look(&self, look: Look) {
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
    pub(crate) async fn forbid_scripts(&self) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    /// The page as a PNG in base64: all of it, or what is seen first.
    pub(crate) async fn picture(&self, is_whole: bool) -> String {
        let wanted = json!({"format": "png", "captureBeyondViewport": is_whole});
        let answer = self.tell("Page.captureScreenshot", wanted).await;
        answer["data"].as_str().unwrap_or_else(|| panic!("no picture: {answer}")).to_owned()
    }

    async fn tell(&self, command: &'static str, parameters: Value) -> Value {
        let told = self.client.issue_cmd(DevTools { command, parameters }).await;
        told.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
