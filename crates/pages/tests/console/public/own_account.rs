//! What someone does with their own account.

use super::site::{PASSWORD, Site, enter};

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
