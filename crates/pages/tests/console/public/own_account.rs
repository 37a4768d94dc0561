//! What someone does with their own account.

use super::site::{PASSWORD, Site, USER, enter};

#[tokio::test]
async fn sessions_are_listed_and_end_one_by_one_and_together() {
    let site = Site::new().await;
    let (mut here, mut there) = (site.user().await, site.user().await);
    let page = here.get("/account/sessions").await.body;
    assert_eq!(page.matches("This browser").count(), 1);
    let (_, rest) = page.split_once("action=\"/account/sessions/ses_").unwrap();
    let path = format!("/account/sessions/ses_{}", rest.split_once('"').unwrap().0);
    let reply = here.submit(&path, &[]).await;
    assert_eq!((reply.status, reply.location()), (303, "/account/sessions?notice=session-ended"));
    assert!(here.get(reply.location()).await.body.contains("That session is ended."));
    assert_eq!(there.get("/account").await.location(), "/sign-in");
    enter(&mut there, PASSWORD).await;
    here.get("/account/sessions").await;
    let reply = here.submit("/account/sessions/end-others", &[]).await;
    assert_eq!(reply.location(), "/account/sessions?notice=others-ended");
    assert_eq!(there.get("/account").await.location(), "/sign-in");
    assert_eq!(here.get("/account").await.status, 200);
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_account() {
    let site = Site::new().await;
    let mut owner = site.house.operator().await;
    let mut browser = site.user().await;
    browser.get("/account/sessions").await;
    let token = browser.hidden("/sign-out", "form_token");
    let cookie = owner.cookies["claviger-session"].clone();
    let id = site.house.engine.authenticate_session(cookie.as_bytes()).await.unwrap().session().id;
    let reply = browser.post(&format!("/account/sessions/{id}/end"), &[("form_token", &token)]).await;
    assert_eq!(reply.status, 303);
    assert_eq!(owner.get("/console").await.status, 200);
}

#[tokio::test]
async fn an_unknown_notice_says_nothing() {
    let site = Site::new().await;
    let mut browser = site.user().await;
    assert!(browser.get("/account?notice=saved").await.body.contains("Saved."));
    assert!(!browser.get("/account?notice=%3Cb%3Ehacked").await.body.contains("hacked"));
}

#[tokio::test]
async fn another_address_takes_the_password_and_what_was_typed_stays() {
    let site = Site::new().await;
    let mut browser = site.user().await;
    let cases = [
        ("new@example.org", "wrong", "This is not your password."),
        ("<b>x", PASSWORD, "must look like name@example.com"),
        (USER, PASSWORD, "This is your address already."),
    ];
    for (email, password, complaint) in cases {
        browser.get("/account").await;
        let reply = browser.submit("/account/email", &[("email", email), ("password", password)]).await;
        assert_eq!(reply.status, 422, "{email}");
        assert!(reply.body.contains(complaint), "{email}: {}", reply.body);
        assert!(!reply.body.contains("<b>x") && !reply.body.contains(PASSWORD));
    }
    browser.get("/account").await;
    let fields = [("email", "new@example.org"), ("password", PASSWORD)];
    let reply = browser.submit("/account/email", &fields).await;
    assert_eq!((reply.status, reply.location()), (303, "/account?notice=new-address-sent"));
    assert!(browser.get(reply.location()).await.body.contains(USER), "until the link was followed");
}

#[tokio::test]
async fn a_link_to_a_new_address_waits_for_its_owner_to_sign_in() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let reply = browser.get("/account/email/confirm?token=clv_mail_abc").await;
    assert_eq!((reply.status, reply.location()), (303, "/sign-in?new_address=clv_mail_abc"));
    browser.get(reply.location()).await;
    let reply = browser.submit("/sign-in", &[("email", USER), ("password", PASSWORD)]).await;
    assert_eq!(reply.location(), "/account/email/confirm?token=clv_mail_abc");
    let reply = browser.get(reply.location()).await;
    assert_eq!(reply.status, 200, "looking does not use it");
    let reply = browser.submit("/account/email/confirm", &[]).await;
    assert_eq!(reply.status, 400, "it is none of ours");
    assert!(reply.body.contains("This link does not work any more"), "{}", reply.body);
}
