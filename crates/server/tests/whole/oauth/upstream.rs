//! Signing in with another OpenID provider: one demo at another.

use serde_json::json;

use super::application::Application;
use super::person::{Landing, Page, Person};
use crate::house::{Demo, House};

/// A demo whose propertybase lets people sign in at the `example` of another one.
struct Scene {
    provider: Demo,
    here: Demo,
    _houses: (House, House),
}

impl Scene {
    async fn new() -> Self {
        let (provider, first) = Demo::fresh().await;
        let client = Application::registered(
            &provider,
            "example",
            &json!({"grant_types": ["authorization_code"], "scope": "openid profile email"}),
        )
        .await;
        let mut second = House::empty();
        for (name, value) in [
            ("TITLE", "The example"),
            ("ISSUER", &client.issuer()),
            ("CLIENT_ID", &client.id),
            ("CLIENT_SECRET", client.secret.as_deref().unwrap()),
        ] {
            second = second.with(&format!("APIS__PROPERTYBASE__SIGN_IN__EXAMPLE__{name}"), value);
        }
        let here = second.demo(&["--port", "0"]).await;
        let back = format!("http://propertybase.localhost:{}/sign-in/back", here.address.port());
        let answer = provider
            .manage(&format!("PATCH /v1/clients/{}", client.id))
            .json(&json!({"redirect_uris": [back]}))
            .send()
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        drop(client);
        Self { provider, here, _houses: (first, second) }
    }

    /// Leaves for the provider, signs in there, and answers with what address it sends the browser back.
    async fn go_and_return(&self, browser: &mut Person<'_>) -> String {
        let page = browser.open("/sign-in").await.page();
        assert!(page.answer.text().contains("The example"), "{}", page.answer.text());
        let there = browser.open("/sign-in/with/example").await.away();
        assert!(there.contains("code_challenge_method=S256"), "{there}");
        Person::new(&self.provider, "example").authorize("example", &there).await
    }
}

fn signed_in(landing: Landing) -> Page {
    let page = landing.page();
    assert_eq!((page.path.as_str(), page.answer.status), ("/account", 200), "{}", page.answer.text());
    page
}

#[tokio::test]
async fn somebody_new_gets_an_account_and_comes_back_to_it() {
    let scene = Scene::new().await;
    let email = scene.provider.facts["contracts"]["example"]["user"]["email"].as_str().unwrap();
    let mut first = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut first).await;
    let page = signed_in(first.open(&back).await);
    assert!(page.answer.text().contains(email), "{}", page.answer.text());
    let mut again = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut again).await;
    signed_in(again.open(&back).await);
    let users = scene.here.manage("GET /v1/users?api=propertybase&limit=100").send().await.json();
    let named = users["data"].as_array().unwrap().iter().filter(|user| user["email"] == email);
    assert_eq!(named.count(), 1, "{users}");
}

#[tokio::test]
async fn an_answer_is_good_once_and_in_the_browser_that_asked() {
    let scene = Scene::new().await;
    let mut browser = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut browser).await;
    let mut other = Person::new(&scene.here, "propertybase");
    assert_eq!(other.open(&back).await.page().answer.status, 400, "no cookie");
    scene.go_and_return(&mut other).await;
    assert_eq!(other.open(&back).await.page().answer.status, 400, "another sign-in's answer");
    let forged = back.replace("code=", "code=x");
    assert_eq!(browser.open(&forged).await.page().answer.status, 400, "no code of the provider");
    signed_in(browser.open(&back).await);
    assert_eq!(browser.open(&back).await.page().answer.status, 400, "taken already");
}

#[tokio::test]
async fn an_account_with_the_same_address_is_not_taken_over() {
    let scene = Scene::new().await;
    let email = scene.provider.facts["contracts"]["example"]["user"]["email"].as_str().unwrap();
    scene.here.post("/v1/users", &json!({"api": "propertybase", "email": email})).await;
    let mut browser = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut browser).await;
    let page = browser.open(&back).await.page();
    assert_eq!(page.answer.status, 409, "{}", page.answer.text());
    assert!(page.answer.text().contains("You have an account already"), "{}", page.answer.text());
}

#[tokio::test]
async fn a_provider_that_is_away_is_a_page_that_says_so() {
    let house = House::empty()
        .with("APIS__PROPERTYBASE__SIGN_IN__GONE__TITLE", "Gone")
        .with("APIS__PROPERTYBASE__SIGN_IN__GONE__ISSUER", "http://gone.localhost:1")
        .with("APIS__PROPERTYBASE__SIGN_IN__GONE__CLIENT_ID", "us")
        .with("APIS__PROPERTYBASE__SIGN_IN__GONE__CLIENT_SECRET", "secret");
    let demo = house.demo(&["--port", "0"]).await;
    let mut browser = Person::new(&demo, "propertybase");
    let page = browser.open("/sign-in/with/gone").await.page();
    assert_eq!(page.answer.status, 503, "{}", page.answer.text());
    assert_eq!(browser.open("/sign-in/with/other").await.page().answer.status, 404);
}
