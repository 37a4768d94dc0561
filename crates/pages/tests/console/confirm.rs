//! Asking somebody who signed in some time ago for the password again.

use std::time::Duration;

use crate::browser::{attribute, tags};
use crate::house::{House, PASSWORD};
use crate::second_factor::enrolled;

/// Fifteen minutes in which the session is used, so that it does not end for want of use.
async fn a_while(house: &House, browser: &mut crate::browser::Browser) {
    for _ in 0..3 {
        house.clock.advance(Duration::from_secs(5 * 60));
        assert_eq!(browser.get("/console").await.status, 200);
    }
}

#[tokio::test]
async fn after_a_while_a_secret_is_shown_for_the_password_only_and_nothing_has_to_be_typed_twice() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key;
    let mut browser = house.operator().await;
    a_while(&house, &mut browser).await;
    let path = format!("/console/keys/{}/rotate", key.id);
    browser.get(&format!("/console/keys/{}", key.id)).await;
    let asked = browser.submit(&path, &[("overlap", "3600")]).await;
    assert!(asked.status == 403 && asked.body.contains("Is it you?"), "{}", asked.body);
    assert!(asked.body.contains("name=\"overlap\" value=\"3600\""));
    assert_eq!(house.engine.find_key(key.id).await.unwrap().generations.len(), 1, "nothing was done");
    let wrong = browser.submit(&path, &[("confirm_password", "guess")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("This is not your password."), "{}", wrong.body);
    assert!(!wrong.body.contains("guess"));
    let shown = browser.submit(&path, &[("confirm_password", PASSWORD)]).await;
    assert!(shown.status == 200 && shown.body.contains("The rotated key"), "{}", shown.body);
    assert!(!shown.body.contains(PASSWORD));
    house.clock.advance(Duration::from_secs(60));
    browser.get(&format!("/console/keys/{}", key.id)).await;
    let soon = browser.submit(&path, &[("overlap", "0")]).await;
    assert_eq!(soon.status, 200, "whoever was asked is not asked again at once: {}", soon.body);
}

#[tokio::test]
async fn a_password_that_comes_without_the_forms_token_confirms_nothing() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key;
    let mut browser = house.operator().await;
    a_while(&house, &mut browser).await;
    let path = format!("/console/keys/{}/revoke", key.id);
    let fields = [("confirm", "server"), ("confirm_password", PASSWORD)];
    assert_eq!(browser.post(&path, &fields).await.status, 403);
    assert_eq!(house.engine.find_key(key.id).await.unwrap().state.as_str(), "active");
}

#[tokio::test]
async fn guessing_the_password_is_slowed() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key;
    let mut browser = house.operator().await;
    a_while(&house, &mut browser).await;
    let path = format!("/console/keys/{}/revoke", key.id);
    browser.get(&format!("/console/keys/{}", key.id)).await;
    browser.submit(&path, &[("confirm", "server")]).await;
    for _ in 0..10 {
        assert_eq!(browser.submit(&path, &[("confirm_password", "guess")]).await.status, 422);
    }
    let slowed = browser.submit(&path, &[("confirm_password", PASSWORD)]).await;
    assert_eq!(slowed.status, 429, "{}", slowed.body);
    assert!(!slowed.header("retry-after").is_empty());
}

#[tokio::test]
async fn everything_that_shows_a_secret_or_ends_something_asks() {
    let house = House::new().await;
    let key = house.issue("sample", "server").await.key.id;
    let pair = house.issue("paired", "partner").await.key.id;
    let client = house.client("Inkwell").await.client.id;
    let user = house.user("grace@example.com", None).await.id;
    let mut browser = house.operator().await;
    a_while(&house, &mut browser).await;
    for (page, act) in [
        ("/console/keys/new?api=sample".to_owned(), "/console/keys/new".to_owned()),
        (format!("/console/keys/{key}"), format!("/console/keys/{key}/revoke")),
        (format!("/console/keys/{pair}"), format!("/console/keys/{pair}/secret")),
        ("/console/clients/new?api=example".to_owned(), "/console/clients/new".to_owned()),
        (format!("/console/clients/{client}"), format!("/console/clients/{client}/rotate")),
        (format!("/console/clients/{client}"), format!("/console/clients/{client}/disable")),
        (format!("/console/clients/{client}"), format!("/console/clients/{client}/delete")),
        (format!("/console/users/{user}"), format!("/console/users/{user}/disable")),
        (format!("/console/users/{user}"), format!("/console/users/{user}/delete")),
        ("/console/workspaces".to_owned(), format!("/console/workspaces/{}/suspend", house.workspace.id)),
        ("/console/security".to_owned(), "/console/security/authenticator".to_owned()),
    ] {
        browser.get(&page).await;
        let asked = browser.submit(&act, &[]).await;
        assert_eq!(asked.status, 403, "{act}: {}", asked.body);
        let fields: Vec<_> =
            tags(&asked.body, "input").into_iter().filter_map(|t| attribute(t, "name")).collect();
        assert!(fields.contains(&"confirm_password"), "{act}: {fields:?}");
    }
}

#[tokio::test]
async fn whoever_has_an_authenticator_is_asked_before_it_is_removed_or_its_codes_are_made_anew() {
    let house = House::new().await;
    let (mut browser, ..) = enrolled(&house).await;
    a_while(&house, &mut browser).await;
    for act in ["/console/security/authenticator/remove", "/console/security/recovery-codes"] {
        browser.get("/console/security").await;
        let asked = browser.submit(act, &[("code", "000000")]).await;
        assert!(asked.status == 403 && asked.body.contains("Is it you?"), "{act}: {}", asked.body);
    }
}
