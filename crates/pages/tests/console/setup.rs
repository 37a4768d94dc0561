//! First start: the first operator.

use claviger_domain::PageRequest;

use crate::house::{EMAIL, House, PASSWORD};

const SETUP: &str = "/console/setup";
const ALL: PageRequest = PageRequest { before: None, limit: 200 };

async fn operators(house: &House) -> usize {
    house.engine.list_operators(ALL).await.unwrap().rows.len()
}

#[tokio::test]
async fn the_code_of_the_terminal_makes_the_first_operator_and_signs_them_in() {
    let house = House::unclaimed(false).await;
    let code = house.engine.setup_code().await.unwrap().unwrap();
    let mut browser = house.browser();
    assert_eq!(browser.get("/console/sign-in").await.location(), SETUP, "there is nobody to sign in yet");
    browser.get(SETUP).await;
    let typed = code.expose().to_uppercase();
    let fields = [("code", typed.as_str()), ("email", EMAIL), ("password", PASSWORD)];
    let reply = browser.submit(SETUP, &fields).await;
    assert_eq!((reply.status, reply.location()), (303, "/console"), "{}", reply.body);
    assert!(browser.get("/console").await.body.contains(EMAIL));
    assert_eq!(operators(&house).await, 1);
    assert!(house.engine.setup_code().await.unwrap().is_none());
    assert_eq!(house.browser().get(SETUP).await.location(), "/console/sign-in", "the page is gone");
}

#[tokio::test]
async fn a_wrong_code_makes_nobody_and_guessing_is_slowed() {
    let house = House::unclaimed(false).await;
    let mut browser = house.browser();
    for code in ["", "0000-0000-0000-0000", "nonsense", "x"].into_iter().cycle().take(10) {
        browser.get(SETUP).await;
        let fields = [("code", code), ("email", EMAIL), ("password", PASSWORD)];
        let reply = browser.submit(SETUP, &fields).await;
        assert!(reply.status == 422 && reply.body.contains("code-error"), "{code}: {}", reply.body);
        assert!(!reply.body.contains(PASSWORD));
    }
    browser.get(SETUP).await;
    let code = house.engine.setup_code().await.unwrap().unwrap();
    let fields = [("code", code.expose()), ("email", EMAIL), ("password", PASSWORD)];
    let reply = browser.submit(SETUP, &fields).await;
    assert_eq!(reply.status, 429, "{}", reply.body);
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(operators(&house).await, 0);
}

#[tokio::test]
async fn of_two_who_use_the_code_at_once_one_becomes_the_operator() {
    let house = House::unclaimed(false).await;
    let code = house.engine.setup_code().await.unwrap().unwrap();
    let (mut one, mut other) = (house.browser(), house.browser());
    one.get(SETUP).await;
    other.get(SETUP).await;
    let fields = |email| [("code", code.expose()), ("email", email), ("password", PASSWORD)];
    let (of_one, of_other) = (fields("ada@example.com"), fields("eve@example.com"));
    let replies = tokio::join!(one.submit(SETUP, &of_one), other.submit(SETUP, &of_other));
    let mut led: Vec<_> = [replies.0.location().to_owned(), replies.1.location().to_owned()].into();
    led.sort();
    assert_eq!(led, ["/console", "/console/sign-in"]);
    assert_eq!(operators(&house).await, 1);
}

#[tokio::test]
async fn the_form_works_only_in_the_browser_it_was_made_for_and_tells_what_is_wrong() {
    let house = House::unclaimed(false).await;
    let code = house.engine.setup_code().await.unwrap().unwrap();
    let fields = [("code", code.expose()), ("email", EMAIL), ("password", PASSWORD)];
    let (mut victim, mut attacker) = (house.browser(), house.browser());
    attacker.get(SETUP).await;
    let token = attacker.hidden(SETUP, "form_token");
    let mut forged = fields.to_vec();
    forged.push(("form_token", &token));
    assert_eq!(victim.post(SETUP, &forged).await.status, 403);
    victim.get(SETUP).await;
    let reply = victim.submit(SETUP, &[fields[0], ("email", "ada"), ("password", "short")]).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("email-error") && reply.body.contains("password-error"), "{}", reply.body);
    assert_eq!(operators(&house).await, 0);
}
