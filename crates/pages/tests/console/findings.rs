//! Findings in the console, and the page on which anybody reports a key.

use claviger_domain::{Actor, Restriction, Role};
use claviger_engine::NewWorkspace;

use crate::house::{ACTOR, House};
use crate::pages::can_be_read_without_seeing_it;

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

#[tokio::test]
async fn members_see_what_was_found_of_their_workspace_and_developers_acknowledge_it() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    house.engine.report_key(None, issued.text.expose()).await.unwrap();
    house.engine.restrict_key(&Actor::LOCAL, issued.key.id, Restriction::ReadOnly).await.unwrap();
    let base = format!("/portal/{}", house.workspace.id);
    let mut viewer = house.member("view@example.com", Role::Viewer, house.workspace.id).await;
    let overview = viewer.get(&base).await.body;
    let link = format!("href=\"{base}/findings/fnd_");
    let (_, rest) = overview.split_once(&link).unwrap_or_else(|| panic!("{overview}"));
    let path = format!("{base}/findings/fnd_{}", rest.split_once('"').unwrap().0);
    let page = viewer.get(&path).await.body;
    can_be_read_without_seeing_it("a page of the portal", &page);
    assert!(page.contains(&format!("href=\"{base}/keys/{}\"", issued.key.id)), "{page}");
    assert!(page.contains("until the provider lifts that") && page.contains("What else it may be"), "{page}");
    for unsaid in ["/console", "Acknowledge</button>", "Lift the restriction", "Acme"] {
        let main = page.split_once("<main").unwrap().1;
        assert!(!main.contains(unsaid), "{unsaid}: {page}");
    }
    let mut developer = house.member("dev@example.com", Role::Developer, house.workspace.id).await;
    assert!(developer.get(&format!("{base}/findings")).await.body.contains(&path));
    developer.get(&path).await;
    let done = developer.submit(&format!("{path}/acknowledge"), &[("note", "rotated")]).await;
    assert_eq!((done.status, done.location()), (303, format!("{path}?notice=acknowledged").as_str()));
    assert!(viewer.get(&path).await.body.contains("By dev@example.com"), "members know each other");

    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let elsewhere = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let mut stranger = house.member("stranger@example.com", Role::Owner, elsewhere).await;
    let base = format!("/portal/{elsewhere}");
    assert!(
        stranger.get(&format!("{base}/findings?state=all")).await.body.contains("Nothing unusual was found")
    );
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(stranger.get(&format!("{base}/findings/{id}")).await.status, 404);
}

#[tokio::test]
async fn what_the_provider_acknowledged_says_no_more_than_that() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    house.engine.report_key(None, issued.text.expose()).await.unwrap();
    let mut operator = house.operator().await;
    let list = operator.get("/console/findings").await.body;
    let (_, rest) = list.split_once("href=\"/console/findings/").unwrap();
    let id = rest.split_once('"').unwrap().0;
    operator.get(&format!("/console/findings/{id}")).await;
    let acknowledge = format!("/console/findings/{id}/acknowledge");
    assert_eq!(operator.submit(&acknowledge, &[("note", "seen")]).await.status, 303);
    let mut viewer = house.member("view@example.com", Role::Viewer, house.workspace.id).await;
    let page = viewer.get(&format!("/portal/{}/findings/{id}", house.workspace.id)).await.body;
    assert!(page.contains("By the provider") && !page.contains("acc_"), "{page}");
}
