//! Why a request was refused, as long as the node remembers.

use claviger_domain::{Check, Denial, DenialReason, Facts, KindSet, Outcome, Presented, Verdict};
use claviger_engine::{Explanation, Question};

use crate::house::{ACTOR, House, limit};

/// Asks as a door does, under a request's id.
async fn ask(house: &House, id: &str, text: &[u8]) -> Outcome {
    let facts = Facts { request_id: Some(id), ..Facts::none() };
    let presented = Presented::Text { bytes: text, kinds: KindSet::ANY };
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
    house.engine.verify(&question).await.unwrap().outcome
}

fn failed(explained: &Explanation) -> Vec<Check> {
    let checks = explained.checks.iter();
    checks.filter(|checked| checked.verdict == Verdict::Failed).map(|checked| checked.check).collect()
}

#[tokio::test]
async fn each_refusal_is_explained_by_one_check_and_an_allowed_request_by_none() {
    let house = House::in_memory().await;
    let (key, text) = house.key().await;
    let stranger = House::with("sqlite::memory:", 2, house.clock.clone(), crate::house::policy()).await;
    let (_, foreign) = stranger.key().await;
    assert!(matches!(ask(&house, "req_good", text.expose().as_bytes()).await, Outcome::Allow(_)));
    assert_eq!(house.engine.explain_refusal("req_good"), None);
    ask(&house, "req_form", b"junk").await;
    ask(&house, "req_owner", foreign.expose().as_bytes()).await;
    // Once more from memory.
    ask(&house, "req_again", foreign.expose().as_bytes()).await;
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    ask(&house, "req_standing", text.expose().as_bytes()).await;
    for (id, check) in [
        ("req_form", Check::Form),
        ("req_owner", Check::Owner),
        ("req_again", Check::Owner),
        ("req_standing", Check::Standing),
    ] {
        let explained = house.engine.explain_refusal(id).unwrap();
        assert_eq!(failed(&explained), [check], "{id}");
        assert_eq!(explained.checks.len(), Check::ALL.len());
        let is_known = explained.principal.is_some_and(|found| *found.credential == *key.id.to_string());
        assert_eq!(is_known, check == Check::Standing, "{id}");
    }
    assert_eq!(house.engine.explain_refusal(""), None);
}

#[tokio::test]
async fn a_limit_that_refused_is_named_with_its_numbers() {
    let house = House::in_memory().await;
    let issued = house.issue(|new| new.limits = vec![limit("own", 1, 60)]).await.unwrap();
    ask(&house, "req_1", issued.text.expose().as_bytes()).await;
    ask(&house, "req_2", issued.text.expose().as_bytes()).await;
    assert_eq!(house.engine.explain_refusal("req_1"), None);
    let explained = house.engine.explain_refusal("req_2").unwrap();
    assert_eq!(failed(&explained), [Check::Limits]);
    let limits = explained.checks.iter().find(|checked| checked.check == Check::Limits).unwrap();
    assert!(limits.input.starts_with("own: 1 requests in 60 seconds, this one counting 1"), "{limits:?}");
}

#[tokio::test]
async fn a_rule_that_a_door_holds_is_explained_with_what_it_found_wrong() {
    let house = House::in_memory().await;
    let (_, text) = house.key().await;
    let Outcome::Allow(principal) = ask(&house, "req_1", text.expose().as_bytes()).await else { panic!() };
    let facts = Facts { request_id: Some("req_1"), ..Facts::none() };
    let denial = Denial::new(DenialReason::InvalidRequest).of(&principal);
    house.engine.note_violation((house.api.id, &facts), &denial, Some("the header X-Destination is missing"));
    let explained = house.engine.explain_refusal("req_1").unwrap();
    assert_eq!(failed(&explained), [Check::Rules]);
    let passed = explained.checks.iter().filter(|checked| checked.verdict == Verdict::Passed);
    assert_eq!(passed.count(), Check::ALL.len() - 1, "the credential was good");
    assert_eq!(explained.checks.last().unwrap().input, "the header X-Destination is missing");
}

#[tokio::test]
async fn the_oldest_refusals_are_forgotten_first() {
    let house = House::in_memory().await;
    for number in 0..2_049 {
        ask(&house, &format!("req_{number}"), b"junk").await;
    }
    assert_eq!(house.engine.explain_refusal("req_0"), None);
    for number in [1, 2_048] {
        assert!(house.engine.explain_refusal(&format!("req_{number}")).is_some(), "{number}");
    }
}
