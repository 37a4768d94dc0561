use serde_json::json;

use crate::client::Call;
use crate::house::Demo;
use crate::oauth::application::{Application, claims, text};
use crate::oauth::person::{Person, encode, query_of};

/// The pages that a browser comes to, before and after its sign-in, each with what must be on it.
async fn pages(demo: &Demo) -> Vec<crate::client::Answer> {
    let client = Application::public(demo, "example").await;
    let mut person = Person::new(demo, "example");
    let first = person.open(&client.authorization(&[])).await.page();
    let mut pages = Vec::new();
    let mut look = |page: crate::oauth::person::Page, wanted: &str| {
        assert!(page.answer.text().contains(wanted), "{}: no {wanted}: {}", page.path, page.answer.text());
        pages.push(page.answer);
    };
    for (address, wanted) in [
        ("/sign-in", "id=\"sign-in\""),
        ("/forgot-password", "action=\"/forgot-password\""),
        ("/oauth/authorize?client_id=nobody", "This request does not work"),
        ("/signed-out", "You are signed out"),
    ] {
        look(person.open(address).await.page(), wanted);
    }
    let consent = person.sign_in(&first, "example").await.page();
    look(first, "id=\"sign-in\"");
    look(consent, "id=\"consent\"");
    let choice = client.authorization(&[("prompt", "select_account")]);
    for (address, wanted) in [
        (choice.as_str(), "id=\"select-account\""),
        ("/device", "id=\"user_code\""),
        ("/oauth/logout", "id=\"sign-out\""),
        ("/account", "name=\"name\""),
        ("/account/security", "action=\"/account/password\""),
        ("/account/sessions", "<h1"),
        ("/account/applications", "<h1"),
    ] {
        look(person.open(address).await.page(), wanted);
    }
    pages
}

#[tokio::test]
async fn bcp_11_get_and_post_work_and_cors_headers_are_never_sent() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let address = client.authorization(&[]);
    let answer = Call::new(demo.address, &format!("GET {}{address}", client.host()))
        .header("origin", "https://app.example.com")
        .send()
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let (path, form) = address.split_once('?').unwrap();
    let mut person = Person::new(&demo, "example");
    let posted = person.send("POST", path, Some(form.to_owned())).await;
    assert!(posted.status == 200 || posted.status == 303, "{posted:?}");
    let preflight = Call::new(demo.address, &format!("OPTIONS {}/oauth/authorize", client.host()))
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .send()
        .await;
    assert_eq!(preflight.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn bcp_12_13_14_response_types_unknown_and_repeated_parameters() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    person.authorize("example", &client.authorization(&[])).await;
    for (kind, error) in [
        ("token", "unsupported_response_type"),
        ("id_token token", "unsupported_response_type"),
        ("nonsense", "unsupported_response_type"),
        ("", "invalid_request"),
    ] {
        let location = person.open(&client.authorization(&[("response_type", kind)])).await.away();
        let answer = query_of(&location);
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (error, "the-state"), "{kind}");
    }
    let unknown = client.authorization(&[("whatever", "1"), ("prompt", "none")]);
    let location = person.open(&unknown).await.away();
    assert!(query_of(&location).contains_key("code"), "what nobody knows is ignored: {location}");
    let twice = format!("{}&scope=read&scope=write", client.authorization(&[]));
    let page = person.open(&twice).await.page();
    assert_eq!(page.answer.status, 400, "{page:?}");
    assert!(page.answer.text().contains("stands there twice"), "{page:?}");
    let resources = format!(
        "{}&{}",
        client.authorization(&[]),
        encode(&[("resource", client.issuer()), ("resource", format!("{}/", client.issuer()))])
    );
    let location = person.authorize("example", &resources).await;
    assert!(query_of(&location).contains_key("code"), "resource may be repeated: {location}");
}

#[tokio::test]
async fn bcp_15_16_pages_refuse_framing_and_carry_nothing_of_others() {
    let (demo, _house) = Demo::fresh().await;
    for page in pages(&demo).await {
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(!policy.contains("unsafe-inline") && policy.contains("default-src 'none'"), "{policy}");
        let html = page.text();
        for tag in html
            .split('<')
            .filter(|tag| tag.starts_with("script") || tag.starts_with("link") || tag.starts_with("img"))
        {
            assert!(!tag.contains("://"), "third-party resource: <{tag}");
        }
    }
    let client = Application::public(&demo, "example").await;
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    let consent = person.sign_in(&page, "example").await.page();
    let policy = consent.answer.header("content-security-policy");
    let actions = policy.split(';').find(|part| part.trim().starts_with("form-action")).unwrap();
    assert!(actions.contains("https://app.example.com"), "{policy}");
}

#[tokio::test]
async fn bcp_17_every_echoed_value_is_escaped() {
    let (demo, _house) = Demo::fresh().await;
    let hostile = "\"><script>alert(1)</script>";
    let client = Application::registered(
        &demo,
        "example",
        &json!({"token_endpoint_auth_method": "none", "client_name": hostile, "description": hostile}),
    )
    .await;
    let mut person = Person::new(&demo, "example");
    let address =
        client.authorization(&[("state", hostile), ("login_hint", hostile), ("ui_locales", hostile)]);
    let page = person.open(&address).await.page();
    assert!(!page.answer.text().contains("<script>alert"), "{}", page.answer.text());
    let consent = person.sign_in(&page, "example").await.page();
    assert!(!consent.answer.text().contains("<script>alert"), "{}", consent.answer.text());
    let location = person.submit(&consent, &[]).await.away();
    assert_eq!(query_of(&location)["state"], hostile);
}

#[tokio::test]
async fn bcp_18_mcp_08_iss_is_in_every_response() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    let good = person.authorize("example", &client.authorization(&[])).await;
    assert_eq!(query_of(&good)["iss"], client.issuer());
    let bad = person.open(&client.authorization(&[("scope", "no-such-scope")])).await.away();
    assert_eq!(query_of(&bad)["iss"], client.issuer());
}

#[tokio::test]
async fn bcp_19_consent_says_who_and_what_and_an_unauthenticated_client_is_always_asked_for() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[("scope", "read write")])).await.page();
    let consent = person.sign_in(&page, "example").await.page();
    let html = consent.answer.text().to_owned();
    for said in ["An application", "app.example.com", "Read data", "Create and change data"] {
        assert!(html.contains(said), "{said}: {html}");
    }
    person.submit(&consent, &[]).await.away();
    let again = person.open(&client.authorization(&[("scope", "read write")])).await.page();
    assert!(again.answer.text().contains("id=\"allow\""), "asked again");

    let confidential = Application::of_demo(&demo, "example");
    person.authorize("example", &confidential.authorization(&[("scope", "read")])).await;
    let silent =
        person.open(&confidential.authorization(&[("scope", "read"), ("prompt", "none")])).await.away();
    assert!(query_of(&silent).contains_key("code"), "{silent}");
    let wider = confidential.authorization(&[("scope", "read write"), ("prompt", "none")]);
    assert_eq!(query_of(&person.open(&wider).await.away())["error"], "consent_required");
}

#[tokio::test]
async fn a_refusal_goes_back_as_access_denied() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::public(&demo, "example").await;
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    let consent = person.sign_in(&page, "example").await.page();
    let location = person.submit_with(&consent, &[], Some("refuse")).await.away();
    let answer = query_of(&location);
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "the-state"));
}

#[tokio::test]
async fn bcp_21_scopes_can_be_limited_per_client() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::registered(&demo, "example", &json!({"scope": "read"})).await;
    let mut person = Person::new(&demo, "example");
    person.authorize("example", &client.authorization(&[("scope", "read")])).await;
    let location = person.open(&client.authorization(&[("scope", "read write")])).await.away();
    assert_eq!(query_of(&location)["error"], "invalid_scope");
}

#[tokio::test]
async fn mcp_14_more_scopes_can_be_asked_for_without_losing_the_earlier_ones() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let first = client.tokens("read").await;
    let second = client.tokens("read write").await;
    for tokens in [&first, &second] {
        assert_eq!(client.call("GET /v1/users", text(tokens, "access_token")).await.status, 200);
    }
    assert_eq!(second["scope"], "read write");
}

#[tokio::test]
async fn bcp_46_mcp_09_a_resource_becomes_the_audience_and_an_unknown_one_is_refused() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "propertybase");
    let mut person = Person::new(&demo, "propertybase");
    let upper = client.issuer().replace("http://propertybase", "HTTP://PROPERTYBASE");
    for same in [client.issuer(), format!("{}/", client.issuer()), upper] {
        let location = person.authorize("propertybase", &client.authorization(&[("resource", &same)])).await;
        let code = query_of(&location)["code"].clone();
        let bought = client.redeem(&code, &[("resource", &same)]).await.json();
        assert_eq!(claims(text(&bought, "access_token"))["aud"], client.issuer(), "{same}");
    }
    let foreign = client.authorization(&[("resource", "https://elsewhere.example")]);
    assert_eq!(query_of(&person.open(&foreign).await.away())["error"], "invalid_target");
    let answer = client
        .token(&[("grant_type", "client_credentials"), ("resource", "https://elsewhere.example")])
        .await;
    assert_eq!(answer.json()["error"], "unsupported_grant_type", "{answer:?}");
    let example = Application::of_demo(&demo, "example");
    let foreign = [("grant_type", "client_credentials"), ("resource", "https://elsewhere.example")];
    assert_eq!(example.token(&foreign).await.json()["error"], "invalid_target");
}
