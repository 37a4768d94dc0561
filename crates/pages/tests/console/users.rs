//! Users: found, looked at, helped; what they allowed; the tokens that stem from them.

use claviger_domain::{Origin, PageRequest};
use claviger_engine::{Password, SignIn};

use crate::house::House;

const WORDS: &str = "nanoseconds of wire";

async fn sign_in(house: &House, user: &claviger_domain::Account) {
    let attempt = SignIn {
        pool: user.pool,
        email: user.email.clone(),
        password: Password::typed(WORDS.to_owned()).unwrap(),
        origin: Origin::new(Some("203.0.113.9".parse().unwrap()), Some("Firefox on <Linux>")),
    };
    house.engine.sign_in(attempt).await.unwrap();
}

#[tokio::test]
async fn users_are_found_by_a_part_of_their_address() {
    let house = House::new().await;
    house.user("grace@example.com", None).await;
    house.user("alan@example.com", None).await;
    let mut browser = house.operator().await;
    let page = browser.get("/console/users?api=example&email=GRACE").await.body;
    assert!(page.contains("grace@example.com") && !page.contains("alan@example.com"));
    assert_eq!(browser.get("/console/users?api=sample").await.status, 400, "it has no users");
}

#[tokio::test]
async fn a_user_is_shown_with_factors_and_sessions_and_one_session_is_ended() {
    let house = House::new().await;
    let user = house.user("grace@example.com", Some(WORDS)).await;
    sign_in(&house, &user).await;
    house.clock.advance(std::time::Duration::from_millis(1));
    sign_in(&house, &user).await;
    let mut browser = house.operator().await;
    let page = format!("/console/users/{}", user.id);
    let body = browser.get(&page).await.body;
    assert!(body.contains("A password") && body.contains("203.0.113.9") && body.contains("&#60;Linux&#62;"));
    let overview = house.engine.user_overview(user.id).await.unwrap();
    assert_eq!(overview.sessions.len(), 2);
    let path = format!("{page}/sessions/{}/end", overview.sessions[1].id);
    assert_eq!(browser.submit(&path, &[]).await.location(), format!("{page}?notice=session-ended"));
    let left = house.engine.user_overview(user.id).await.unwrap().sessions;
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [overview.sessions[0].id]);
    browser.get(&page).await;
    let token = browser.hidden(&format!("{page}/disable"), "form_token");
    assert_eq!(browser.post(&path, &[("form_token", &token)]).await.status, 404, "it has ended");
    browser.get(&page).await;
    assert_eq!(browser.submit(&format!("{page}/sign-out"), &[]).await.status, 303);
    assert!(house.engine.user_overview(user.id).await.unwrap().sessions.is_empty());
}

#[tokio::test]
async fn a_user_is_disabled_enabled_and_deleted_by_their_address() {
    let house = House::new().await;
    let user = house.user("grace@example.com", None).await;
    let mut browser = house.operator().await;
    let page = format!("/console/users/{}", user.id);
    for (act, is_disabled) in [("disable", true), ("enable", false)] {
        browser.get(&page).await;
        assert_eq!(browser.submit(&format!("{page}/{act}"), &[]).await.status, 303);
        assert_eq!(house.engine.find_user(user.id).await.unwrap().disabled_at.is_some(), is_disabled);
    }
    browser.get(&page).await;
    let refused = browser.submit(&format!("{page}/delete"), &[("confirm", "grace")]).await;
    assert_eq!(refused.status, 422);
    let reply = browser.submit(&format!("{page}/delete"), &[("confirm", "grace@example.com")]).await;
    assert_eq!(reply.location(), "/console/users?notice=user-deleted");
    assert!(house.engine.find_user(user.id).await.is_err());
}

#[tokio::test]
async fn a_reset_is_sent_and_too_many_are_slowed() {
    let house = House::new().await;
    let user = house.user("grace@example.com", None).await;
    let mut browser = house.operator().await;
    let page = format!("/console/users/{}", user.id);
    for _ in 0..10 {
        browser.get(&page).await;
        let reply = browser.submit(&format!("{page}/reset"), &[]).await;
        assert_eq!(reply.location(), format!("{page}?notice=reset-sent"), "{}", reply.body);
    }
    browser.get(&page).await;
    let slowed = browser.submit(&format!("{page}/reset"), &[]).await;
    assert!(slowed.status == 422 && slowed.body.contains("Too many attempts"), "{}", slowed.body);
}

#[tokio::test]
async fn an_operator_is_no_user() {
    let house = House::new().await;
    let first = PageRequest { before: None, limit: 1 };
    let operator = house.engine.list_operators(first).await.unwrap().rows.remove(0);
    let mut browser = house.operator().await;
    assert_eq!(browser.get(&format!("/console/users/{}", operator.id)).await.status, 404);
}

#[tokio::test]
async fn tokens_are_of_something_and_nothing_else() {
    let house = House::new().await;
    let client = house.client("Inkwell").await.client.id;
    let mut browser = house.operator().await;
    let page = browser.get(&format!("/console/tokens?of={client}")).await;
    assert!(page.status == 200 && page.body.contains("Nothing was bought with this application yet"));
    let key = house.issue("sample", "server").await.key.id;
    let of_key = browser.get(&format!("/console/tokens?of={key}")).await.body;
    assert!(of_key.contains("Nothing was bought with this key yet"), "{of_key}");
    assert!(of_key.contains(&format!("href=\"/console/keys/{key}\"")));
    for of in ["", "nonsense", "wsp_00000000000000000000000000"] {
        assert_eq!(browser.get(&format!("/console/tokens?of={of}")).await.status, 400, "{of}");
    }
}
