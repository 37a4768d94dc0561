//! Signing in with another OpenID provider: one demo at another.

use serde_json::json;

use super::application::Application;
use super::person::{Landing, Page, Person, attribute, encode};
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
        self.sign_in_there(&there).await
    }

    async fn sign_in_there(&self, there: &str) -> String {
        Person::new(&self.provider, "example").authorize("example", there).await
    }

    /// The address of the provider's user.
    fn email(&self) -> &str {
        self.provider.facts["contracts"]["example"]["user"]["email"].as_str().unwrap()
    }

    /// Leaves for the provider to link an account with it, and answers with what address the browser is sent back.
    async fn link(&self, browser: &mut Person<'_>) -> String {
        let page = browser.open("/account/security").await.page();
        let html = page.answer.text();
        let offer = html.split("<a ").find(|tag| tag.contains("/account/services/example/link")).unwrap();
        let offer = attribute(&format!(" {offer}"), "href").unwrap();
        let there = browser.open(&offer).await.away();
        self.sign_in_there(&there).await
    }

    async fn unlink(&self, browser: &mut Person<'_>) -> Page {
        let page = browser.open("/account/security").await.page();
        let token = token_of(&page);
        let form = encode(&[("form_token", token.as_str())]);
        let answer = browser.send("POST", "/account/services/example/unlink", Some(form)).await;
        match answer.header("location") {
            "" => Page { path: page.path, answer },
            location => browser.open(location).await.page(),
        }
    }
}

/// The token of the forms of a page.
fn token_of(page: &Page) -> String {
    let html = page.answer.text();
    let tag = html.split("<input").find(|tag| tag.contains("name=\"form_token\"")).unwrap();
    attribute(tag, "value").unwrap()
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
async fn an_account_is_linked_by_its_owner_and_unlinked_while_another_way_in_is_left() {
    let scene = Scene::new().await;
    const PASSWORD: &str = "staple ratchet mango";
    let user = json!({"api": "propertybase", "email": scene.email(), "password": PASSWORD});
    scene.here.post("/v1/users", &user).await;
    let mut owner = Person::new(&scene.here, "propertybase");
    let page = owner.open("/sign-in").await.page();
    signed_in(owner.submit(&page, &[("email", scene.email()), ("password", PASSWORD)]).await);
    for forged in ["", "?ticket=", "?ticket=forged"] {
        let page = owner.open(&format!("/account/services/example/link{forged}")).await.page();
        assert_eq!(page.answer.status, 400, "no page of ours has offered it");
    }
    let back = scene.link(&mut owner).await;
    let mut stranger = Person::new(&scene.here, "propertybase");
    assert_eq!(stranger.open(&back).await.page().answer.status, 400, "somebody else's answer");
    let page = owner.open(&back).await.page();
    assert_eq!(page.path, "/account/security?notice=service-linked", "{}", page.answer.text());
    assert!(page.answer.text().contains("Disconnect"), "{}", page.answer.text());
    assert_eq!(owner.open(&back).await.page().answer.status, 400, "taken already");

    let mut elsewhere = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut elsewhere).await;
    assert!(signed_in(elsewhere.open(&back).await).answer.text().contains(scene.email()));

    let page = scene.unlink(&mut owner).await;
    assert_eq!(page.path, "/account/security?notice=service-unlinked", "{}", page.answer.text());
    let mut elsewhere = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut elsewhere).await;
    assert_eq!(elsewhere.open(&back).await.page().answer.status, 409, "the address alone opens nothing");

    for action in ["account.provider_linked", "account.provider_unlinked"] {
        let rows = scene.here.manage(&format!("GET /v1/audit?action={action}")).send().await.json();
        let rows = rows["data"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((&rows[0]["actor_kind"], &rows[0]["actor"]), (&json!("user"), &rows[0]["object"]));
    }
}

#[tokio::test]
async fn the_only_way_in_is_not_unlinked_and_an_identity_has_one_account() {
    let scene = Scene::new().await;
    let mut first = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut first).await;
    signed_in(first.open(&back).await);
    let page = scene.unlink(&mut first).await;
    assert_eq!(page.answer.status, 422, "{}", page.answer.text());
    assert!(page.answer.text().contains("the only way in"), "{}", page.answer.text());
    let mut again = Person::new(&scene.here, "propertybase");
    let back = scene.go_and_return(&mut again).await;
    signed_in(again.open(&back).await);

    let mut other = Person::new(&scene.here, "propertybase");
    let page = other.open("/sign-in").await.page();
    other.sign_in(&page, "propertybase").await.page();
    let back = scene.link(&mut other).await;
    let page = other.open(&back).await.page();
    assert_eq!(page.answer.status, 409, "{}", page.answer.text());
    assert!(page.answer.text().contains("That belongs to another account"), "{}", page.answer.text());
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
