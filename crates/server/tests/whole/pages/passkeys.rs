//! Passkeys of operators and members, with a virtual authenticator in a real browser.

use claviger_testkit::chromium::Chromium;

use crate::house::Demo;
use crate::oauth::browser::{AddAuthenticator, SuggestNothing};
use crate::window::Window;

/// Adds a passkey, signs in with it and no password, and removes it, at the host that has a name.
async fn walk(demo: &Demo, window: &Window, gate: &str, (email, password): (String, String)) {
    let at = |page: &str| format!("http://localhost:{}{gate}/{page}", demo.address.port());
    let is_in = format!("{gate}/sign-out");
    window.go(&at("sign-in")).await;
    window.fill("#email", &email).await;
    window.fill("#password", &password).await;
    window.press("main form #submit").await;
    window.expect(&is_in).await;
    window.go(&at("security")).await;
    window.fill("#add-passkey #name", "Harbour laptop").await;
    window.press("#add-passkey #passkey").await;
    window.expect("The passkey is added").await;
    assert!(window.says("Harbour laptop").await && window.says("never used").await);

    window.client.delete_all_cookies().await.unwrap();
    window.go(&at("security")).await;
    window.expect("data-passkey=\"get\"").await;
    window.press("#passkey").await;
    window.expect(&is_in).await;
    window.go(&at("security")).await;
    window.expect("last used").await;
    window.press("form[action*='/security/passkeys/'][action$='/remove'] button").await;
    window.expect("The passkey is removed").await;
    assert!(!window.says("Harbour laptop").await);
    window.client.delete_all_cookies().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_members_sign_in_with_a_passkey_and_no_password() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let fact = |path: &str| demo.facts.pointer(path).and_then(serde_json::Value::as_str).unwrap().to_owned();
    for (gate, email, password) in [
        ("/console", fact("/operator/email"), fact("/operator/password")),
        ("/portal", fact("/member"), fact("/member_password")),
    ] {
        // Each with an authenticator of its own: one that has passkeys of both would choose between them.
        let window = Window::open(&chromium, demo.address, gate.trim_start_matches('/')).await;
        window.client.issue_cmd(AddAuthenticator).await.unwrap();
        window.client.issue_cmd(SuggestNothing).await.unwrap();
        walk(&demo, &window, gate, (email, password)).await;
        window.client.close().await.unwrap();
    }
}
