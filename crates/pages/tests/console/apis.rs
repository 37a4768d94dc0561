//! Contracts as people read them, and signing keys.

use claviger_domain::SigningKeyState;

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn a_contract_is_shown_with_every_promise() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let page = browser.get("/console/apis/example").await;
    assert_eq!(page.status, 200);
    let contract = &house.installed.contract;
    for host in contract.hosts() {
        assert!(page.body.contains(&host.name), "{}", host.name);
    }
    for (scope, about) in contract.policy().scopes.iter() {
        assert!(page.body.contains(&format!("<code>{scope}</code>")), "{scope}");
        assert!(page.body.contains(&about.description.replace('\'', "&#39;")), "{scope}");
    }
    for endpoint in contract.token_endpoints() {
        for path in &endpoint.paths {
            assert!(page.body.contains(&path.to_string()), "{path}");
        }
    }
    assert!(page.body.contains("HTTP 401") && page.body.contains("www-authenticate"), "{}", page.body);
    assert_eq!(browser.get("/console/apis/none").await.status, 404);
}

#[tokio::test]
async fn a_signing_key_is_announced_or_replaced_at_once() {
    let house = House::new().await;
    let api = house.installed.api;
    house.engine.jwk_set(api).await.unwrap();
    let mut browser = house.operator().await;
    let page = "/console/apis/example/signing-keys";
    let before = house.engine.list_signing_keys(api).await.unwrap();
    let algorithm = before[0].algorithm.as_str();
    for (when, notice, state) in [
        ("announced", "key-announced", SigningKeyState::Announced),
        ("at-once", "key-replaced", SigningKeyState::Active),
    ] {
        house.clock.advance(std::time::Duration::from_secs(301));
        let shown = browser.get(page).await.body;
        assert!(shown.contains("whoever keeps the old set refuses new tokens for up to 5 minutes"));
        // Both forms of the page go to one address.
        let token = browser.hidden(page, "form_token");
        let fields = [("algorithm", algorithm), ("when", when), ("form_token", &token)];
        let reply = browser.post(page, &fields).await;
        assert_eq!(reply.location(), format!("{page}?notice={notice}"), "{}", reply.body);
        let keys = house.engine.list_signing_keys(api).await.unwrap();
        assert_eq!(keys[0].state(house.engine.clock().now()), state);
    }
    assert_eq!(house.engine.list_signing_keys(api).await.unwrap().len(), before.len() + 2);
    for (algorithm, when) in [("HS256", "at-once"), ("none", "at-once"), (algorithm, "never")] {
        browser.get(page).await;
        let token = browser.hidden(page, "form_token");
        let fields = [("algorithm", algorithm), ("when", when), ("form_token", &token)];
        let reply = browser.post(page, &fields).await;
        assert_eq!(reply.status, 400, "{algorithm} {when}");
    }
}

#[tokio::test]
async fn a_test_environment_is_reset_once_the_password_is_typed_again() {
    let house = House::new().await;
    let api = house.installed.api;
    let mut browser = house.operator().await;
    let page = "/console/apis/example/sandbox";
    let shown = browser.get(page).await.body;
    assert!(shown.contains("only by hand") && shown.contains("There was none yet."), "{shown}");
    assert!(shown.contains("Its keys go on working."), "the effect is stated");
    house.clock.advance(std::time::Duration::from_secs(16 * 60));
    browser.get(page).await;
    let token = browser.hidden(page, "form_token");
    let asked = browser.post(page, &[("form_token", &token)]).await;
    assert_eq!(asked.status, 403);
    assert_eq!(house.engine.find_sandbox(api).await.unwrap().last, None, "nothing happened yet");
    let reply = browser.submit(page, &[("confirm_password", PASSWORD)]).await;
    assert_eq!(reply.location(), format!("{page}?notice=sandbox-reset"), "{}", reply.body);
    let last = house.engine.find_sandbox(api).await.unwrap().last.unwrap();
    assert!(last.ended_at.is_some() && last.begun_by.starts_with("acc_"), "{last:?}");
    let after = browser.get(reply.location()).await.body;
    assert!(after.contains("The test environment is reset.") && after.contains("by hand"), "{after}");
}
