//! The last page before a client, and the way out: signing out at a client's wish, and devices.

use serde_json::json;

use crate::client::Call;
use crate::house::Demo;
use crate::oauth::application::{Application, refused, text};
use crate::oauth::person::{Person, encode, query_of};

/// A client that nobody has looked at.
async fn self_registered(demo: &Demo) -> Application<'_> {
    let members = json!({"client_name": "Stranger", "redirect_uris": ["https://stranger.example/cb"],
        "token_endpoint_auth_method": "none"});
    let made =
        Call::new(demo.address, &format!("POST example.localhost:{}/oauth/register", demo.address.port()))
            .json(&members)
            .send()
            .await;
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{made:?}");
    let id = text(&made.json(), "client_id").to_owned();
    let redirect_uri = "https://stranger.example/cb".to_owned();
    Application { demo, contract: "example", id, secret: None, redirect_uri }
}

#[tokio::test]
async fn bcp_09_mcp_13_nobody_is_bounced_silently_to_a_client_that_registered_itself() {
    let (demo, _house) = Demo::fresh().await;
    let client = self_registered(&demo).await;
    let mut person = Person::new(&demo, "example");
    let first = person.open(&client.authorization(&[])).await.page();
    let consent = person.sign_in(&first, "example").await.page();
    let html = consent.answer.text();
    assert!(html.contains("registered itself") && html.contains("stranger.example"), "{html}");
    let look = person.submit(&consent, &[]).await.page();
    assert_eq!(look.answer.status, 200);
    let html = look.answer.text();
    assert!(
        html.contains("id=\"destination\">stranger.example<") && html.contains("id=\"continue\""),
        "{html}"
    );
    assert!(html.contains("https://stranger.example/cb?code="), "{html}");
    let bad = client.authorization(&[("scope", "no-such-scope")]);
    let look = person.open(&bad).await.page();
    assert!(look.answer.text().contains("error=invalid_scope"), "errors, too: {}", look.answer.text());
    // Else whoever registers a client has a redirect to anywhere from our address, without anybody seeing it.
    let silent = person.open(&client.authorization(&[("prompt", "none")])).await.page();
    let html = silent.answer.text();
    assert!(html.contains("id=\"continue\"") && html.contains("error=consent_required"), "{html}");
}

#[tokio::test]
async fn a_client_signs_its_user_out_and_gets_them_back_where_it_registered() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::registered(
        &demo,
        "example",
        &json!({"post_logout_redirect_uris": ["https://app.example.com/bye"]}),
    )
    .await;
    let mut person = Person::new(&demo, "example");
    let location = person.authorize("example", &client.authorization(&[("scope", "openid")])).await;
    let bought = client.redeem(&query_of(&location)["code"], &[]).await.json();
    let hint = text(&bought, "id_token");
    let logout = |more: &[(&str, &str)]| format!("/oauth/logout?{}", encode(more));

    let foreign = logout(&[("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")]);
    let page = person.open(&foreign).await.page();
    assert!(page.answer.status == 400 && !page.answer.text().contains("evil.example"), "{page:?}");
    let page = person.open(&logout(&[("id_token_hint", "nonsense")])).await.page();
    assert_eq!(page.answer.status, 400);
    let page = person.open(&logout(&[("client_id", &client.id)])).await.page();
    assert!(page.answer.text().contains("id=\"sign-out\""), "without proof the user is asked: {page:?}");
    assert!(
        person.open("/account").await.page().answer.text().contains("Profile"),
        "nothing has happened yet"
    );

    let bye = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", "https://app.example.com/bye"),
        ("state", "over & out"),
    ];
    let location = person.open(&logout(&bye)).await.away();
    assert!(location.starts_with("https://app.example.com/bye?"), "{location}");
    assert_eq!(query_of(&location)["state"], "over & out");
    let page = person.open("/account").await.page();
    assert!(page.answer.text().contains("name=\"password\""), "signed out: {page:?}");
    let location = person.open(&logout(&bye)).await.away();
    assert!(location.starts_with("https://app.example.com/bye?"), "twice is fine: {location}");
}

#[tokio::test]
async fn a_device_gets_a_token_after_its_code_was_typed_and_allowed() {
    let (demo, _house) = Demo::fresh().await;
    let device = Application::registered(
        &demo,
        "example",
        &json!({"token_endpoint_auth_method": "none", "redirect_uris": [],
            "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]}),
    )
    .await;
    let made = device.form("/oauth/device_authorization", &[("scope", "read")]).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{made:?}");
    let made = made.json();
    let (code, typed) = (text(&made, "device_code"), text(&made, "user_code"));
    let other = device.form("/oauth/device_authorization", &[("scope", "read")]).await.json();
    let ask = async |code: &str| {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        device.token(&[("grant_type", grant), ("device_code", code)]).await
    };
    refused(&ask(text(&other, "device_code")).await, 400, "authorization_pending");
    refused(&ask(text(&other, "device_code")).await, 400, "slow_down");

    let mut person = Person::new(&demo, "example");
    let page = person.open(text(&made, "verification_uri")).await.page();
    let page = person.sign_in(&page, "example").await.page();
    let wrong = person.submit(&page, &[("user_code", "BBBB-BBBB")]).await.page();
    assert!(wrong.answer.text().contains("user_code-error"), "{}", wrong.answer.text());
    let question = person.submit(&page, &[("user_code", &typed.to_lowercase())]).await.page();
    assert!(question.answer.text().contains("An application"), "{}", question.answer.text());
    let done = person.submit(&question, &[]).await.page();
    assert!(done.answer.text().contains("The device is connected"), "{}", done.answer.text());
    let bought = ask(code).await.json();
    assert_eq!(device.call("GET /v1/users", text(&bought, "access_token")).await.status, 200);
}

#[tokio::test]
async fn bcp_61_no_answer_travels_by_post_message() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    person.authorize("example", &client.authorization(&[])).await;
    for mode in ["web_message", "web_message.jwt", "fragment"] {
        let location = person.open(&client.authorization(&[("response_mode", mode)])).await.away();
        assert_eq!(query_of(&location)["error"], "invalid_request", "{mode}: {location}");
    }
    let document = client.call("GET /.well-known/openid-configuration", "").await.json();
    assert_eq!(document["response_modes_supported"], json!(["query", "form_post"]));
    for script in ["/static/post.js", "/static/passkeys.js"] {
        let text = client.call(&format!("GET {script}"), "").await;
        assert!(text.status == 200 && !text.text().contains("postMessage"), "{script}");
    }
}

#[tokio::test]
async fn bcp_55_a_token_with_another_character_is_another_token() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let bought = client.tokens("read").await;
    let token = text(&bought, "refresh_token");
    for at in 0..token.len() {
        let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        refused(&client.refresh(&changed, &[]).await, 400, "invalid_grant");
    }
    assert_eq!(client.refresh(token, &[]).await.status, 200, "and none of that ended the real one");
    // What a request carries through the pages is sealed as well.
    let client = Application::public(&demo, "example").await;
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    let (_, flow) = page.answer.text().split_once("name=\"flow\" value=\"").unwrap();
    let flow = flow.split('"').next().unwrap();
    let middle = flow.len() / 2;
    let other = if flow.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let changed = format!("{}{other}{}", &flow[..middle], &flow[middle + 1..]);
    person.sign_in(&page, "example").await.page();
    let mut consent = async |flow: &str| person.open(&format!("/consent?flow={flow}")).await.page().answer;
    assert!(consent(flow).await.text().contains("id=\"allow\""));
    let refused = consent(&changed).await;
    assert!(refused.status == 400 && !refused.text().contains("id=\"allow\""), "{refused:?}");
}
