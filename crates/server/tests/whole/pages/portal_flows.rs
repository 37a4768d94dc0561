//! What developers of a partner do in the portal, in a real browser: without scripts, and on a phone in the dark with the
//! keyboard alone.

use claviger_testkit::chromium::Chromium;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::house::{Demo, House};
use crate::window::{Look, Window};

/// A member in the first of their workspaces; answers its address.
async fn portal() -> (Demo, House, Chromium, Window, String) {
    let (demo, house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    window.sign_in_member(&demo).await;
    window.press(".wants a").await;
    window.expect("<nav aria-label=\"Workspace\">").await;
    let base = window.client.current_url().await.unwrap().to_string();
    (demo, house, chromium, window, base)
}

/// A new key of the example API that reads.
async fn make(window: &Window, base: &str, environment: &str) -> String {
    window.go(&format!("{base}/keys/new?api=example")).await;
    window.press(&format!("[name=format][value={environment}-single]")).await;
    window.press("[name=preset][value='Read only']").await;
    window.fill("#name", &format!("Tried on {environment}")).await;
    window.press("form.form .actions button").await;
    window.text(".secret").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_tried_without_scripts_and_its_refusal_is_explained() {
    let (_demo, _house, _chromium, window, base) = portal().await;
    window.forbid_scripts().await;
    let test = make(&window, &base, "test").await;
    let key_page = window.client.find(Locator::Css(".once .button")).await.unwrap();
    let key_page = key_page.attr("href").await.unwrap().unwrap();
    let live = make(&window, &base, "live").await;
    let send = async |key: &str| {
        window.fill("#credential", key).await;
        window.press("form.form .actions button").await;
        window.expect("Request id").await;
        assert!(!window.says(key).await, "the credential is not on the page");
    };

    window.go(&format!("{base}/docs/example")).await;
    window.press("main p.actions a[href$='/try']").await;
    window.press("#route option[value='GET /v1/users']").await;
    window.press("form.filters button").await;
    send(&test).await;
    window.expect("200 OK").await;
    let answer = window.text("pre.sample").await;
    assert!(answer.contains("\"environment\": \"test\""), "{answer}");
    assert_eq!(window.client.find_all(Locator::Css(".checks .badge.good")).await.unwrap().len(), 15);
    assert!(window.says("Authorization: Bearer $API_KEY").await);

    // The same key on another route lacks a scope; a live key reaches no test data, and no live data unless that is said.
    window.go(&format!("{base}/docs/example/try?route=POST+%2Fv1%2Fusers")).await;
    send(&test).await;
    window.press("section a[href*='/refusals?request=req_']").await;
    window.expect("Explain a refusal").await;
    assert_eq!(window.text(".checks strong").await, "It has every scope that is needed");
    window.go(&format!("{base}/docs/example/try?route=GET+%2Fv1%2Fusers")).await;
    send(&live).await;
    assert_eq!(window.text(".checks strong").await, "The host takes its environment");
    window.press("[name=environment][value=live]").await;
    window.press("form.form .actions button").await;
    window.expect("Say that this may reach live data.").await;
    window.press("[name=understood]").await;
    send(&live).await;
    assert!(window.text("pre.sample").await.contains("\"environment\": \"live\""));

    // A trial is a use like any other.
    let origin = base.split("/portal").next().unwrap().to_owned();
    let is_used = async || {
        window.go(&format!("{origin}{key_page}")).await;
        !window
            .text("#versions + .table [data-label='Last used'], .table [data-label='Last used']")
            .await
            .contains("never")
    };
    crate::client::eventually("the use is written", is_used).await;
    window.client.close().await.unwrap();
}

/// The text of a member of a token endpoint's answer.
async fn bought(demo: &Demo, line: &str, (media, body): (&str, String), member: &str) -> String {
    let call = demo.call(line).header("content-type", media.to_owned()).body(body);
    let answer = call.send().await.json();
    answer[member].as_str().unwrap_or_else(|| panic!("{line}: {answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_each_contract_is_tried_with_what_its_page_says_to_send() {
    let (demo, _house, _chromium, window, base) = portal().await;
    window.forbid_scripts().await;
    let port = demo.address.port();
    let json = "application/json";
    let fact = |contract: &str, field: &str| demo.fact(contract, field).to_owned();
    let brifle = json!({"api_key": fact("brifle", "api_key")}).to_string();
    let brifle =
        bought(&demo, &format!("POST brifle.localhost:{port}/auth/login"), (json, brifle), "access_token")
            .await;
    let redox = json!({"apiKey": fact("redox", "api_key"), "secret": fact("redox", "secret")}).to_string();
    let address = format!("POST redox.localhost:{port}/auth/authenticate");
    let redox = bought(&demo, &address, (json, redox), "accessToken").await;
    let (id, secret) = (fact("redpin", "client_id"), fact("redpin", "client_secret"));
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let address = format!("POST redpin.localhost:{port}/auth/oauth/v2/token");
    let redpin = bought(&demo, &address, ("application/x-www-form-urlencoded", form), "access_token").await;

    let key = |contract: &str| (fact(contract, "live_key"), false);
    let tried = [
        ("example", "GET /v1/users", key("example")),
        ("propertybase", "GET /v1/properties", key("propertybase")),
        ("redpin", "POST /v1/property-fees", (fact("redpin", "api_key"), false)),
        ("redpin", "GET /v1/customers/**", (redpin, true)),
        ("brifle", "GET /v1/documents", (brifle, true)),
        ("redox", "POST /v1/echo", (redox, true)),
    ];
    for (contract, route, (credential, is_bought)) in tried {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("route", route).finish();
        window.go(&format!("{base}/docs/{contract}/try?{query}")).await;
        assert_eq!(window.says("This route takes a token, not a key").await, is_bought, "{contract} {route}");
        if route.ends_with("**") {
            window.fill("[name='path.**']", "7/sessions").await;
        }
        window.press("[name=environment][value=live]").await;
        window.press("[name=understood]").await;
        window.fill("#credential", &credential).await;
        window.press("form.form .actions button").await;
        window.expect("200 OK").await;
        assert!(!window.says(&credential).await, "{contract} {route}: the credential is on the page");
    }
    // A key where a token belongs is refused, and why is said.
    window.fill("#credential", &fact("redox", "api_key")).await;
    window.press("[name=understood]").await;
    window.press("form.form .actions button").await;
    let refused = window.text("section .badge.over").await;
    assert!(refused.starts_with("40"), "{refused}");
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_still_uses_the_old_version_of_a_rotated_key_is_named_until_the_overlap_is_ended() {
    let (demo, _house, _chromium, window, base) = portal().await;
    window.forbid_scripts().await;
    let old = make(&window, &base, "test").await;
    window.press(".once .button").await;
    window.press("form[action$='/rotate'] button").await;
    window.expect("The old version works until").await;
    let new = window.text(".secret").await;
    window.press(".once .button").await;
    window.expect("An older version still works").await;
    assert!(window.says("Not seen yet").await, "the rotation is young, and nobody was there");
    let page = window.client.current_url().await.unwrap().to_string();

    let host = format!("example.localhost:{}", demo.address.port());
    let status = async |key: &str| demo.call(&format!("GET {host}/v1/users")).bearer(key).send().await.status;
    for key in [&old, &new, &new, &new] {
        assert_eq!(status(key).await, 200);
    }
    let card = "section[aria-labelledby=replaced]";
    let is_named = async || {
        window.go(&page).await;
        window.text(card).await.contains("of 4 in all (25 of 100)")
    };
    crate::client::eventually("the use of the old version is counted", is_named).await;
    let told = window.text(card).await;
    assert!(told.contains("Still used") && told.contains("127.0.0.0/24"), "{told}");
    assert!(told.contains(&old[old.len() - 4..]) && !told.contains(&new[new.len() - 4..]), "{told}");

    window.press("form[action$='/end-overlap'] button").await;
    window.expect("The overlap has ended.").await;
    assert!(!window.says("An older version still works").await);
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_and_selected_on_a_phone_in_the_dark_with_the_keyboard_alone() {
    let (demo, _house, _chromium, window, base) = portal().await;
    window.look(Look::Dark).await;
    window.look(Look::Phone).await;
    window.go(&format!("{base}/keys/new?api=example")).await;
    let wide = "return document.documentElement.scrollWidth <= window.innerWidth;";
    assert_eq!(window.client.execute(wide, Vec::new()).await.unwrap(), json!(true), "nothing hangs over");
    let press = async |key: Key| {
        let keys = char::from(key).to_string();
        window.client.active_element().await.unwrap().send_keys(&keys).await.unwrap();
    };
    let focused = async || {
        let at = "const at = document.activeElement; return at.name + '=' + at.value;";
        window.client.execute(at, Vec::new()).await.unwrap().as_str().unwrap_or_default().to_owned()
    };
    // The name has the focus at first; the scopes are one group, in which the arrows choose.
    window.client.active_element().await.unwrap().send_keys("By hand").await.unwrap();
    for _ in 0..10 {
        if focused().await.starts_with("preset=") {
            break;
        }
        press(Key::Tab).await;
    }
    for _ in 0..5 {
        if focused().await == "preset=Read only" {
            break;
        }
        press(Key::Up).await;
    }
    assert_eq!(focused().await, "preset=Read only");
    press(Key::Enter).await;
    let key = window.text(".secret").await;
    let host = format!("example.localhost:{}", demo.address.port());
    let answer = demo.call(&format!("GET {host}/v1/users")).bearer(&key).send().await;
    assert_eq!(answer.status, 200);
    // One click selects the whole key and nothing else, so that copying it needs no script.
    window.press(".secret").await;
    let selected = window.client.execute("return String(getSelection()).trim();", Vec::new()).await.unwrap();
    assert_eq!(selected, json!(key));
    assert_eq!(window.client.execute(wide, Vec::new()).await.unwrap(), json!(true), "nothing hangs over");
    window.client.close().await.unwrap();
}
