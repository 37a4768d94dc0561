//! A real browser: sign-in, consent, refusal, passkey, revocation.

use claviger_testkit::chromium::Chromium;
use fantoccini::Locator;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::json;
use url::Url;

use super::application::{Application, text};
use super::person::query_of;
use crate::client::eventually;
use crate::house::Demo;
use crate::window::Window;

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

/// Waits until the browser is at the client.
async fn landed(window: &Window) -> String {
    let at_client = async || window.client.current_url().await.is_ok_and(|url| url.path() == "/callback");
    eventually("the client's address", at_client).await;
    window.client.current_url().await.unwrap().to_string()
}

/// Deletes the cookies of a site, which takes being there.
async fn forget(window: &Window, origin: &str) {
    window.go(&format!("{origin}/signed-out")).await;
    window.client.delete_all_cookies().await.unwrap();
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
    let window = Window::open(&chromium, demo.address, "one").await;
    let client = application(&demo).await;
    window.go(&authorization(&client, &[("scope", "openid offline_access read")])).await;
    window.identify(&demo, "example").await;
    window.client.wait().for_element(Locator::Id("allow")).await.unwrap();
    assert!(window.says("Garden planner").await && window.says("Read data").await);
    window.press("#allow").await;
    let code = query_of(&landed(&window).await)["code"].clone();
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
    eventually("the token has ended", is_over).await;
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_refuses() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    let client = application(&demo).await;
    window.go(&authorization(&client, &[])).await;
    window.identify(&demo, "example").await;
    window.press("#refuse").await;
    assert_eq!(query_of(&landed(&window).await)["error"], "access_denied");
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_registered_and_signs_in() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    window.client.issue_cmd(AddAuthenticator).await.unwrap();
    let client = application(&demo).await;
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.identify(&demo, "example").await;
    window.press("#refuse").await;
    landed(&window).await;

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
    forget(&window, &client.issuer()).await;
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.press("#refuse").await;
    landed(&window).await;

    forget(&window, &client.issuer()).await;
    window.client.issue_cmd(SuggestNothing).await.unwrap();
    window.go(&authorization(&client, &[("scope", "read")])).await;
    window.press("#passkey").await;
    window.press("#allow").await;
    let code = query_of(&landed(&window).await)["code"].clone();
    let bought = client.redeem(&code, &[]).await.json();
    assert_eq!(client.call("GET /v1/users", text(&bought, "access_token")).await.status, 200);
    window.client.close().await.unwrap();
}
