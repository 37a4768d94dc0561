//! Signing in and out at an API's host.

use std::time::Duration;

use super::site::{PASSWORD, Site, USER, enter};
use crate::house;

const SESSION: &str = "claviger-user";

#[tokio::test]
async fn a_user_signs_in_and_out() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let reply = enter(&mut browser, PASSWORD).await;
    assert_eq!((reply.status, reply.location()), (303, "/account"), "bcp_10: by 303");
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert!(
        cookies
            .iter()
            .any(|c| c.starts_with("claviger-user=clv_ses_") && c.ends_with("; HttpOnly; SameSite=Lax"))
    );
    let account = browser.get("/account").await;
    assert_eq!(account.status, 200);
    assert!(account.body.contains(USER));
    assert_eq!(browser.get("/sign-in").await.location(), "/account", "signed in already");
    browser.get("/account").await;
    let kept = browser.cookies[SESSION].clone();
    let reply = browser.submit("/sign-out", &[]).await;
    assert_eq!((reply.status, reply.location()), (303, "/signed-out"));
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(browser.get("/signed-out").await.status, 200);
    browser.cookies.insert(SESSION.to_owned(), kept);
    assert_eq!(browser.get("/account").await.location(), "/sign-in", "the server forgot it, too");
}

#[tokio::test]
async fn wrong_password_and_unknown_address_get_the_same_page() {
    let site = Site::new().await;
    let mut pages = Vec::new();
    for email in [USER, "eve@example.com"] {
        let mut browser = site.browser();
        browser.get("/sign-in").await;
        let reply = browser.submit("/sign-in", &[("email", email), ("password", "wrong")]).await;
        assert_eq!(reply.status, 422);
        assert!(reply.body.contains("E-mail address or password is wrong."));
        let token = browser.hidden("/sign-in", "form_token");
        let state = reply.body.split("name=\"passkey_state\" value=\"").nth(1);
        let state = state.and_then(|rest| rest.split('"').next()).unwrap_or("-");
        let options = reply.body.split("data-options=\"").nth(1);
        let options = options.and_then(|rest| rest.split('"').next()).unwrap_or("-");
        pages.push(reply.body.replace(email, "").replace(&token, "").replace(state, "").replace(options, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn failures_are_slowed_with_a_hint_when_to_come_back() {
    let site = Site::new().await;
    let mut browser = site.browser();
    for _ in 0..10 {
        assert_eq!(enter(&mut browser, "wrong").await.status, 422);
    }
    let reply = enter(&mut browser, PASSWORD).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, "7"));
    site.house.clock.advance(Duration::from_secs(7));
    assert_eq!(enter(&mut browser, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_stale_form_says_so_keeps_its_flow_and_works_the_second_time() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let reply =
        browser.post("/sign-in", &[("email", USER), ("password", PASSWORD), ("device", "BCDF-GHJK")]).await;
    assert_eq!(reply.status, 403);
    assert!(reply.body.contains("out of date"));
    assert!(!browser.cookies.contains_key(SESSION));
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert_eq!((reply.status, reply.location()), (303, "/device?device=BCDF-GHJK"));
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped_and_the_password_does_not() {
    let site = Site::new().await;
    let mut browser = site.browser();
    browser.get("/sign-in").await;
    let fields = [("email", "\"><script>x</script>"), ("password", "correct-horse")];
    let reply = browser.submit("/sign-in", &fields).await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("must look like name@example.com"));
    assert!(!reply.body.contains("<script>x") && !reply.body.contains("correct-horse"));
}

#[tokio::test]
async fn operators_are_nobody_at_an_api_and_users_are_nobody_at_the_console() {
    let site = Site::new().await;
    let (operator, user) = (site.house.operator().await, site.user().await);
    let mut intruder = site.browser();
    intruder.cookies.insert(SESSION.to_owned(), operator.cookies["claviger-session"].clone());
    assert_eq!(intruder.get("/account").await.location(), "/sign-in");
    let mut intruder = site.house.browser();
    intruder.cookies.insert("claviger-session".to_owned(), user.cookies[SESSION].clone());
    assert_eq!(intruder.get("/console").await.location(), "/console/sign-in");
    assert_eq!(intruder.get("/console/sign-in").await.status, 200);
    let mut browser = site.browser();
    browser.get("/sign-in").await;
    let fields = [("email", house::EMAIL), ("password", house::PASSWORD)];
    assert_eq!(browser.submit("/sign-in", &fields).await.status, 422, "another pool");
}

#[tokio::test]
async fn a_session_that_was_there_before_never_becomes_the_new_one() {
    let site = Site::new().await;
    let mut browser = site.user().await;
    let earlier = browser.cookies[SESSION].clone();
    browser.get("/sign-in?other=yes").await;
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, 303);
    assert_ne!(browser.cookies[SESSION], earlier);
    browser.cookies.insert(SESSION.to_owned(), earlier);
    assert_eq!(browser.get("/account").await.location(), "/sign-in");
}

#[tokio::test]
async fn a_device_code_survives_the_sign_in_and_is_filled_in_but_not_sent() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let reply = browser.get("/device?user_code=BCDF-GHJK").await;
    assert_eq!((reply.status, reply.location()), (303, "/sign-in?device=BCDF-GHJK"));
    browser.get("/sign-in?device=BCDF-GHJK").await;
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert_eq!(reply.location(), "/device?device=BCDF-GHJK");
    let reply = browser.get("/device?device=BCDF-GHJK").await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("name=\"user_code\"") && reply.body.contains("value=\"BCDF-GHJK\""));
}

#[tokio::test]
async fn bcp_08_no_parameter_sends_the_browser_elsewhere() {
    let site = Site::new().await;
    const EVIL: &str = "https%3A%2F%2Fevil.example";
    for path in ["/sign-in", "/account", "/device", "/signed-out", "/sign-in?other=yes"] {
        let glue = if path.contains('?') { '&' } else { '?' };
        let names = ["next", "return_to", "redirect_uri", "post_logout_redirect_uri", "device", "provider"];
        let query: String = names.iter().map(|name| format!("{name}={EVIL}&")).collect();
        for mut browser in [site.browser(), site.user().await] {
            let reply = browser.get(&format!("{path}{glue}{query}")).await;
            assert!(!reply.location().contains("//"), "{path}: {}", reply.location());
            assert!(!reply.body.contains("//evil.example"), "{path}");
        }
    }
    let mut browser = site.browser();
    browser.get(&format!("/sign-in?next={EVIL}&return_to={EVIL}")).await;
    let fields = [("email", USER), ("password", PASSWORD), ("next", "https://evil.example")];
    assert_eq!(browser.submit("/sign-in", &fields).await.location(), "/account");
}
