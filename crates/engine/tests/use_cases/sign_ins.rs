//! Sign-ins, counted: what became of them, by whose people and hour, and for how long that is known.

use std::time::Duration;

use claviger_domain::{Grain, Pool, Role, SignInOutcome};
use claviger_engine::{SignIn, SignInError, SignInsError};

use crate::house::{ACTOR, House};
use crate::partners::member;
use crate::people::{ADA, PASSWORD, chosen, email, origin, typed, with_users};
use crate::second_factors::{code, enrol};

with_users! {
    attempts_are_counted_by_pool_and_outcome
    a_sign_in_with_a_second_factor_counts_once_and_when_it_is_whole
    attempts_that_are_not_heard_are_counted_as_such
    sign_ins_are_forgotten_with_usage
    only_the_provider_is_told_of_sign_ins
}

/// What became of attempts within the last day, after what was counted has been written.
pub(crate) async fn counted(house: &House) -> Vec<(Pool, SignInOutcome, u64)> {
    // What was counted is written before the engine stops.
    house.engine.run(std::future::ready(())).await;
    let now = house.clock_now();
    let span = now.minus(Duration::from_secs(86_400))..now.plus(Duration::from_secs(1));
    let sums = house.engine.sign_ins(&ACTOR, Grain::Hour, span).await.unwrap();
    assert!(sums.iter().all(|sum| sum.at == Grain::Hour.floor(sum.at)));
    sums.into_iter().map(|sum| (sum.pool, sum.outcome, sum.times)).collect()
}

async fn attempts_are_counted_by_pool_and_outcome(house: House) {
    house.ada().await;
    house.engine.create_operator(&ACTOR, email(ADA), chosen(PASSWORD)).await.unwrap();
    house.sign_in(PASSWORD).await;
    for (address, password) in [(ADA, "not the password"), ("nobody@example.com", PASSWORD)] {
        let wrong = house.try_sign_in(address, password).await;
        assert!(matches!(wrong, Err(SignInError::Wrong)), "{wrong:?}");
    }
    let (pool, password) = (Pool::Instance, typed(PASSWORD));
    let attempt = SignIn { pool, email: email(ADA), password, origin: origin("192.0.2.9") };
    house.engine.sign_in(attempt).await.unwrap();
    let mut seen = counted(&house).await;
    seen.sort_by_key(|(_, outcome, times)| (*times, *outcome));
    let users = house.pool();
    assert_eq!(seen.len(), 3);
    assert!(seen.contains(&(users, SignInOutcome::Succeeded, 1)), "{seen:?}");
    assert!(seen.contains(&(users, SignInOutcome::Wrong, 2)), "{seen:?}");
    assert!(seen.contains(&(Pool::Instance, SignInOutcome::Succeeded, 1)), "{seen:?}");
}

async fn a_sign_in_with_a_second_factor_counts_once_and_when_it_is_whole(house: House) {
    house.ada().await;
    let first = house.signed_in(PASSWORD).await;
    let (secret, _) = enrol(&house, &first).await;
    let half = house.recognize(&house.sign_in(PASSWORD).await).await.unwrap();
    house.engine.prove_second_factor(&half, "000000").await.unwrap_err();
    let good = code(&house, &secret);
    house.engine.prove_second_factor(&half, &good).await.unwrap();
    // What is used up is as wrong as any other code.
    house.engine.prove_second_factor(&half, &good).await.unwrap_err();
    let users = house.pool();
    let mut seen = counted(&house).await;
    seen.sort_by_key(|(_, outcome, _)| *outcome);
    assert_eq!(seen, [(users, SignInOutcome::Succeeded, 2), (users, SignInOutcome::WrongCode, 2)]);
}

async fn attempts_that_are_not_heard_are_counted_as_such(house: House) {
    let mut wrong = 0;
    loop {
        match house.try_sign_in(ADA, PASSWORD).await {
            Err(SignInError::Wrong) => wrong += 1,
            Err(SignInError::TooManyFailures { .. }) => break,
            other => panic!("{other:?}"),
        }
    }
    let users = house.pool();
    let mut seen = counted(&house).await;
    seen.sort_by_key(|(_, outcome, _)| *outcome);
    assert_eq!(seen, [(users, SignInOutcome::Wrong, wrong), (users, SignInOutcome::Slowed, 1)]);
}

async fn sign_ins_are_forgotten_with_usage(house: House) {
    house.ada().await;
    house.sign_in(PASSWORD).await;
    assert_eq!(counted(&house).await.len(), 1);
    let written = house.clock_now();
    let told = async |grain: Grain| {
        let span = grain.floor(written)..written.plus(Duration::from_secs(1));
        house.engine.sign_ins(&ACTOR, grain, span).await.unwrap().len()
    };
    assert_eq!((told(Grain::Hour).await, told(Grain::Day).await), (1, 1));
    house.clock.advance(Duration::from_secs(40 * 86_400));
    let done = house.engine.clean_up().await.unwrap().unwrap();
    assert_eq!(done.deleted().get("sign_in_tally"), Some(&1));
    assert_eq!((told(Grain::Hour).await, told(Grain::Day).await), (0, 1), "days are kept for longer");
}

async fn only_the_provider_is_told_of_sign_ins(house: House) {
    let owner = member(house.workspace.id, Role::Owner);
    let now = house.clock_now();
    let refused = house.engine.sign_ins(&owner, Grain::Hour, now..now).await;
    assert!(matches!(refused, Err(SignInsError::NotAllowed(_))), "{refused:?}");
}
