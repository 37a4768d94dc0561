//! Operators, their sign-ins and their sessions, on SQLite and on PostgreSQL.

use std::time::Duration;

use claviger_domain::{Email, ErrorKind, Origin, PageRequest, Pool};
use claviger_engine::{
    Engine, IssuedSession, NewPassword, OperatorError, Password, PasswordError, SessionError, SignIn,
    SignInError,
};
use claviger_secrets::PasswordHash;
use claviger_store::Error as StoreError;

use crate::house::{ACTOR, House, postgres};

const PASSWORD: &str = "correct horse battery";
const HOME: &str = "192.0.2.1";

/// Runs one promise on both engines.
macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::House::in_memory().await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::House::on(&super::postgres()).await).await; })* }
    };
}

both! {
    an_operator_signs_in_and_is_recognized_by_the_cookie
    an_address_can_be_an_operator_once
    wrong_passwords_and_unknown_addresses_look_alike
    a_session_ends_when_it_is_not_used
    a_session_ends_at_its_date_however_much_it_is_used
    a_session_that_was_signed_out_never_works_again
    sessions_are_listed_and_ended_by_their_owner_only
    failures_from_one_address_are_slowed_and_let_others_be
    guesses_sent_at_once_count_as_well
    good_sign_ins_are_never_slowed
    a_hundred_good_sign_ins_at_once_from_one_address_wait_for_each_other_and_all_succeed
    a_distributed_attack_does_not_shut_the_owner_out
    an_outdated_hash_is_renewed_at_sign_in
    sessions_are_deleted_a_month_after_their_date
}

fn email(text: &str) -> Email {
    text.parse().unwrap()
}

fn attempt(address: &str, mail: &str, password: &str) -> SignIn {
    SignIn {
        pool: Pool::Instance,
        email: email(mail),
        password: Password::typed(password.to_owned()).unwrap(),
        origin: Origin::new(Some(address.parse().unwrap()), Some("Lynx/2.9")),
    }
}

async fn ada(engine: &Engine) -> claviger_domain::Account {
    let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
    engine.create_operator(&ACTOR, email("Ada@example.com"), password).await.unwrap()
}

async fn sign_in(engine: &Engine) -> IssuedSession {
    engine.sign_in(attempt(HOME, "ada@example.com", PASSWORD)).await.unwrap()
}

async fn fail(engine: &Engine, address: &str) -> SignInError {
    engine.sign_in(attempt(address, "ada@example.com", "wrong")).await.unwrap_err()
}

async fn is_alive(engine: &Engine, issued: &IssuedSession) -> bool {
    match engine.authenticate_session(issued.cookie.expose().as_bytes()).await {
        Ok(signed_in) => signed_in.session().id == issued.session.id,
        Err(SessionError::Ended) => false,
        Err(error) => panic!("{error:?}"),
    }
}

async fn an_operator_signs_in_and_is_recognized_by_the_cookie(house: House) {
    let account = ada(&house.engine).await;
    let operators = house.engine.list_operators(PageRequest { before: None, limit: 1 }).await.unwrap();
    assert_eq!(operators.rows, std::slice::from_ref(&account));
    let issued = house.engine.sign_in(attempt(HOME, "ADA@example.com", PASSWORD)).await.unwrap();
    assert_eq!(issued.account, account);
    let signed_in = house.engine.authenticate_session(issued.cookie.expose().as_bytes()).await.unwrap();
    assert_eq!(signed_in.account(), &account);
    assert_eq!(signed_in.session(), &issued.session);
    assert_eq!(signed_in.actor().to_string(), account.id.to_string());
    assert!(!format!("{issued:?} {signed_in:?}").contains(issued.cookie.expose()));
    assert_ne!(sign_in(&house.engine).await.cookie.expose(), issued.cookie.expose());
    for junk in ["", "x", "clv_ses_000000000000000000000000000000000000", &issued.session.id.to_string()] {
        let refused = house.engine.authenticate_session(junk.as_bytes()).await;
        assert!(matches!(refused, Err(SessionError::Ended)), "{junk}");
    }
}

async fn an_address_can_be_an_operator_once(house: House) {
    ada(&house.engine).await;
    let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
    let again = house.engine.create_operator(&ACTOR, email("ada@EXAMPLE.com"), password).await;
    assert!(matches!(again, Err(OperatorError::EmailTaken)));
}

async fn wrong_passwords_and_unknown_addresses_look_alike(house: House) {
    ada(&house.engine).await;
    let mut texts = Vec::new();
    for (mail, password) in
        [("ada@example.com", "wrong"), ("eve@example.com", PASSWORD), ("eve@example.com", "")]
    {
        let error = house.engine.sign_in(attempt(HOME, mail, password)).await.unwrap_err();
        assert!(matches!(error, SignInError::Wrong), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        texts.push(error.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

async fn a_session_ends_when_it_is_not_used(house: House) {
    ada(&house.engine).await;
    let issued = sign_in(&house.engine).await;
    for _ in 0..5 {
        house.clock.advance(Duration::from_secs(29 * 60));
        assert!(is_alive(&house.engine, &issued).await, "it was used in time");
    }
    house.clock.advance(Duration::from_secs(30 * 60));
    assert!(!is_alive(&house.engine, &issued).await);
}

async fn a_session_ends_at_its_date_however_much_it_is_used(house: House) {
    ada(&house.engine).await;
    let issued = sign_in(&house.engine).await;
    for _ in 0..47 {
        house.clock.advance(Duration::from_secs(15 * 60));
        assert!(is_alive(&house.engine, &issued).await);
    }
    house.clock.advance(Duration::from_secs(15 * 60));
    assert!(!is_alive(&house.engine, &issued).await, "twelve hours are over");
}

async fn a_session_that_was_signed_out_never_works_again(house: House) {
    ada(&house.engine).await;
    let (issued, other) = (sign_in(&house.engine).await, sign_in(&house.engine).await);
    let signed_in = house.engine.authenticate_session(issued.cookie.expose().as_bytes()).await.unwrap();
    house.engine.sign_out(&signed_in).await.unwrap();
    house.engine.sign_out(&signed_in).await.unwrap();
    assert!(!is_alive(&house.engine, &issued).await);
    assert!(is_alive(&house.engine, &other).await, "another browser stays signed in");
}

async fn sessions_are_listed_and_ended_by_their_owner_only(house: House) {
    ada(&house.engine).await;
    let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
    house.engine.create_operator(&ACTOR, email("eve@example.com"), password).await.unwrap();
    let (first, second) = (sign_in(&house.engine).await, sign_in(&house.engine).await);
    let eve = house.engine.sign_in(attempt(HOME, "eve@example.com", PASSWORD)).await.unwrap();
    let prove = async |issued: &IssuedSession| {
        house.engine.authenticate_session(issued.cookie.expose().as_bytes()).await.unwrap()
    };
    let (own, stranger) = (prove(&first).await, prove(&eve).await);
    assert_eq!(house.engine.list_sessions(&own).await.unwrap().len(), 2);
    let refused = house.engine.end_session(&stranger, second.session.id).await;
    assert!(matches!(refused, Err(SessionError::UnknownSession)));
    assert_eq!(house.engine.end_other_sessions(&own).await.unwrap(), 1);
    assert!(!is_alive(&house.engine, &second).await);
    assert!(is_alive(&house.engine, &first).await && is_alive(&house.engine, &eve).await);
    house.engine.end_session(&own, first.session.id).await.unwrap();
    assert!(!is_alive(&house.engine, &first).await);
}

async fn failures_from_one_address_are_slowed_and_let_others_be(house: House) {
    ada(&house.engine).await;
    for _ in 0..10 {
        assert!(matches!(fail(&house.engine, HOME).await, SignInError::Wrong));
    }
    let error = fail(&house.engine, HOME).await;
    let SignInError::TooManyFailures { retry_after } = error else { panic!("{error:?}") };
    assert_eq!((retry_after, error.kind()), (Duration::from_secs(6), ErrorKind::RateLimited));
    let right = house.engine.sign_in(attempt(HOME, "ada@example.com", PASSWORD)).await;
    assert!(matches!(right, Err(SignInError::TooManyFailures { .. })), "not even the right one is tried");
    assert!(house.engine.sign_in(attempt("192.0.2.2", "ada@example.com", PASSWORD)).await.is_ok());
    house.clock.advance(retry_after);
    assert!(house.engine.sign_in(attempt(HOME, "ada@example.com", PASSWORD)).await.is_ok());
}

async fn guesses_sent_at_once_count_as_well(house: House) {
    ada(&house.engine).await;
    let guesses: Vec<_> = (0..40)
        .map(|_| {
            let engine = house.engine.clone();
            tokio::spawn(async move { fail(&engine, HOME).await })
        })
        .collect();
    let mut wrong = 0;
    for guess in guesses {
        wrong += usize::from(matches!(guess.await.unwrap(), SignInError::Wrong));
    }
    assert_eq!(wrong, 10);
}

async fn good_sign_ins_are_never_slowed(house: House) {
    ada(&house.engine).await;
    for _ in 0..15 {
        sign_in(&house.engine).await;
    }
}

async fn a_hundred_good_sign_ins_at_once_from_one_address_wait_for_each_other_and_all_succeed(house: House) {
    ada(&house.engine).await;
    let office: Vec<_> = (0..100)
        .map(|_| {
            let engine = house.engine.clone();
            tokio::spawn(async move { engine.sign_in(attempt(HOME, "ada@example.com", PASSWORD)).await })
        })
        .collect();
    for person in office {
        person.await.unwrap().unwrap();
    }
}

async fn a_distributed_attack_does_not_shut_the_owner_out(house: House) {
    ada(&house.engine).await;
    sign_in(&house.engine).await;
    let mut refused = 0;
    for botnet in 0..11 {
        for _ in 0..10 {
            let error = fail(&house.engine, &format!("198.51.100.{botnet}")).await;
            refused += usize::from(matches!(error, SignInError::TooManyFailures { .. }));
        }
    }
    assert_eq!(refused, 10, "a hundred guesses a minute at one account, whoever makes them");
    assert!(matches!(fail(&house.engine, HOME).await, SignInError::Wrong));
    sign_in(&house.engine).await;
    let elsewhere = house.engine.sign_in(attempt("203.0.113.9", "ada@example.com", PASSWORD)).await;
    assert!(matches!(elsewhere, Err(SignInError::TooManyFailures { .. })));
}

async fn an_outdated_hash_is_renewed_at_sign_in(house: House) {
    let id = ada(&house.engine).await.id;
    let (mail, at) = (email("ada@example.com"), house.engine.clock().now());
    let find = async || {
        let mut read = house.store.read().await.unwrap();
        read.find_account_by_email(Pool::Instance, &mail).await.unwrap().unwrap().password.unwrap()
    };
    // Of "correct horse battery", with 64 KiB and one pass.
    let weak =
        "$argon2id$v=19$m=64,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$ViyS/BfMs2xQSMPUX+Z0W0cGQiswmMiAmXGOCUEqE5M";
    let (old, weak) = (find().await, PasswordHash::parse(weak).unwrap());
    let replaced = house
        .store
        .write::<_, StoreError, _>(move |tx| {
            Box::pin(async move { tx.replace_password(id, (&old, &weak), at).await })
        })
        .await;
    assert!(replaced.unwrap() && find().await.is_outdated());
    sign_in(&house.engine).await;
    assert!(!find().await.is_outdated());
    sign_in(&house.engine).await;
}

async fn sessions_are_deleted_a_month_after_their_date(house: House) {
    let id = ada(&house.engine).await.id;
    sign_in(&house.engine).await;
    let is_known =
        async || house.store.read().await.unwrap().knows_address(id, HOME.parse().unwrap()).await.unwrap();
    house.clock.advance(Duration::from_secs(30 * 86_400));
    house.engine.clean_up().await.unwrap();
    assert!(is_known().await);
    house.clock.advance(Duration::from_secs(86_400));
    house.engine.clean_up().await.unwrap();
    assert!(!is_known().await);
}

#[test]
fn what_is_too_long_or_too_common_never_gets_as_far_as_a_hash() {
    assert_eq!(Password::typed("x".repeat(129)).unwrap_err(), PasswordError::TooLong);
    assert_eq!(NewPassword::choose("password1234".to_owned()).unwrap_err(), PasswordError::Common);
}
