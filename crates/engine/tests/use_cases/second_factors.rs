//! Time-based codes, recovery codes and passkeys.

use std::time::Duration;

use claviger_domain::{Method, Pool};
use claviger_engine::{AccountError, Plain, RecoveryCodes, SessionError, SignIn, SignedIn};
use totp_rs::{Builder, Secret};

use crate::house::{ACTOR, House};
use crate::people::{ADA, HOME, OTHER, PASSWORD, chosen, email, origin, typed, with_users};

with_users! {
    an_authenticator_is_asked_for_at_the_next_sign_in
    half_a_sign_in_opens_nothing
    a_code_is_used_once_also_by_many_at_once
    a_recovery_code_is_used_once_and_new_ones_replace_the_old
    wrong_codes_are_limited_and_the_owner_gets_in_from_home
    an_authenticator_is_removed_by_who_has_it
    an_authenticator_that_was_not_confirmed_is_asked_for_by_nobody
    an_operator_has_a_second_factor_too
    a_passkey_ceremony_belongs_to_its_origin_account_and_time
    answers_that_no_authenticator_gave_are_refused
    who_has_no_passkey_cannot_prove_themselves_by_one
}

/// The code that an authenticator with this secret shows now.
pub(crate) fn code(house: &House, secret: &Plain) -> String {
    let secret = Secret::try_from_base32(secret.expose()).unwrap();
    let now = u64::try_from(house.clock_now().seconds()).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(now).to_string()
}

/// Gives the one who is signed in an authenticator.
pub(crate) async fn enrol(house: &House, who: &SignedIn) -> (Plain, RecoveryCodes) {
    let enrolment = house.engine.begin_totp(who, "Sample Homes").await.unwrap();
    let codes = house.engine.confirm_totp(who, &code(house, &enrolment.secret)).await.unwrap();
    house.clock.advance(Duration::from_secs(30));
    (enrolment.secret, codes)
}

async fn an_authenticator_is_asked_for_at_the_next_sign_in(house: House) {
    house.ada().await;
    let first = house.signed_in(PASSWORD).await;
    let enrolment = house.engine.begin_totp(&first, "Sample Homes").await.unwrap();
    assert!(enrolment.address.expose().starts_with("otpauth://totp/Sample%20Homes:Ada@example.com?secret="));
    let wrong = house.engine.confirm_totp(&first, "000000").await;
    assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    let now = code(&house, &enrolment.secret);
    let spaced = format!("{} {}", &now[..3], &now[3..]);
    let codes = house.engine.confirm_totp(&first, &spaced).await.unwrap();
    assert_eq!(codes.0.len(), 10);
    let half = house.sign_in(PASSWORD).await;
    assert!(half.session.awaits_second_factor);
    let who = house.recognize(&half).await.unwrap();
    let used = house.engine.prove_second_factor(&who, &now).await;
    assert!(matches!(used, Err(AccountError::Wrong)), "the code that confirmed is used: {used:?}");
    house.clock.advance(Duration::from_secs(30));
    house.engine.prove_second_factor(&who, &code(&house, &enrolment.secret)).await.unwrap();
    let whole = house.recognize(&half).await.unwrap();
    assert!(!whole.awaits_second_factor());
    let methods: Vec<_> = whole.session().methods.iter().collect();
    assert_eq!(methods, [Method::Password, Method::Otp]);
    assert_eq!(whole.session().authenticated_at, house.clock_now());
    let overview = house.engine.account_overview(&whole).await.unwrap();
    assert_eq!((overview.has_totp, overview.recovery_codes), (true, 10));
    let again = house.engine.begin_totp(&whole, "Sample Homes").await;
    assert!(matches!(again, Err(AccountError::Conflict)), "{again:?}");
}

async fn half_a_sign_in_opens_nothing(house: House) {
    house.ada().await;
    let first = house.signed_in(PASSWORD).await;
    enrol(&house, &first).await;
    let issued = house.sign_in(PASSWORD).await;
    let half = house.recognize(&issued).await.unwrap();
    let due = |error: AccountError| matches!(error, AccountError::SecondFactorDue(_));
    let engine = &house.engine;
    assert!(due(engine.account_overview(&half).await.unwrap_err()));
    assert!(due(engine.change_profile(&half, Default::default()).await.unwrap_err()));
    assert!(due(engine.change_password(&half, typed(PASSWORD), chosen(OTHER)).await.unwrap_err()));
    assert!(due(engine.begin_totp(&half, "x").await.unwrap_err()));
    assert!(due(engine.renew_recovery_codes(&half).await.unwrap_err()));
    assert!(due(engine.remove_totp(&half, "000000").await.unwrap_err()));
    assert!(due(engine.begin_passkey(&half, "https://sample.example").await.unwrap_err()));
    let refused = engine.list_sessions(&half).await;
    assert!(matches!(refused, Err(SessionError::SecondFactorDue(_))), "{refused:?}");
    let refused = engine.end_session(&half, first.session().id).await;
    assert!(matches!(refused, Err(SessionError::SecondFactorDue(_))), "{refused:?}");
    assert!(engine.end_other_sessions(&half).await.is_err());
    engine.sign_out(&half).await.unwrap();
    assert!(house.recognize(&issued).await.is_none());
}

async fn a_code_is_used_once_also_by_many_at_once(house: House) {
    house.ada().await;
    let (secret, _) = enrol(&house, &house.signed_in(PASSWORD).await).await;
    let now = code(&house, &secret);
    let mut halves = Vec::new();
    for _ in 0..5 {
        halves.push(house.signed_in(PASSWORD).await);
    }
    let tries: Vec<_> = halves
        .into_iter()
        .map(|half| {
            let (engine, now) = (house.engine.clone(), now.clone());
            tokio::spawn(async move { engine.prove_second_factor(&half, &now).await.is_ok() })
        })
        .collect();
    let mut good = 0;
    for one in tries {
        good += usize::from(one.await.unwrap());
    }
    assert_eq!(good, 1);
}

async fn a_recovery_code_is_used_once_and_new_ones_replace_the_old(house: House) {
    house.ada().await;
    let (_, codes) = enrol(&house, &house.signed_in(PASSWORD).await).await;
    let first = codes.0[0].expose().to_uppercase();
    let who = house.signed_in(PASSWORD).await;
    house.engine.prove_second_factor(&who, &first).await.unwrap();
    let other = house.signed_in(PASSWORD).await;
    let again = house.engine.prove_second_factor(&other, &first).await;
    assert!(matches!(again, Err(AccountError::Wrong)), "{again:?}");
    house.engine.prove_second_factor(&other, codes.0[1].expose()).await.unwrap();
    let proved = house.engine.prove_second_factor(&other, codes.0[2].expose()).await;
    assert!(
        matches!(proved, Err(AccountError::Wrong | AccountError::Conflict)),
        "once is enough: {proved:?}"
    );
    let who = house.engine.list_sessions(&house.signed_in_whole(&codes.0[3]).await).await.unwrap();
    assert!(!who.is_empty());
    let whole = house.signed_in_whole(&codes.0[4]).await;
    let new = house.engine.renew_recovery_codes(&whole).await.unwrap();
    let half = house.signed_in(PASSWORD).await;
    let old = house.engine.prove_second_factor(&half, codes.0[5].expose()).await;
    assert!(matches!(old, Err(AccountError::Wrong)), "{old:?}");
    house.engine.prove_second_factor(&half, new.0[0].expose()).await.unwrap();
}

impl House {
    /// Ada, signed in by her password and a recovery code.
    async fn signed_in_whole(&self, code: &Plain) -> SignedIn {
        let issued = self.sign_in(PASSWORD).await;
        let half = self.recognize(&issued).await.unwrap();
        self.engine.prove_second_factor(&half, code.expose()).await.unwrap();
        self.recognize(&issued).await.unwrap()
    }
}

async fn wrong_codes_are_limited_and_the_owner_gets_in_from_home(house: House) {
    house.ada().await;
    let (secret, _) = enrol(&house, &house.signed_in(PASSWORD).await).await;
    let from = async |address: &str| {
        let attempt = SignIn {
            pool: house.pool(),
            email: email(ADA),
            password: typed(PASSWORD),
            origin: origin(address),
        };
        house.recognize(&house.engine.sign_in(attempt).await.unwrap()).await.unwrap()
    };
    let thief = from("203.0.113.5").await;
    for _ in 0..10 {
        let wrong = house.engine.prove_second_factor(&thief, "000000").await;
        assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    }
    let thief = from("203.0.113.6").await;
    let refused = house.engine.prove_second_factor(&thief, &code(&house, &secret)).await;
    assert!(matches!(refused, Err(AccountError::TooMany { .. })), "from anywhere: {refused:?}");
    let owner = from(HOME).await;
    house.engine.prove_second_factor(&owner, &code(&house, &secret)).await.unwrap();
}

async fn an_authenticator_is_removed_by_who_has_it(house: House) {
    house.ada().await;
    let (secret, codes) = enrol(&house, &house.signed_in(PASSWORD).await).await;
    let whole = house.signed_in_whole(&codes.0[0]).await;
    let wrong = house.engine.remove_totp(&whole, "000000").await;
    assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    house.engine.remove_totp(&whole, &code(&house, &secret)).await.unwrap();
    let next = house.signed_in(PASSWORD).await;
    assert!(!next.awaits_second_factor());
    let overview = house.engine.account_overview(&next).await.unwrap();
    assert_eq!((overview.has_totp, overview.recovery_codes), (false, 0));
    let none = house.engine.renew_recovery_codes(&next).await;
    assert!(matches!(none, Err(AccountError::Conflict)), "{none:?}");
}

async fn an_authenticator_that_was_not_confirmed_is_asked_for_by_nobody(house: House) {
    house.ada().await;
    let who = house.signed_in(PASSWORD).await;
    let first = house.engine.begin_totp(&who, "Sample Homes").await.unwrap();
    let second = house.engine.begin_totp(&who, "Sample Homes").await.unwrap();
    assert_ne!(first.secret.expose(), second.secret.expose());
    assert!(!house.signed_in(PASSWORD).await.awaits_second_factor());
    let old = house.engine.confirm_totp(&who, &code(&house, &first.secret)).await;
    assert!(matches!(old, Err(AccountError::Wrong)), "{old:?}");
    let none = house.engine.prove_second_factor(&who, &code(&house, &second.secret)).await;
    assert!(matches!(none, Err(AccountError::Conflict)), "{none:?}");
}

async fn an_operator_has_a_second_factor_too(house: House) {
    house.engine.create_operator(&ACTOR, email(ADA), chosen(PASSWORD)).await.unwrap();
    let sign_in = async || {
        let attempt = SignIn {
            pool: Pool::Instance,
            email: email(ADA),
            password: typed(PASSWORD),
            origin: origin(HOME),
        };
        house.recognize(&house.engine.sign_in(attempt).await.unwrap()).await.unwrap()
    };
    let operator = sign_in().await;
    let scope = claviger_domain::OperatorScope::KeysRead;
    assert!(operator.allows(scope));
    enrol(&house, &operator).await;
    let half = sign_in().await;
    assert!(half.awaits_second_factor() && !half.allows(scope));
}

async fn a_passkey_ceremony_belongs_to_its_origin_account_and_time(house: House) {
    house.ada().await;
    let engine = &house.engine;
    let who = house.signed_in(PASSWORD).await;
    for bad in ["https://192.0.2.1", "nonsense", "", "https://"] {
        let refused = engine.begin_passkey(&who, bad).await;
        assert!(matches!(refused, Err(AccountError::NotOffered)), "{bad:?}: {refused:?}");
        assert!(matches!(engine.begin_passkey_sign_in(bad).await, Err(AccountError::NotOffered)), "{bad:?}");
    }
    let (here, there) = ("http://sample.localhost:8080", "http://other.localhost:8080");
    let begun = engine.begin_passkey(&who, here).await.unwrap();
    for expected in
        [r#""id":"sample.localhost""#, r#""residentKey":"required""#, r#""userVerification":"required""#]
    {
        assert!(begun.options.contains(expected), "{expected}: {}", begun.options);
    }
    let register = async |origin: &str, state: &str| {
        engine.register_passkey(&who, (origin, state), "laptop", "{}").await.unwrap_err()
    };
    assert!(matches!(register(here, &begun.state).await, AccountError::Wrong), "the answer is looked at");
    assert!(matches!(register(there, &begun.state).await, AccountError::Stale), "of another origin");
    let sign_in = engine.begin_passkey_sign_in(here).await.unwrap();
    assert!(!sign_in.options.contains("mediation"), "{}", sign_in.options);
    assert!(matches!(register(here, &sign_in.state).await, AccountError::Stale), "of another stage");
    let mut altered = begun.state.clone();
    altered.replace_range(40..41, if &altered[40..41] == "A" { "B" } else { "A" });
    for junk in ["", "x", "!", &altered, &"A".repeat(100_000)] {
        assert!(matches!(register(here, junk).await, AccountError::Stale));
    }
    house.clock.advance(Duration::from_secs(5 * 60));
    assert!(matches!(register(here, &begun.state).await, AccountError::Stale), "five minutes are over");
}

async fn answers_that_no_authenticator_gave_are_refused(house: House) {
    house.ada().await;
    let here = "https://sample.example";
    let begun = house.engine.begin_passkey_sign_in(here).await.unwrap();
    let made_up = r#"{"id":"AAAA","rawId":"AAAA","type":"public-key","extensions":{},"response":{
        "authenticatorData":"AAAA","clientDataJSON":"AAAA","signature":"AAAA","userHandle":"AAAAAAAAAAAAAAAAAAAAAA"}}"#;
    for answer in ["", "{}", "[]", made_up] {
        let refused =
            house.engine.sign_in_with_passkey(house.pool(), (here, &begun.state), answer, origin(HOME)).await;
        assert!(matches!(refused, Err(AccountError::Wrong)), "{answer}: {refused:?}");
    }
    for _ in 0..6 {
        let refused = house.engine.sign_in_with_passkey(house.pool(), (here, ""), "{}", origin(HOME)).await;
        assert!(matches!(refused, Err(AccountError::Stale)), "{refused:?}");
    }
    let refused =
        house.engine.sign_in_with_passkey(house.pool(), (here, &begun.state), "{}", origin(HOME)).await;
    assert!(matches!(refused, Err(AccountError::TooMany { .. })), "{refused:?}");
}

async fn who_has_no_passkey_cannot_prove_themselves_by_one(house: House) {
    house.ada().await;
    let who = house.signed_in(PASSWORD).await;
    let here = "https://sample.example";
    let begun = house.engine.begin_passkey_confirmation(&who, here).await;
    assert!(matches!(begun, Err(AccountError::NotOffered)), "{begun:?}");
    // A ceremony of another stage is none of this one, whoever answers it.
    let sign_in = house.engine.begin_passkey_sign_in(here).await.unwrap();
    let refused = house.engine.confirm_with_passkey(&who, (here, &sign_in.state), "{}").await;
    assert!(matches!(refused, Err(AccountError::Stale)), "{refused:?}");
    enrol(&house, &who).await;
    let half = house.signed_in(PASSWORD).await;
    let due = |error: AccountError| matches!(error, AccountError::SecondFactorDue(_));
    assert!(due(house.engine.begin_passkey_confirmation(&half, here).await.unwrap_err()));
    assert!(due(house.engine.confirm_with_passkey(&half, (here, &sign_in.state), "{}").await.unwrap_err()));
}
