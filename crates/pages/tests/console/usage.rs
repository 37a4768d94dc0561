//! Usage: pictured on the pages of a key, a workspace and everything, with a table beneath.

use std::time::Duration;

use claviger_domain::{DenialReason, Facts, KindSet, Outcome, Presented, Role};
use claviger_engine::{NewWorkspace, Question, Use};

use crate::house::{ACTOR, EMAIL, House};
use crate::pages::can_be_read_without_seeing_it;

/// Counts two requests with a key of the workspace, one of them refused.
async fn used(house: &House) -> String {
    let issued = house.issue("sample", "server").await;
    let entry = house.engine.find_api("sample").unwrap();
    let presented = Presented::Text { bytes: issued.text.expose().as_bytes(), kinds: KindSet::ANY };
    let facts = Facts::none();
    let question = Question { api: entry.api.id, policy: &entry.policy, presented, facts: &facts };
    let decision = house.engine.verify(&question).await.unwrap();
    let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
    let fine = Use {
        api: entry.api.id,
        principal: Some(&principal),
        address: Some([203, 0, 113, 7].into()),
        route: Some("/v1/things"),
        status: Some(200),
        reason: None,
        took: Some(Duration::from_millis(7)),
    };
    house.engine.note_use(&fine);
    house.engine.note_use(&Use { status: Some(429), reason: Some(DenialReason::RateLimited), ..fine });
    // What was counted is written before the engine stops.
    house.engine.run(std::future::ready(())).await;
    house.engine.fold_usage().await.unwrap();
    issued.key.id.to_string()
}

#[tokio::test]
async fn usage_is_pictured_where_it_belongs_and_told_in_a_table() {
    let house = House::new().await;
    let key = used(&house).await;
    let mut operator = house.operator().await;
    let mut viewer = house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    let base = format!("/portal/{}", house.workspace.id);
    let (mut pages, mut of_the_key) = (Vec::new(), Vec::new());
    for span in ["day", "month"] {
        for path in ["/console".to_owned(), format!("/console/keys/{key}")] {
            pages.push(operator.get(&format!("{path}?usage={span}")).await.body);
        }
        of_the_key.extend(pages.last().cloned());
        for path in [base.clone(), format!("{base}/keys/{key}")] {
            pages.push(viewer.get(&format!("{path}?usage={span}")).await.body);
        }
        of_the_key.extend(pages.last().cloned());
    }
    for page in pages {
        assert!(
            page.contains("<rect class=\"allowed\"") && page.contains("<rect class=\"refused\""),
            "{page}"
        );
        assert!(page.contains("<dt>Requests</dt><dd>2</dd>"), "{page}");
        assert!(page.contains("<code>RATE_LIMITED</code> <span>1</span>"), "{page}");
        assert!(page.contains("<td data-label=\"Half within\">10 ms</td>"), "{page}");
    }
    for page in of_the_key {
        assert!(page.contains("<th scope=\"row\">203.0.113.0/24</th>"), "{page}");
        assert!(page.contains("<td data-label=\"Requests\">2</td>"), "{page}");
    }
}

#[tokio::test]
async fn sign_ins_are_pictured_on_the_overview_and_told_by_whose_they_were() {
    let house = House::new().await;
    let mut operator = house.operator().await;
    let page = operator.get("/console").await.body;
    assert!(page.contains("Nobody has tried to sign in in the last 24 hours."), "{page}");
    let wrong = house.browser().sign_in(EMAIL, "not the password").await;
    assert_eq!(wrong.status, 422);
    // What was counted is written before the engine stops.
    house.engine.run(std::future::ready(())).await;
    for span in ["day", "month"] {
        let page = operator.get(&format!("/console?usage={span}")).await.body;
        let (_, section) = page.split_once("id=\"sign-ins\"").unwrap();
        assert!(section.contains("<rect class=\"allowed\""), "{section}");
        assert!(section.contains("<rect class=\"refused\""), "{section}");
        let row = "<th scope=\"row\">Operators</th><td data-label=\"Succeeded\">1</td>\
            <td data-label=\"Not right\">1</td><td data-label=\"Wrong code\">0</td>";
        assert!(section.contains(row), "{section}");
    }
}

#[tokio::test]
async fn a_member_sees_the_usage_of_their_workspace_only() {
    let house = House::new().await;
    used(&house).await;
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let mut stranger = house.member("stranger@example.com", Role::Owner, other).await;
    let page = stranger.get(&format!("/portal/{other}")).await.body;
    assert!(page.contains("Nothing yet in the last 24 hours") && !page.contains("<rect"), "{page}");
}

/// A request with this text from a network, decided and counted.
async fn sent(house: &House, text: &str) {
    let entry = house.engine.find_api("sample").unwrap();
    let presented = Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY };
    let facts = Facts::none();
    let question = Question { api: entry.api.id, policy: &entry.policy, presented, facts: &facts };
    let decision = house.engine.verify(&question).await.unwrap();
    let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
    house.engine.note_use(&Use {
        api: entry.api.id,
        principal: Some(&principal),
        address: Some([198, 51, 100, 7].into()),
        route: None,
        status: Some(200),
        reason: None,
        took: None,
    });
    house.engine.write_usage().await;
    house.engine.fold_usage().await.unwrap();
}

#[tokio::test]
async fn while_an_old_version_still_works_the_page_tells_who_uses_it_and_ends_it() {
    let house = House::new().await;
    let issued = house.issue("sample", "server").await;
    let key = issued.key.id;
    house.clock.advance(Duration::from_secs(1));
    house.engine.rotate_key(&ACTOR, key, Duration::from_secs(48 * 3_600)).await.unwrap();
    let (page, end) = (format!("/console/keys/{key}"), format!("/console/keys/{key}/end-overlap"));
    let seen = async || house.operator().await.get(&page).await.body;
    let fresh = seen().await;
    assert!(fresh.contains("An older version still works") && fresh.contains("Not seen yet"), "{fresh}");
    can_be_read_without_seeing_it(&page, &fresh);

    sent(&house, issued.text.expose()).await;
    let used = seen().await;
    assert!(used.contains(">Still used</span>") && used.contains("(100 of 100)"), "{used}");
    assert!(used.contains("Who still uses") && used.contains("198.51.100.0/24"), "{used}");
    assert!(used.contains("Whoever still uses it is refused as soon as the overlap ends."), "{used}");
    can_be_read_without_seeing_it(&page, &used);

    house.clock.advance(Duration::from_secs(25 * 3_600));
    let mut operator = house.operator().await;
    let quiet = operator.get(&page).await.body;
    assert!(quiet.contains("It is safe to end the overlap now."), "{quiet}");
    let ended = operator.submit(&end, &[]).await;
    assert_eq!(ended.location(), format!("{page}?notice=overlap-ended"));
    let after = operator.get(ended.location()).await.body;
    assert!(
        after.contains("The overlap has ended.") && !after.contains("An older version still works"),
        "{after}"
    );

    let mut viewer = house.member("viewer@example.com", Role::Viewer, house.workspace.id).await;
    house.engine.rotate_key(&ACTOR, key, Duration::from_secs(3_600)).await.unwrap();
    let read = viewer.get(&format!("/portal/{}/keys/{key}", house.workspace.id)).await.body;
    assert!(read.contains("An older version still works") && !read.contains("/end-overlap"), "{read}");
}
