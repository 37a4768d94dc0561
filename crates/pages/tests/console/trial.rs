//! "Try it": what is sent, who may, and where the pasted credential does not show up.

use claviger_domain::Role;

use crate::browser::Browser;
use crate::house::House;
use crate::pages::can_be_read_without_seeing_it;

const KEY: &str = "sk_test_pasted0123456789";

async fn developer(house: &House) -> (Browser, String) {
    let browser = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    (browser, format!("/portal/{}/docs/example/try", house.workspace.id))
}

#[tokio::test]
async fn a_route_is_chosen_and_tried_and_the_credential_is_not_shown_again() {
    let house = House::new().await;
    let (mut browser, page) = developer(&house).await;
    let docs = browser.get(page.trim_end_matches("/try")).await.body;
    assert!(docs.contains(&format!("href=\"{page}\">Try it")), "{docs}");
    let form = browser.get(&format!("{page}?route=GET+%2Fv1%2Fusers%2F%7Bid%7D")).await;
    assert_eq!(form.status, 200, "{}", form.body);
    can_be_read_without_seeing_it(&page, &form.body);
    assert!(form.body.contains("name=\"path.id\"") && !form.body.contains("name=\"body\""), "{}", form.body);
    let fields = [("credential", KEY), ("path.id", "7"), ("query", "a=<b>")];
    let tried = browser.submit(&page, &fields).await;
    assert_eq!((tried.status, tried.header("cache-control")), (200, "no-store"), "{}", tried.body);
    can_be_read_without_seeing_it(&page, &tried.body);
    assert!(tried.body.contains("200 OK") && tried.body.contains("req_trial"), "{}", tried.body);
    // The answer is text on our page, whatever it says.
    assert!(tried.body.contains("&#60;b&#62;test&#60;/b&#62; /v1/users/7?a=%3Cb%3E"), "{}", tried.body);
    assert!(!tried.body.contains(KEY), "{}", tried.body);
    assert!(tried.body.contains("authorization: Bearer (the credential that you sent)"), "{}", tried.body);
    assert!(tried.body.contains("$API_KEY"), "{}", tried.body);
    assert!(tried.body.contains("value=\"7\""), "what else was typed is still there");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_sent() {
    let house = House::new().await;
    let (mut browser, page) = developer(&house).await;
    browser.get(&format!("{page}?route=GET+%2Fv1%2Fusers%2F%7Bid%7D")).await;
    let fields = [("credential", KEY), ("path.id", ".."), ("environment", "live")];
    let wrong = browser.submit(&page, &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    for said in ["Say that this may reach live data.", "id: a path has no segment of dots alone."] {
        assert!(wrong.body.contains(said), "{said}: {}", wrong.body);
    }
    assert!(!wrong.body.contains(KEY) && !wrong.body.contains("req_trial"), "{}", wrong.body);
    let failed = browser.submit(&page, &[("credential", KEY), ("path.id", "slow")]).await;
    assert_eq!(failed.status, 502);
    assert!(failed.body.contains("The API did not answer in time."), "{}", failed.body);
    assert_eq!(browser.get(&format!("{page}?route=GET+%2Fmetrics")).await.status, 400, "no route of it");
    assert_eq!(browser.get(&page.replace("example", "nothing")).await.status, 404);
}

#[tokio::test]
async fn trials_are_limited() {
    let house = House::new().await;
    let (mut browser, page) = developer(&house).await;
    browser.get(&format!("{page}?route=GET+%2Fv1%2Fusers")).await;
    let mut statuses = Vec::new();
    for _ in 0..32 {
        let reply = browser.submit(&page, &[("credential", KEY)]).await;
        statuses.push(reply.status);
        if reply.status == 429 {
            assert!(!reply.header("retry-after").is_empty());
        }
    }
    assert_eq!((statuses[29], statuses[30], statuses[31]), (200, 429, 429));
}

#[tokio::test]
async fn a_viewer_reads_the_docs_and_tries_nothing() {
    let house = House::new().await;
    let mut browser = house.member("view@example.com", Role::Viewer, house.workspace.id).await;
    let page = format!("/portal/{}/docs/example/try", house.workspace.id);
    let docs = browser.get(page.trim_end_matches("/try")).await.body;
    assert!(!docs.contains("Try it"), "{docs}");
    assert_eq!(browser.get(&page).await.status, 403);
}
