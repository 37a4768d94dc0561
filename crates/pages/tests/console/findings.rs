//! Findings in the console, and the page on which anybody reports a key.

use claviger_domain::{Actor, Restriction};

use crate::house::House;

#[tokio::test]
async fn a_reported_key_is_found_explained_and_acknowledged() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    let mut stranger = house.browser();
    assert_eq!(stranger.get("/report-a-key").await.status, 200);
    let known = stranger.submit("/report-a-key", &[("key", issued.text.expose())]).await;
    assert!(known.status == 200 && known.body.contains("Thank you"), "{}", known.body);
    assert!(!known.body.contains(issued.text.expose()));
    let unknown = stranger.post("/report-a-key", &[("key", "sk_live_nothing")]).await;
    assert_eq!((unknown.status, unknown.body), (known.status, known.body), "the same answer");
    assert_eq!(stranger.post("/report-a-key", &[]).await.status, 422);

    let mut browser = house.operator().await;
    let overview = browser.get("/console").await;
    assert!(overview.body.contains("A key was found where it does not belong"), "{}", overview.body);
    let list = browser.get("/console/findings").await;
    let (_, rest) = list.body.split_once("href=\"/console/findings/fnd_").unwrap();
    let path = format!("/console/findings/fnd_{}", rest.split_once('"').unwrap().0);
    let page = browser.get(&path).await;
    assert!(
        page.body.contains("somebody who has it reported it") && page.body.contains("What else it may be")
    );
    assert!(page.body.contains(&format!("href=\"/console/keys/{}\"", issued.key.id)));
    let done = browser.submit(&format!("{path}/acknowledge"), &[("note", "<b>rotated</b>")]).await;
    assert_eq!((done.status, done.location()), (303, format!("{path}?notice=acknowledged").as_str()));
    let page = browser.get(&path).await;
    assert!(page.body.contains("&#60;b&#62;rotated"), "{}", page.body);
    assert!(browser.get("/console/findings").await.body.contains("Nothing is open"));
    assert!(browser.get("/console/findings?state=all").await.body.contains("Acknowledged"));
}

#[tokio::test]
async fn the_restriction_of_a_key_is_lifted_from_its_finding() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    house.engine.report_key(None, issued.text.expose()).await.unwrap();
    house.engine.restrict_key(&Actor::LOCAL, issued.key.id, Restriction::ReadOnly).await.unwrap();
    let mut browser = house.operator().await;
    let list = browser.get("/console/findings").await;
    let (_, rest) = list.body.split_once("href=\"/console/findings/fnd_").unwrap();
    let path = format!("/console/findings/fnd_{}", rest.split_once('"').unwrap().0);
    assert!(browser.get(&path).await.body.contains("Lift the restriction"));
    let lifted = browser.submit(&format!("{path}/lift"), &[]).await;
    assert_eq!((lifted.status, lifted.location()), (303, format!("{path}?notice=lifted").as_str()));
    assert_eq!(house.engine.find_key(issued.key.id).await.unwrap().restriction, None);
    assert!(!browser.get(&path).await.body.contains("Lift the restriction"));
}

#[tokio::test]
async fn whoever_reports_without_end_is_told_to_wait() {
    let house = House::new().await;
    let mut stranger = house.browser();
    for _ in 0..10 {
        assert_eq!(stranger.post("/report-a-key", &[("key", "x")]).await.status, 200);
    }
    let reply = stranger.post("/report-a-key", &[("key", "x")]).await;
    assert_eq!(reply.status, 429);
    assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
}
