//! "Explain a refusal".

use claviger_domain::{Facts, KindSet, Presented};
use claviger_engine::Question;

use crate::house::House;

#[tokio::test]
async fn a_refusal_is_explained_check_by_check_without_the_credential() {
    let house = House::new().await;
    let issued = house.issue("sample", "Ärger <7>").await;
    let policy = house.engine.find_api("sample").unwrap().policy;
    let facts = Facts {
        request_id: Some("req_<b>1"),
        required_scopes: ["write".parse().unwrap()].into(),
        ..Facts::none()
    };
    let presented = Presented::Text { bytes: issued.text.expose().as_bytes(), kinds: KindSet::ANY };
    let question = Question { api: issued.key.api, policy: &policy, presented, facts: &facts };
    assert_eq!(house.engine.verify(&question).await.unwrap().code(), "INSUFFICIENT_SCOPE");
    let mut browser = house.operator().await;
    let page = browser.get("/console/refusals?request=req_%3Cb%3E1").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("needed: write; it has: read"), "{}", page.body);
    assert!(page.body.contains(&format!("href=\"/console/keys/{}\"", issued.key.id)));
    assert!(page.body.contains("<strong>It has every scope that is needed</strong>"));
    assert_eq!(page.body.matches("Refused here").count(), 1);
    assert!(!page.body.contains(issued.text.expose()) && !page.body.contains("<b>"));
}

#[tokio::test]
async fn a_request_that_nobody_refused_is_told_so() {
    let house = House::new().await;
    let mut browser = house.operator().await;
    assert_eq!(browser.get("/console/refusals").await.status, 200);
    let page = browser.get("/console/refusals?request=req_1").await;
    assert!(page.status == 404 && page.body.contains("refused no request with the id"), "{}", page.body);
}
