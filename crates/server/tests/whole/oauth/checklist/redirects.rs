use serde_json::json;

use crate::client::Answer;
use crate::house::Demo;
use crate::oauth::application::{Application, text};
use crate::oauth::person::{Landing, Page, Person, attribute, encode, query_of};

/// An answer that is a page of ours and sends nobody anywhere.
fn is_error_page(answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{answer:?}");
    assert_eq!(answer.header("location"), "");
    assert!(answer.header("content-type").starts_with("text/html"), "{answer:?}");
    assert!(!answer.text().contains("evil.example"), "{}", answer.text());
}

/// What a page's form carries unseen.
fn hidden(page: &Page, name: &str) -> String {
    let wanted = format!("name=\"{name}\"");
    let tag = page.answer.text().split("<input").find(|tag| tag.contains(&wanted)).unwrap();
    attribute(tag, "value").unwrap()
}

async fn open(demo: &Demo, address: &str) -> Answer {
    Person::new(demo, "example").send("GET", address, None).await
}

#[tokio::test]
async fn bcp_01_05_mcp_07_a_redirect_uri_that_differs_by_a_byte_is_refused_and_its_query_is_kept() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::registered(
        &demo,
        "example",
        &json!({"redirect_uris": ["https://app.example.com/cb?a=1"]}),
    )
    .await;
    for other in [
        "https://app.example.com/cb?a=2",
        "https://app.example.com/CB?a=1",
        "https://app.example.com/cb/?a=1",
        "https://app.example.com/%63b?a=1",
        "https://APP.example.com/cb?a=1",
    ] {
        is_error_page(&open(&demo, &client.authorization(&[("redirect_uri", other)])).await);
    }
    let location = Person::new(&demo, "example").authorize("example", &client.authorization(&[])).await;
    assert!(location.starts_with("https://app.example.com/cb?a=1&"), "{location}");
    assert!(query_of(&location).contains_key("code"), "{location}");
}

#[tokio::test]
async fn bcp_02_a_loopback_address_may_have_any_port() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::registered(
        &demo,
        "example",
        &json!({"application_type": "native", "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb"]}),
    )
    .await;
    let mut person = Person::new(&demo, "example");
    let address = client.authorization(&[("redirect_uri", "http://127.0.0.1:50123/cb")]);
    let location = person.authorize("example", &address).await;
    assert!(location.starts_with("http://127.0.0.1:50123/cb?"), "{location}");
    is_error_page(
        &open(&demo, &client.authorization(&[("redirect_uri", "http://127.0.0.1:50123/cb2")])).await,
    );
}

#[tokio::test]
async fn bcp_03_nobody_is_redirected_for_an_unknown_client_or_redirect_uri() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let unknown = Application { id: "cli_evil.example".to_owned(), ..Application::of_demo(&demo, "example") };
    is_error_page(&open(&demo, &unknown.authorization(&[])).await);
    is_error_page(&open(&demo, &client.authorization(&[("redirect_uri", "https://evil.example/")])).await);
    is_error_page(&open(&demo, &client.authorization(&[("client_id", "")])).await);
    is_error_page(&open(&demo, &client.authorization(&[("redirect_uri", "javascript:alert(1)")])).await);
    let other_api = Application { contract: "example", ..Application::of_demo(&demo, "propertybase") };
    is_error_page(&open(&demo, &other_api.authorization(&[])).await);
}

#[tokio::test]
async fn bcp_04_05_06_registration_refuses_insecure_redirect_uris() {
    let (demo, _house) = Demo::fresh().await;
    for bad in [
        "http://app.example.com/cb",
        "https://app.example.com/cb#x",
        "myapp:/cb",
        "javascript:alert(1)",
        "/cb",
    ] {
        let new = json!({"redirect_uris": [bad], "client_name": "A", "application_type": "native",
            "token_endpoint_auth_method": "none"});
        let call = demo.call(&format!("POST example.localhost:{}/oauth/register", demo.address.port()));
        let answer = call.json(&new).send().await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_redirect_uri")), "{bad}");
    }
}

#[tokio::test]
async fn bcp_07_the_redirect_uri_may_be_left_out_only_if_there_is_one() {
    let (demo, _house) = Demo::fresh().await;
    let uris = |list: &[&str]| json!({"redirect_uris": list});
    let one = Application::registered(&demo, "example", &uris(&["https://app.example.com/a"])).await;
    let location =
        Person::new(&demo, "example").authorize("example", &one.authorization(&[("redirect_uri", "")])).await;
    assert!(location.starts_with("https://app.example.com/a?"), "{location}");
    let two = uris(&["https://app.example.com/a", "https://app.example.com/b"]);
    let two = Application::registered(&demo, "example", &two).await;
    is_error_page(&open(&demo, &two.authorization(&[("redirect_uri", "")])).await);
}

#[tokio::test]
async fn bcp_08_no_page_forwards_to_an_address_from_a_parameter() {
    let (demo, _house) = Demo::fresh().await;
    for path in ["/sign-in", "/oauth/logout", "/sign-up", "/consent", "/account", "/device"] {
        for name in
            ["next", "return", "return_to", "redirect_uri", "post_logout_redirect_uri", "flow", "continue"]
        {
            let answer = open(&demo, &format!("{path}?{name}=https://evil.example/")).await;
            let location = answer.header("location");
            assert!(!location.starts_with("https://evil.example"), "{path} {name}: {location}");
            assert!(answer.status < 500, "{path} {name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn bcp_09_the_user_signs_in_before_an_error_goes_to_the_client() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    let bad = client.authorization(&[("scope", "no-such-scope")]);
    let page = person.open(&bad).await.page();
    assert!(page.answer.text().contains("name=\"password\""), "{}", page.answer.text());
    let location = match person.sign_in(&page, "example").await {
        Landing::Away(location) => location,
        Landing::Page(page) => panic!("{}", page.answer.text()),
    };
    assert_eq!(query_of(&location)["error"], "invalid_scope");
    let silent = client.authorization(&[("prompt", "none")]);
    let location = Person::new(&demo, "example").open(&silent).await.away();
    assert_eq!(query_of(&location)["error"], "login_required", "prompt=none asks nobody");
}

#[tokio::test]
async fn bcp_10_redirects_after_a_form_are_303() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let mut person = Person::new(&demo, "example");
    let page = person.open(&client.authorization(&[])).await.page();
    let user = &demo.facts["contracts"]["example"]["user"];
    let form = encode(&[
        ("form_token", hidden(&page, "form_token")),
        ("flow", hidden(&page, "flow")),
        ("email", text(user, "email").to_owned()),
        ("password", text(user, "password").to_owned()),
    ]);
    let answer = person.send("POST", "/sign-in", Some(form)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let consent = person.open(answer.header("location")).await.page();
    let form = encode(&[
        ("form_token", hidden(&consent, "form_token")),
        ("flow", hidden(&consent, "flow")),
        ("answer", "allow".to_owned()),
    ]);
    let answer = person.send("POST", "/consent", Some(form)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.header("location").starts_with(&client.redirect_uri), "{answer:?}");
}
