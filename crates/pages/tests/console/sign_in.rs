//! Signing in and out.

use std::time::Duration;

use crate::house::{EMAIL, House, PASSWORD};

const SESSION: &str = "claviger-session";

#[tokio::test]
async fn an_operator_signs_in_sees_the_console_and_signs_out() {
    let house = House::new().await;
    let mut browser = house.browser();
    let reply = browser.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((reply.status, reply.location()), (303, "/console"));
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("claviger-session=clv_ses_"), "{cookies:?}");
    assert!(cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    let console = browser.get("/console").await;
    assert_eq!(console.status, 200);
    assert!(console.body.contains(EMAIL));
    assert_eq!(browser.get("/console/sign-in").await.location(), "/console", "already signed in");
    browser.get("/console").await;
    let kept = browser.cookies[SESSION].clone();
    let reply = browser.submit("/console/sign-out", &[]).await;
    assert_eq!((reply.status, reply.location()), (303, "/console/sign-in"));
    assert!(!browser.cookies.contains_key(SESSION));
    browser.cookies.insert(SESSION.to_owned(), kept);
    assert_eq!(browser.get("/console").await.location(), "/console/sign-in", "the server forgot it, too");
}

#[tokio::test]
async fn wrong_password_and_unknown_address_get_the_same_page() {
    let house = House::new().await;
    let mut pages = Vec::new();
    for email in [EMAIL, "eve@example.com"] {
        let mut browser = house.browser();
        let reply = browser.sign_in(email, "wrong").await;
        assert_eq!(reply.status, 422);
        assert!(reply.body.contains("E-mail address or password is wrong."));
        let token = browser.hidden("/console/sign-in", "form_token");
        pages.push(reply.body.replace(email, "").replace(&token, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped_and_the_password_does_not() {
    let house = House::new().await;
    let reply = house.browser().sign_in("\"><script>x</script>", "correct-horse").await;
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("must look like name@example.com"));
    assert!(!reply.body.contains("<script>") && !reply.body.contains("correct-horse"));
}

#[tokio::test]
async fn the_sign_in_form_works_only_in_the_browser_it_was_made_for() {
    let house = House::new().await;
    let (mut victim, mut attacker) = (house.browser(), house.browser());
    attacker.get("/console/sign-in").await;
    let token = attacker.hidden("/console/sign-in", "form_token");
    let fields = [("email", EMAIL), ("password", PASSWORD), ("form_token", token.as_str())];
    let reply = victim.post("/console/sign-in", &fields).await;
    assert_eq!(reply.status, 403, "without a cookie");
    assert!(reply.body.contains("out of date"));
    let reply = victim.post("/console/sign-in", &fields).await;
    assert_eq!(reply.status, 403, "with another cookie");
    assert!(!victim.cookies.contains_key(SESSION));
    let again = victim.submit("/console/sign-in", &fields[..2]).await;
    assert_eq!(again.status, 303, "the page that said so has a form that works");
}

#[tokio::test]
async fn a_session_that_was_there_before_never_becomes_the_new_one() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    let earlier = browser.cookies[SESSION].clone();
    let mut other = house.browser();
    other.get("/console/sign-in").await;
    other.cookies.insert(SESSION.to_owned(), earlier.clone());
    let reply = other.submit("/console/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(reply.status, 303);
    assert_ne!(other.cookies[SESSION], earlier);
    assert_eq!(browser.get("/console").await.location(), "/console/sign-in", "and the earlier one has ended");
}

#[tokio::test]
async fn failures_are_slowed_with_a_hint_when_to_come_back() {
    let house = House::new().await;
    let mut browser = house.browser();
    for _ in 0..10 {
        assert_eq!(browser.sign_in(EMAIL, "wrong").await.status, 422);
    }
    let reply = browser.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, "7"));
    house.clock.advance(Duration::from_secs(7));
    assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn an_idle_session_leads_back_to_the_sign_in() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    house.clock.advance(Duration::from_secs(30 * 60));
    let reply = browser.get("/console/keys").await;
    assert_eq!((reply.status, reply.location()), (303, "/console/sign-in"));
    assert_eq!(browser.get("/console/sign-in").await.status, 200);
}

#[tokio::test]
async fn over_https_cookies_are_secure_and_bound_to_the_host() {
    let house = House::with(true).await;
    let mut browser = house.browser();
    browser.headers.push(("origin", "https://127.0.0.1:8080".to_owned()));
    let reply = browser.sign_in(EMAIL, PASSWORD).await;
    assert_eq!(reply.status, 303);
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-claviger-session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(browser.get("/console").await.status, 200);
}
