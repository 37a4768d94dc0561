//! What operators do in the console, in a real browser.

use claviger_testkit::chromium::Chromium;
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::house::{Demo, House};
use crate::window::{Look, Window};

async fn console() -> (Demo, House, Chromium, Window) {
    let (demo, house) = Demo::fresh().await;
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, demo.address, "one").await;
    window.sign_in(&demo).await;
    (demo, house, chromium, window)
}

/// The status of a call of the example API with this key.
async fn call(demo: &Demo, key: &str) -> (u16, String) {
    let host = format!("example.localhost:{}", demo.address.port());
    let answer = demo.call(&format!("GET {host}/v1/users")).bearer(key).send().await;
    (answer.status, answer.request_id().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_made_without_scripts_used_rotated_and_revoked_and_its_refusal_explained() {
    let (demo, _house, _chromium, window) = console().await;
    window.forbid_scripts().await;
    window.go("/console/keys/new?api=example").await;
    window.fill("#name", "Billing server").await;
    window.press("input[name=format]").await;
    window.press("input[name=scope][value=read]").await;
    window.press("main form .actions > button").await;
    let first = window.text("code.secret").await;
    assert_eq!(call(&demo, &first).await.0, 200, "{first}");
    window.press("a.button[href^='/console/keys/']").await;
    window.press("form[action$='/rotate'] button").await;
    window.expect("The rotated key").await;
    let second = window.text("code.secret").await;
    assert_ne!(first, second);
    assert_eq!(
        (call(&demo, &first).await.0, call(&demo, &second).await.0),
        (200, 200),
        "both work for a while"
    );
    window.press("a.button[href^='/console/keys/']").await;
    window.fill("#confirm", "Billing server").await;
    window.press("form[action$='/revoke'] button").await;
    window.expect("No request with it is let through any more.").await;
    let (status, request_id) = call(&demo, &second).await;
    assert_eq!(status, 401);
    window.press("nav a[href='/console/refusals']").await;
    window.fill("#request", &request_id).await;
    window.press("main form button").await;
    window.expect("REVOKED").await;
    assert_eq!(window.text(".checks strong").await, "It is neither revoked nor disabled");
    assert!(!window.says(&second).await, "the key is nowhere");
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_registered_and_its_secret_rotated() {
    let (demo, _house, _chromium, window) = console().await;
    window.go("/console/clients/new?api=example").await;
    window.fill("#client_name", "Inkwell").await;
    window.press("input[name=grant_types][value=client_credentials]").await;
    window.fill("#redirect_uris", "https://inkwell.example/cb").await;
    window.press("main form button").await;
    window.expect("Store it now.").await;
    let (id, first) = (window.text("code.secret").await, window.text("#secret").await);
    assert_eq!(buy(&demo, &id, &first).await, 200);
    window.press("a.button[href^='/console/clients/']").await;
    window.press("form[action$='/rotate'] #overlap option[value='0']").await;
    window.press("form[action$='/rotate'] button").await;
    window.expect("Store it now.").await;
    let second = window.text("#secret").await;
    assert_eq!((buy(&demo, &id, &first).await, buy(&demo, &id, &second).await), (401, 200));
    window.client.close().await.unwrap();
}

/// The status of a purchase by a client for itself.
async fn buy(demo: &Demo, id: &str, secret: &str) -> u16 {
    let metadata = format!("GET example.localhost:{}/.well-known/openid-configuration", demo.address.port());
    let metadata = demo.call(&metadata).send().await.json();
    let endpoint = metadata["token_endpoint"].as_str().unwrap().split_once("//").unwrap().1;
    let pair = data_encoding::BASE64.encode(format!("{id}:{secret}").as_bytes());
    let call = demo.call(&format!("POST {endpoint}")).header("authorization", format!("Basic {pair}"));
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    call.body("grant_type=client_credentials").send().await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_revoked_at_once_without_scripts() {
    let (demo, _house, _chromium, window) = console().await;
    window.forbid_scripts().await;
    let keys = ["live_key", "read_only_key"].map(|field| demo.fact("example", field));
    for key in keys {
        assert_eq!(call(&demo, key).await.0, 200, "{key}");
    }
    window.go("/console/keys?api=example&environment=live&state=active").await;
    window.press("form.many a[href$='ticked=all']").await;
    let ticked = window.client.find_all(Locator::Css("input[name=id]:checked")).await.unwrap().len();
    assert!(ticked >= keys.len(), "{ticked}");
    window.press("form.many button[formaction$='/revoke']").await;
    window.expect(&format!("Revoke {ticked} keys?")).await;
    assert_eq!(call(&demo, keys[0]).await.0, 200, "nothing has happened yet");
    window.fill("#confirm", &ticked.to_string()).await;
    window.press("main form .actions > button").await;
    window.expect(&format!("Revoked: {ticked} of {ticked}")).await;
    for key in keys {
        assert_eq!(call(&demo, key).await.0, 401, "{key}");
    }
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_file_that_broke_is_shown_with_its_check_while_the_last_good_one_serves() {
    let (demo, house, _chromium, window) = console().await;
    let (file, page) = ("claviger-demo/contracts/example.toml", "/console/apis/example/file");
    window.go(page).await;
    window.expect("In force as it stands").await;
    let good = house.read(file);
    house.write(file, &good.replacen("title = ", "tilte = ", 1));
    window.go(page).await;
    window.expect("Cannot be loaded").await;
    assert!(window.text("pre.sample").await.contains("tilte"));
    window.press("main form button").await;
    window.expect("nothing was loaded").await;
    assert_eq!(call(&demo, demo.fact("example", "live_key")).await.0, 200);
    house.write(file, &good.replacen("title = \"Example API\"", "title = \"Example Two\"", 1));
    // The directory is watched, so that the reload may have been made already.
    window.press("main form button").await;
    window.expect("<h1>Its file</h1>").await;
    let is_loaded = async || {
        window.go("/console/apis/example").await;
        window.says("<h1>Example Two</h1>").await
    };
    crate::client::eventually("the contract is loaded", is_loaded).await;
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_of_a_phone_opens_without_scripts() {
    let (_demo, _house, _chromium, window) = console().await;
    window.forbid_scripts().await;
    window.go("/console/keys").await;
    let link = "nav[aria-label=Console] a[href='/console/nodes']";
    let is_seen =
        async || window.client.find(Locator::Css(link)).await.unwrap().is_displayed().await.unwrap();
    assert!(is_seen().await, "beside the page where there is room");
    window.look(Look::Phone).await;
    window.go("/console/keys").await;
    assert!(!is_seen().await, "behind the menu on a phone");
    window.press("details.menu summary").await;
    assert!(is_seen().await);
    window.press(link).await;
    window.expect("<h1>Nodes</h1>").await;
    window.expect("This one").await;
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_is_used_with_the_keyboard_alone() {
    let (_demo, _house, _chromium, window) = console().await;
    window.go("/console/refusals").await;
    let press = async |keys: &str| {
        window.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    };
    let tab: String = char::from(Key::Tab).to_string();
    let enter: String = char::from(Key::Enter).to_string();
    window.client.find(Locator::Css("body")).await.unwrap().send_keys(&tab).await.unwrap();
    let focused = "return document.activeElement.textContent.trim();";
    let first = window.client.execute(focused, Vec::new()).await.unwrap();
    assert_eq!(first, json!("Skip to content"), "it is the first thing that is reached");
    press(&enter).await;
    press(&tab).await;
    press("req_unknown").await;
    press(&enter).await;
    window.expect("refused no request with the id").await;
    window.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminals_code_makes_the_first_operator() {
    let house = House::new("127.0.0.1:9".parse().unwrap()).await;
    let server = house.serve().await;
    let shown = async || server.log().contains("with the code ");
    crate::client::eventually("the code is shown", shown).await;
    let log = server.log();
    let code = log.split_once("with the code ").unwrap().1.split_whitespace().next().unwrap();
    let chromium = Chromium::start().await.unwrap();
    let window = Window::open(&chromium, server.address, "one").await;
    window.go("/console").await;
    window.expect("First start").await;
    window.fill("#code", code).await;
    window.fill("#email", "ada@example.com").await;
    window.fill("#password", "correct horse battery").await;
    window.press("main form button").await;
    window.expect("<nav aria-label=\"Console\">").await;
    window.go("/console/setup").await;
    window.expect("Overview").await;
    window.client.close().await.unwrap();
}
