//! The portal in a real browser: a key is made, stored, used, rotated and revoked; somebody is invited and joins.

use std::fs;

use claviger_testkit::chromium::Chromium;
use claviger_testkit::upstream::Upstream;
use fantoccini::Locator;
use fantoccini::key::Key;

use crate::client::eventually;
use crate::house::{Demo, House};
use crate::window::Window;

/// Signs the demo's member in and goes to the first of their workspaces; answers its address.
async fn enter(window: &Window, demo: &Demo) -> String {
    window.sign_in_member(demo).await;
    window.press(".wants a").await;
    window.expect("<nav aria-label=\"Workspace\">").await;
    window.path().await
}

async fn status(demo: &Demo, key: &str) -> u16 {
    demo.call("GET example.localhost/v1/users").bearer(key).send().await.status
}

/// The path in the newest mail, whose lines may have been wrapped for the way.
fn mailed_path(house: &House) -> Option<String> {
    mailed(house, "/portal/invitation?token=")
}

/// The path in the newest mail, if it begins so.
fn mailed(house: &House, beginning: &str) -> Option<String> {
    let mut mails: Vec<_> = fs::read_dir(house.path("claviger-demo/mail")).ok()?.flatten().collect();
    mails.sort_by_key(|mail| mail.metadata().and_then(|data| data.modified()).ok());
    let text = fs::read_to_string(mails.last()?.path()).ok()?;
    let text = text.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once(beginning)?;
    Some(format!("{beginning}{}", rest.split_whitespace().next()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_makes_uses_rotates_and_revokes_a_key_in_the_portal() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    let base = enter(&window, &demo).await;

    window.go(&format!("{base}/keys/new?api=example")).await;
    window.press("[name=preset][value='Read only']").await;
    // Enter in a field makes the key: no other button stands before that one.
    window.fill("[name=name]", &format!("Billing server{}", char::from(Key::Enter))).await;
    let first = window.text(".secret").await;
    let sample = window.text("details.sample pre").await;
    assert!(sample.contains(&format!("Authorization: Bearer {first}")), "it runs as it stands: {sample}");
    assert_eq!(status(&demo, &first).await, 200);

    window.press(".once .button").await;
    window.client.wait().for_element(Locator::Css("form[action$=rotate]")).await.unwrap();
    assert!(!window.says(&first).await, "it was shown once");
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
    let window = Window::open(&chromium, demo.address, "one").await;
    let base = enter(&window, &demo).await;
    window.go(&format!("{base}/members")).await;
    window.fill("[name=email]", "nora@partner.example").await;
    window.press("form.form button").await;
    assert!(window.text(".notice").await.contains("on its way"));
    eventually("the mail", async || mailed_path(&house).is_some()).await;

    let guest = Window::open(&chromium, demo.address, "two").await;
    guest.go(&mailed_path(&house).unwrap()).await;
    assert_eq!(guest.text("h1").await.split(' ').next(), Some("Join"));
    guest.fill("[name=name]", "Nora").await;
    guest.fill("[name=password]", "correct horse battery").await;
    guest.press("main button").await;
    assert!(guest.text(".notice").await.contains("Welcome"));
    assert_eq!(guest.path().await, base);
    window.go(&format!("{base}/members")).await;
    assert!(window.says("nora@partner.example").await);
    guest.client.close().await.unwrap();
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_registers_an_application_and_makes_a_pair_with_its_secret() {
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    let base = enter(&window, &demo).await;
    window.press("nav a[href$='/clients']").await;
    window.go(&format!("{base}/clients/new?api=example")).await;
    window.fill("#client_name", "Inkwell").await;
    window.fill("#redirect_uris", "https://inkwell.example/cb").await;
    window.press("form.form .actions button").await;
    let secret = window.text("#secret").await;
    assert!(secret.starts_with("clv_cs_"), "{secret}");
    window.press(".once .button").await;
    window.press("a[href$='/consent']").await;
    assert_eq!(window.text("#asked").await, "Allow access to your account?");
    assert!(!window.says(&secret).await, "it was shown once");

    window.go(&format!("{base}/keys/new?api=redox")).await;
    window.fill("#name", "Hospital").await;
    window.press("form.form .actions button").await;
    let key = window.text(".secret").await;
    window.press(".once form button").await;
    window.client.wait().for_element(Locator::XPath("//h1[.='The new secret']")).await.unwrap();
    let secret = window.text(".secret").await;
    assert_ne!(key, secret);
    let body = serde_json::json!({"apiKey": key, "secret": secret});
    let bought = demo.call("POST redox.localhost/auth/authenticate").json(&body).send().await;
    assert_eq!(bought.status, 200, "{bought:?}");
    window.press(".once .button").await;
    window.press("a[href*='/tokens?of=']").await;
    window.press("form[action$='/end-tokens'] button").await;
    assert!(window.text(".notice").await.contains("has ended"));
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_asks_for_access_is_approved_joins_and_sees_the_first_key_once() {
    let (demo, house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let guest = Window::open(&chromium, demo.address, "guest").await;
    guest.go("/portal/request-access").await;
    guest.press("#api option[value=example]").await;
    guest.press("[name=environment][value=live]").await;
    guest.fill("#use_case", "Fees of each listing.").await;
    guest.fill("#company", "Harbour Lettings").await;
    guest.fill("#contact", "Nora Lind").await;
    guest.fill("#email", "nora@harbour.example").await;
    guest.press("main form button").await;
    let link = "/portal/request-access/status?token=";
    eventually("the mail", async || mailed(&house, link).is_some()).await;
    guest.go(&mailed(&house, link).unwrap()).await;
    assert!(guest.text(".notice").await.contains("looking at it"));

    let staff = Window::open(&chromium, demo.address, "staff").await;
    staff.sign_in(&demo).await;
    staff.press("nav a[href='/console/access-requests']").await;
    staff.press("table a").await;
    for step in ["identity", "use_case", "data_protection", "handling", "least_privilege"] {
        staff.fill(&format!("#note-{step}"), "Looked at.").await;
        staff.press(&format!("form:has(#note-{step}) button")).await;
        let checked = format!("//h1[not(//input[@id='note-{step}'])]");
        staff.client.wait().for_element(Locator::XPath(&checked)).await.unwrap();
    }
    staff.press("[name=scope][value=read]").await;
    staff.press("form[action$='/approve'] button").await;
    assert!(staff.text(".notice").await.contains("Access is given"));

    eventually("the invitation", async || mailed_path(&house).is_some()).await;
    guest.go(&mailed_path(&house).unwrap()).await;
    guest.fill("[name=password]", "correct horse battery").await;
    guest.press("main button").await;
    guest.press("form[action*='/first-keys/'] button").await;
    let key = guest.text(".secret").await;
    assert_eq!(status(&demo, &key).await, 200);
    guest.press(".once .button").await;
    guest.press("nav a[href^='/portal/wsp_']").await;
    guest.client.wait().for_element(Locator::Css(".tallies")).await.unwrap();
    assert!(!guest.says("/first-keys/").await, "it was shown once");
    guest.client.close().await.unwrap();
    staff.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_makes_tries_rotates_and_deletes_a_webhook_in_the_portal() {
    let mut receiver =
        Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nthanks").await.unwrap();
    let (demo, _house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    let base = enter(&window, &demo).await;
    window.press("nav[aria-label=Workspace] a[href$='/webhooks']").await;
    window.press("a[href$='/webhooks/new']").await;
    window.fill("[name=name]", "Key inventory").await;
    window.fill("[name=url]", "http://10.0.0.1/in").await;
    window.press("form.form .actions button").await;
    assert!(window.text("#url-error").await.contains("https"));
    window.fill("[name=url]", &format!("http://{}/in", receiver.address())).await;
    window.press("form.form .actions button").await;
    let first = window.text("#secret").await;
    assert!(first.starts_with("whsec_"), "{first}");

    window.press(".once .button").await;
    window.press("form[action$=test] button").await;
    let received = receiver.next_request().await.unwrap();
    assert!(received.has("webhook-signature"));
    let is_taken = async || {
        window.client.refresh().await.unwrap();
        window.says("Taken").await
    };
    eventually("the attempt is shown", is_taken).await;
    assert!(window.says("thanks").await);
    window.press("form[action$=replay] button").await;
    let again = receiver.next_request().await.unwrap();
    assert_eq!(again.header("webhook-id"), received.header("webhook-id"));

    window.press(".trail a:last-child").await;
    window.press("form[action$=secret] button").await;
    assert_ne!(window.text("#secret").await, first);
    window.press(".once .button").await;
    window.fill("[name=confirm]", "Key").await;
    window.press("form[action$=delete] button").await;
    assert!(window.text("#confirm-error").await.contains("Key inventory"));
    window.fill("[name=confirm]", "Key inventory").await;
    window.press("form[action$=delete] button").await;
    assert!(window.text(".notice").await.contains("gone"));
    assert_eq!(window.path().await, format!("{base}/webhooks"));
    window.client.close().await.unwrap();
}
