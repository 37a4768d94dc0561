//! Operator tokens.

use std::time::Duration;

use claviger_domain::{Call, OperatorScope, OperatorScopes};
use claviger_engine::{Engine, NewOperatorToken, OperatorTokenError};

use crate::house::{ACTOR, House};

fn token(scopes: impl IntoIterator<Item = OperatorScope>) -> NewOperatorToken {
    NewOperatorToken {
        name: "script".parse().unwrap(),
        scopes: scopes.into_iter().collect::<OperatorScopes>(),
        expires_at: None,
    }
}

async fn is_valid(engine: &Engine, text: &str) -> bool {
    let slow = engine.authenticate_operator(text.as_bytes()).await;
    if let Some(fast) = engine.authenticate_operator_now(text.as_bytes()) {
        assert_eq!(fast.is_ok(), slow.is_ok());
    }
    slow.is_ok()
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked() {
    let house = House::in_memory().await;
    let issued =
        house.engine.issue_operator_token(&ACTOR, None, token([OperatorScope::Verify])).await.unwrap();
    let text = issued.text.expose();
    assert!(is_valid(&house.engine, text).await);
    house.engine.revoke_operator_token(&ACTOR, issued.token.id).await.unwrap();
    house.engine.revoke_operator_token(&ACTOR, issued.token.id).await.unwrap();
    assert!(!is_valid(&house.engine, text).await);
}

#[tokio::test]
async fn a_token_ends_at_its_date_and_junk_never_begins() {
    let house = House::in_memory().await;
    let end = house.engine.clock().now().plus(Duration::from_secs(10));
    let new = NewOperatorToken { expires_at: Some(end), ..token([OperatorScope::Verify]) };
    let issued = house.engine.issue_operator_token(&ACTOR, None, new).await.unwrap();
    assert!(is_valid(&house.engine, issued.text.expose()).await);
    house.clock.advance(Duration::from_secs(10));
    assert!(!is_valid(&house.engine, issued.text.expose()).await);
    for junk in ["", "clv_op_", "clv_op_000000000000000000000000000000000000", "x"] {
        assert!(!is_valid(&house.engine, junk).await, "{junk}");
    }
}

#[tokio::test]
async fn nobody_hands_out_more_than_they_have() {
    let house = House::in_memory().await;
    let scopes = [OperatorScope::TokensWrite, OperatorScope::KeysRead];
    let maker = house.engine.issue_operator_token(&ACTOR, None, token(scopes)).await.unwrap();
    let maker = house.engine.authenticate_operator(maker.text.expose().as_bytes()).await.unwrap();
    let beyond = house
        .engine
        .issue_operator_token(&maker.actor(Call::NONE), Some(&maker), token([OperatorScope::KeysWrite]))
        .await;
    assert!(matches!(beyond, Err(OperatorTokenError::BeyondMaker(OperatorScope::KeysWrite))));
    let within = house
        .engine
        .issue_operator_token(&maker.actor(Call::NONE), Some(&maker), token([OperatorScope::KeysRead]))
        .await;
    assert_eq!(within.unwrap().token.created_by, maker.actor(Call::NONE).to_string());
}
