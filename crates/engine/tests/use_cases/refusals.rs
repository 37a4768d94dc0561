//! Why a request was refused, as long as the node remembers.

use std::net::IpAddr;
use std::time::Duration;

use claviger_domain::{
    AccountId, Actor, Call, Check, Denial, DenialReason, Facts, KindSet, Membership, Outcome, Presented,
    Role, Verdict, Who,
};
use claviger_engine::{Explanation, NewWorkspace, Question, TrialError};
use uuid::Uuid;

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

#[tokio::test]
async fn a_member_is_told_of_refusals_of_their_workspace_and_of_nobodys_from_where_they_are() {
    let house = House::in_memory().await;
    let (key, text) = house.key().await;
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    ask(&house, "req_own", text.expose().as_bytes()).await;
    let here: IpAddr = "192.0.2.7".parse().unwrap();
    let facts = Facts { request_id: Some("req_nobodys"), address: Some(here), ..Facts::none() };
    let presented = Presented::Text { bytes: b"junk", kinds: KindSet::ANY };
    let question = Question { api: house.api.id, policy: &house.policy, presented, facts: &facts };
    house.engine.verify(&question).await.unwrap();
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let elsewhere = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let member = |workspace, call| {
        let account = AccountId::from_uuid(Uuid::from_u128(7));
        Actor::new(Who::Member(Membership { workspace, account, role: Role::Viewer }), call)
    };
    let own = member(house.workspace.id, Call::from_address(here));
    let told = |actor: &Actor, id| house.engine.explain_refusal_for(actor, id).is_some();
    assert!(told(&own, "req_own") && told(&own, "req_nobodys") && !told(&own, "req_other"));
    assert!(told(&ACTOR, "req_own") && told(&ACTOR, "req_nobodys"), "the provider is told everything");
    let stranger = member(elsewhere, Call::from_address("192.0.2.8".parse().unwrap()));
    assert!(!told(&stranger, "req_own") && !told(&stranger, "req_nobodys"));
    assert!(!told(&member(house.workspace.id, Call::NONE), "req_nobodys"), "from nowhere");
}

#[tokio::test]
async fn trials_are_for_members_who_may_use_keys_and_thirty_in_a_minute() {
    let house = House::in_memory().await;
    let member = |number, role| {
        let account = AccountId::from_uuid(Uuid::from_u128(number));
        Actor::new(Who::Member(Membership { workspace: house.workspace.id, account, role }), Call::NONE)
    };
    let admit = |actor: &Actor| house.engine.admit_trial(actor);
    assert!(matches!(admit(&member(1, Role::Viewer)), Err(TrialError::NotAllowed(_))));
    assert!(matches!(admit(&ACTOR), Err(TrialError::NotAllowed(_))), "an operator is in no workspace");
    let developer = member(2, Role::Developer);
    for _ in 0..30 {
        admit(&developer).unwrap();
    }
    assert!(matches!(admit(&developer), Err(TrialError::TooMany { .. })));
    admit(&member(3, Role::Developer)).unwrap();
    house.clock.advance(Duration::from_secs(60));
    admit(&developer).unwrap();
}
