//! Passkeys that are registered and shown, with an authenticator in software.

use std::time::Duration;

use claviger_domain::{Method, Pool, SignInOutcome};
use claviger_engine::{AccountError, IssuedSession, SignIn, SignedIn};

use crate::authenticator::Authenticator;
use crate::house::{ACTOR, House};
use crate::people::{ADA, HOME, PASSWORD, chosen, email, origin, typed, with_users};
use crate::sign_ins::counted;

with_users! {
    an_operator_signs_in_with_a_passkey_alone
    whoever_is_signed_in_proves_it_once_more_with_their_own_passkey
    a_ceremony_is_answered_once_and_a_copied_passkey_is_refused
    a_passkey_signs_nobody_in_elsewhere
}

const HERE: &str = "https://console.example";

/// Gives the one who is signed in a passkey.
async fn add(house: &House, who: &SignedIn, number: u8) -> Authenticator {
    let begun = house.engine.begin_passkey(who, HERE).await.unwrap();
    let (authenticator, answer) = Authenticator::create(number, &begun, HERE);
    house.engine.register_passkey(who, (HERE, &begun.state), "laptop", &answer).await.unwrap();
    authenticator
}

async fn enter(
    house: &House,
    pool: Pool,
    authenticator: &mut Authenticator,
) -> Result<IssuedSession, AccountError> {
    let begun = house.engine.begin_passkey_sign_in(HERE).await.unwrap();
    let answer = authenticator.show(&begun, HERE);
    house.engine.sign_in_with_passkey(pool, (HERE, &begun.state), &answer, origin(HOME)).await
}

async fn operator(house: &House, address: &str) -> SignedIn {
    house.engine.create_operator(&ACTOR, email(address), chosen(PASSWORD)).await.unwrap();
    let (pool, password) = (Pool::Instance, typed(PASSWORD));
    let attempt = SignIn { pool, email: email(address), password, origin: origin(HOME) };
    house.recognize(&house.engine.sign_in(attempt).await.unwrap()).await.unwrap()
}

async fn an_operator_signs_in_with_a_passkey_alone(house: House) {
    let ada = operator(&house, ADA).await;
    let mut laptop = add(&house, &ada, 1).await;
    let listed = house.engine.account_overview(&ada).await.unwrap().passkeys;
    assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].last_used_at), (1, "laptop", None));
    let issued = enter(&house, Pool::Instance, &mut laptop).await.unwrap();
    assert!(issued.account.id == ada.account().id && !issued.session.awaits_second_factor);
    assert_eq!(issued.session.methods.iter().collect::<Vec<_>>(), [Method::Passkey]);
    let listed = house.engine.account_overview(&ada).await.unwrap().passkeys;
    assert_eq!(listed[0].last_used_at, Some(house.clock_now()));
    house.engine.remove_passkey(&ada, listed[0].id).await.unwrap();
    let gone = enter(&house, Pool::Instance, &mut laptop).await;
    assert!(matches!(gone, Err(AccountError::Wrong)), "{gone:?}");
    let mut seen = counted(&house).await;
    seen.sort_by_key(|(_, outcome, _)| *outcome);
    let pool = Pool::Instance;
    assert_eq!(seen, [(pool, SignInOutcome::Succeeded, 2), (pool, SignInOutcome::Wrong, 1)]);
}

async fn whoever_is_signed_in_proves_it_once_more_with_their_own_passkey(house: House) {
    let (ada, ben) = (operator(&house, ADA).await, operator(&house, "ben@example.com").await);
    let (mut laptop, mut phone) = (add(&house, &ada, 1).await, add(&house, &ben, 2).await);
    house.clock.advance(Duration::from_secs(20 * 60));
    assert!(!ada.is_recent(house.clock_now()));
    let engine = &house.engine;
    let begun = engine.begin_passkey_confirmation(&ada, HERE).await.unwrap();
    let of_ben = phone.show(&begun, HERE);
    let refused = engine.confirm_with_passkey(&ada, (HERE, &begun.state), &of_ben).await;
    assert!(matches!(refused, Err(AccountError::Wrong)), "another's passkey is no proof: {refused:?}");
    let answer = laptop.show(&begun, HERE);
    let stolen = engine.confirm_with_passkey(&ben, (HERE, &begun.state), &answer).await;
    assert!(matches!(stolen, Err(AccountError::Stale)), "of another session: {stolen:?}");
    engine.confirm_with_passkey(&ada, (HERE, &begun.state), &answer).await.unwrap();
    let again = engine.confirm_with_passkey(&ada, (HERE, &begun.state), &answer).await;
    assert!(again.is_err(), "an answer proves it once");
    // A ceremony of a sign-in, which a page of somebody else's could have begun, proves nothing here.
    let sign_in = engine.begin_passkey_sign_in(HERE).await.unwrap();
    let answer = laptop.show(&sign_in, HERE);
    let refused = engine.confirm_with_passkey(&ada, (HERE, &sign_in.state), &answer).await;
    assert!(matches!(refused, Err(AccountError::Stale)), "{refused:?}");
    let sessions = engine.list_sessions(&ada).await.unwrap();
    let session = sessions.iter().find(|session| session.id == ada.session().id).unwrap();
    assert_eq!(session.authenticated_at, house.clock_now());
}

async fn a_ceremony_is_answered_once_and_a_copied_passkey_is_refused(house: House) {
    let ada = operator(&house, ADA).await;
    let mut laptop = add(&house, &ada, 1).await;
    let mut copy = laptop.clone();
    let begun = house.engine.begin_passkey_sign_in(HERE).await.unwrap();
    let answer = laptop.show(&begun, HERE);
    let send = async || {
        let ceremony = (HERE, begun.state.as_str());
        house.engine.sign_in_with_passkey(Pool::Instance, ceremony, &answer, origin(HOME)).await
    };
    send().await.unwrap();
    assert!(send().await.is_err(), "an answer signs in once");
    enter(&house, Pool::Instance, &mut laptop).await.unwrap();
    let copied = enter(&house, Pool::Instance, &mut copy).await;
    assert!(matches!(copied, Err(AccountError::Wrong)), "its counter lags behind: {copied:?}");
}

async fn a_passkey_signs_nobody_in_elsewhere(house: House) {
    let mut laptop = add(&house, &operator(&house, ADA).await, 1).await;
    for pool in [Pool::Members, house.pool()] {
        let refused = enter(&house, pool, &mut laptop).await;
        assert!(matches!(refused, Err(AccountError::Wrong)), "{pool}: {refused:?}");
    }
    let begun = house.engine.begin_passkey_sign_in(HERE).await.unwrap();
    let phished = laptop.show(&begun, "https://console.example.evil.example");
    let ceremony = (HERE, begun.state.as_str());
    let refused = house.engine.sign_in_with_passkey(Pool::Instance, ceremony, &phished, origin(HOME)).await;
    assert!(matches!(refused, Err(AccountError::Wrong)), "{refused:?}");
}
