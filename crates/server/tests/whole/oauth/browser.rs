//! A real browser: sign-in, consent, refusal, passkey, revocation.

use claviger_testkit::chromium::Chromium;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use super::application::{Application, text};
use super::person::query_of;
use crate::house::Demo;

/// A command of WebAuthn's extension of WebDriver (WebAuthn level 2 section 11).
#[derive(Debug)]
pub(crate) struct AddAuthenticator;

impl WebDriverCompatibleCommand for AddAuthenticator {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let device = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true});
        (http::Method::POST, Some(device.to_string()))
    }
}

/// A command of Chromium's own: pages from now on find that the browser does not suggest passkeys, so that one is asked
/// for by the button. (An authenticator of WebDriver answers suggestions by itself.)
#[derive(Debug)]
pub(crate) struct SuggestNothing;

impl WebDriverCompatibleCommand for SuggestNothing {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let source = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;";
        let command = json!({"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": source}});
        (http::Method::POST, Some(command.to_string()))
    }
}

/// A window of a browser.
struct Window<'d> {
    demo: &'d Demo,
    client: Client,
}

impl<'d> Window<'d> {
    async fn open(chromium: &Chromium, demo: &'d Demo, profile: &str) -> Self {
        let Value::Object(capabilities) = chromium.capabilities(profile) else { panic!("no object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&chromium.url()).await.unwrap();
        Self { demo, client }
    }

    async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    async fn fill(&self, field: &str, value: &str) {
        let field = self.client.wait().for_element(Locator::Css(&format!("[name={field}]"))).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    async fn press(&self, css: &str) {
        let button = self.client.wait().for_element(Locator::Css(css)).await;
        let source = self.client.source().await.unwrap();
        button
            .unwrap_or_else(|error| {
                panic!(
                    "{css}: {error}: {source} {}",
                    self.demo.log().lines().filter(|line| line.contains("passkey")).collect::<String>()
                )
            })
            .click()
            .await
            .unwrap();
    }

    async fn sign_in(&self, contract: &str) {
        let user = &self.demo.facts["contracts"][contract]["user"];
        self.fill("email", text(user, "email")).await;
        self.fill("password", text(user, "password")).await;
        self.press("#sign-in button[type=submit], #sign-in #submit").await;
    }

    /// Waits until the browser is at the client.
    async fn landed(&self) -> String {
        let at_client = async || self.client.current_url().await.is_ok_and(|url| url.path() == "/callback");
        crate::client::eventually("the client's address", at_client).await;
        self.client.current_url().await.unwrap().to_string()
    }

    /// Deletes the cookies of a site, which takes being there.
    async fn forget(&self, origin: &str) {
        self.go(&format!("{origin}/signed-out")).await;
        self.client.delete_all_cookies().await.unwrap();
    }

    async fn says(&self, words: &str) -> bool {
        self.client.source().await.unwrap().contains(words)
    }
}

/// A client whose redirect URI answers, so that the browser can land there.
async fn application(demo: &Demo) -> Application<'_> {
    let uri = format!("http://localhost:{}/callback", demo.address.port());
    Application::registered(
        demo,
        "example",
        &json!({"redirect_uris": [uri], "client_name": "Garden planner"}),
    )
    .await
}

fn authorization(client: &Application<'_>, more: &[(&str, &str)]) -> String {
    format!("{}{}", client.issuer(), client.authorization(more))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_allows_and_later_takes_it_back() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, &demo, "one").await;
    let client = application(&demo).await;
    window.go(&authorization(&client, &[("scope", "openid offline_access read")])).await;
    window.sign_in("example").await;
    window.client.wait().for_element(Locator::Id("allow")).await.unwrap();
    assert!(window.says("Garden planner").await && window.says("Read data").await);
    window.press("#allow").await;
    let code = query_of(&window.landed().await)["code"].clone();
    let bought = client.redeem(&code, &[]).await.json();
    let access = text(&bought, "access_token");
    assert_eq!(client.call("GET /v1/users", access).await.status, 200);

    window.go(&format!("{}/account", client.issuer())).await;
    if !window.says("Garden planner").await {
        window.go(&format!("{}/account/applications", client.issuer())).await;
    }
    assert!(window.says("Garden planner").await, "{}", window.client.source().await.unwrap());
    window.press("form[action*='revoke'] button, form[action*='applications'] button").await;
    let is_over = async || client.call("GET /v1/users", access).await.status == 401;
    crate::client::eventually("the token has ended", is_over).await;
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_refuses() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, &demo, "one").await;
    let client = application(&demo).await;
    window.go(&authorization(&client, &[])).await;
    window.sign_in("example").await;
    window.press("#refuse").await;
    assert_eq!(query_of(&window.landed().await)["error"], "access_denied");
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_registered_and_signs_in() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, &demo, "one").await;
    window.client.issue_cmd(AddAuthenticator).await.unwrap();
    let client = application(&demo).await;
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.sign_in("example").await;
    window.press("#refuse").await;
    window.landed().await;

    window.go(&format!("{}/account/security", client.issuer())).await;
    window.press("#passkey").await;
    let added = window.client.wait().for_element(Locator::Css("form[action$='/remove']")).await;
    let source = window.client.source().await.unwrap();
    added.unwrap_or_else(|error| {
        panic!(
            "{error}: {source} {}",
            demo.log().lines().filter(|line| line.contains("passkey")).collect::<String>()
        )
    });

    // The browser offers it with the fields.
    window.forget(&client.issuer()).await;
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.press("#refuse").await;
    window.landed().await;

    window.forget(&client.issuer()).await;
    window.client.issue_cmd(SuggestNothing).await.unwrap();
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.press("#passkey").await;
    window.press("#allow").await;
    let code = query_of(&window.landed().await)["code"].clone();
    let bought = client.redeem(&code, &[]).await.json();
    assert_eq!(client.call("GET /v1/users", text(&bought, "access_token")).await.status, 200);
    window.client.close().await.unwrap();
}
