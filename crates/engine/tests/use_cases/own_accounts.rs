//! What people do with their own accounts: sign up, prove their address, choose new passwords.

use std::time::Duration;

use claviger_domain::{Pool, Profile};
use claviger_engine::{AccountError, SignInError, SignUp};

use crate::house::{ACTOR, House};
use crate::people::{ADA, HOME, OTHER, PASSWORD, chosen, email, origin, typed, with_users};

with_users! {
    somebody_signs_up_and_proves_their_address
    an_address_that_has_an_account_is_told_by_mail_only
    sign_up_is_closed_unless_the_contract_opens_it
    a_link_is_good_once_until_its_end_and_at_its_own_api
    a_reset_link_gives_a_new_password_and_ends_everything_else
    of_two_reset_links_the_later_kills_the_earlier_once_used
    nobody_learns_which_addresses_exist_by_asking_for_a_reset
    an_inbox_is_not_flooded
    one_client_does_not_have_any_number_of_letters_sent
    a_reset_of_an_unproved_address_removes_what_a_stranger_prepared
    a_password_is_changed_by_who_knows_the_old_one
    a_disabled_user_gets_no_letters_and_their_links_die
    what_someone_is_called_is_theirs_to_change
    mail_says_in_which_language_its_reader_wants_it
    a_verification_is_sent_again_until_the_address_is_proved
    mail_that_waits_is_sent_before_the_engine_ends
}

async fn sign_up(house: &House, address: &str) -> Result<(), AccountError> {
    let new = SignUp {
        email: email(address),
        password: chosen(PASSWORD),
        profile: Profile { name: Some("Ada".to_owned()), ..Profile::default() },
        origin: origin(HOME),
    };
    house.engine.sign_up(&house.auth_caller(), new).await
}

async fn request_reset(house: &House, address: &str) -> Result<(), AccountError> {
    house.engine.request_reset(&house.auth_caller(), &email(address), &origin(HOME)).await
}

async fn reset(house: &House, token: &str, password: &str) -> Result<(), AccountError> {
    house.engine.reset_password(&house.auth_caller(), token, chosen(password)).await
}

async fn somebody_signs_up_and_proves_their_address(house: House) {
    sign_up(&house, ADA).await.unwrap();
    let signed_in = house.signed_in(PASSWORD).await;
    assert_eq!(signed_in.account().profile.name.as_deref(), Some("Ada"));
    assert_eq!(signed_in.account().email_verified_at, None);
    let letters = house.letters().await;
    assert_eq!(letters[0].0, ADA);
    assert!(letters[0].1.starts_with("Sample Homes: "), "{}", letters[0].1);
    let token = letters[0].2.strip_prefix("https://auth.sample.example/verify-email?token=").unwrap();
    house.engine.verify_email(&house.auth_caller(), token).await.unwrap();
    assert!(house.signed_in(PASSWORD).await.account().email_verified_at.is_some());
    let again = house.engine.verify_email(&house.auth_caller(), token).await;
    assert!(matches!(again, Err(AccountError::Stale)), "{again:?}");
}

async fn an_address_that_has_an_account_is_told_by_mail_only(house: House) {
    let ada = house.ada().await;
    sign_up(&house, "ada@EXAMPLE.com").await.unwrap();
    let letters = house.letters().await;
    assert_eq!((letters.len(), letters[0].0.as_str()), (1, ADA));
    assert!(letters[0].2.contains("/reset-password?token="));
    assert_eq!(house.engine.find_user(ada.id).await.unwrap().profile, Profile::default(), "nothing changed");
}

async fn sign_up_is_closed_unless_the_contract_opens_it(house: House) {
    let mut policy = (*house.policy).clone();
    policy.tokens.open_sign_up = false;
    let caller = claviger_engine::Caller { policy: &policy, ..house.auth_caller() };
    let new = SignUp {
        email: email(ADA),
        password: chosen(PASSWORD),
        profile: Profile::default(),
        origin: origin(HOME),
    };
    let refused = house.engine.sign_up(&caller, new).await;
    assert!(matches!(refused, Err(AccountError::NotOffered)), "{refused:?}");
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    assert!(house.letters().await.is_empty());
}

async fn a_link_is_good_once_until_its_end_and_at_its_own_api(house: House) {
    house.ada().await;
    for junk in ["", "x", "clv_mail_000000000000000000000000000000000000", "\u{0}"] {
        assert!(matches!(reset(&house, junk, OTHER).await, Err(AccountError::Stale)), "{junk:?}");
    }
    request_reset(&house, ADA).await.unwrap();
    let token = house.token().await;
    let as_proof = house.engine.verify_email(&house.auth_caller(), &token).await;
    assert!(matches!(as_proof, Err(AccountError::Stale)), "it is for something else");
    let elsewhere = claviger_domain::ApiId::generate(house.engine.clock(), house.engine.entropy());
    let caller = claviger_engine::Caller { api: elsewhere, ..house.auth_caller() };
    let foreign = house.engine.reset_password(&caller, &token, chosen(OTHER)).await;
    assert!(matches!(foreign, Err(AccountError::Stale)));
    house.clock.advance(Duration::from_secs(15 * 60));
    assert!(matches!(reset(&house, &token, OTHER).await, Err(AccountError::Stale)), "a quarter of an hour");
    house.sign_in(PASSWORD).await;
}

async fn a_reset_link_gives_a_new_password_and_ends_everything_else(house: House) {
    house.ada().await;
    let before = house.sign_in(PASSWORD).await;
    request_reset(&house, "ADA@example.com").await.unwrap();
    let token = house.token().await;
    assert!(house.recognize(&before).await.is_some(), "asking changes nothing");
    reset(&house, &token, OTHER).await.unwrap();
    assert!(house.recognize(&before).await.is_none());
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    assert!(matches!(reset(&house, &token, PASSWORD).await, Err(AccountError::Stale)));
    let signed_in = house.signed_in(OTHER).await;
    assert!(signed_in.account().email_verified_at.is_some(), "whoever has the link has the address");
}

async fn of_two_reset_links_the_later_kills_the_earlier_once_used(house: House) {
    house.ada().await;
    request_reset(&house, ADA).await.unwrap();
    let first = house.token().await;
    request_reset(&house, ADA).await.unwrap();
    let second = house.token().await;
    let (one, other) = tokio::join!(reset(&house, &second, OTHER), reset(&house, &second, OTHER));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(matches!(reset(&house, &first, PASSWORD).await, Err(AccountError::Stale)));
}

async fn nobody_learns_which_addresses_exist_by_asking_for_a_reset(house: House) {
    house.ada().await;
    request_reset(&house, "eve@example.com").await.unwrap();
    assert!(house.letters().await.is_empty());
    request_reset(&house, ADA).await.unwrap();
    assert_eq!(house.letters().await.len(), 1);
    let operator =
        house.engine.create_operator(&ACTOR, email("root@example.com"), chosen(OTHER)).await.unwrap();
    assert_eq!(operator.pool, Pool::Instance);
    request_reset(&house, "root@example.com").await.unwrap();
    assert!(house.letters().await.is_empty(), "operators are of another pool");
}

async fn an_inbox_is_not_flooded(house: House) {
    house.ada().await;
    let mut sent = 0;
    for _ in 0..20 {
        request_reset(&house, ADA).await.unwrap();
        sent += house.letters().await.len();
        house.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(sent, 5);
    house.clock.advance(Duration::from_secs(60 * 60));
    request_reset(&house, ADA).await.unwrap();
    assert_eq!(house.letters().await.len(), 1);
}

async fn one_client_does_not_have_any_number_of_letters_sent(house: House) {
    for i in 0..10 {
        request_reset(&house, &format!("nobody{i}@example.com")).await.unwrap();
    }
    let refused = request_reset(&house, ADA).await;
    assert!(matches!(refused, Err(AccountError::TooMany { .. })), "{refused:?}");
    let elsewhere = origin("192.0.2.77");
    house.engine.request_reset(&house.auth_caller(), &email(ADA), &elsewhere).await.unwrap();
}

async fn a_reset_of_an_unproved_address_removes_what_a_stranger_prepared(house: House) {
    sign_up(&house, ADA).await.unwrap();
    house.letters().await;
    let stranger = house.signed_in(PASSWORD).await;
    let secret = house.engine.begin_totp(&stranger, "Sample Homes").await.unwrap().secret;
    let code = crate::second_factors::code(&house, &secret);
    house.engine.confirm_totp(&stranger, &code).await.unwrap();
    sign_up(&house, ADA).await.unwrap();
    let token = house.token().await;
    reset(&house, &token, OTHER).await.unwrap();
    let owner = house.signed_in(OTHER).await;
    assert!(!owner.awaits_second_factor());
    assert!(!house.engine.account_overview(&owner).await.unwrap().has_totp);
}

async fn a_password_is_changed_by_who_knows_the_old_one(house: House) {
    house.ada().await;
    let other = house.sign_in(PASSWORD).await;
    let own = house.signed_in(PASSWORD).await;
    let wrong = house.engine.change_password(&own, typed("wrong"), chosen(OTHER)).await;
    assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    house.engine.change_password(&own, typed(PASSWORD), chosen(OTHER)).await.unwrap();
    assert!(house.recognize(&other).await.is_none(), "other browsers are signed out");
    assert_eq!(house.engine.list_sessions(&own).await.unwrap().len(), 1, "this one is not");
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    house.sign_in(OTHER).await;
    for _ in 0..8 {
        let wrong = house.engine.change_password(&own, typed("wrong"), chosen(PASSWORD)).await;
        assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    }
    let refused = house.engine.change_password(&own, typed(OTHER), chosen(PASSWORD)).await;
    assert!(matches!(refused, Err(AccountError::TooMany { .. })), "{refused:?}");
}

async fn a_disabled_user_gets_no_letters_and_their_links_die(house: House) {
    let ada = house.ada().await;
    request_reset(&house, ADA).await.unwrap();
    let token = house.token().await;
    house.engine.switch_user(&ACTOR, ada.id, false).await.unwrap();
    assert!(matches!(reset(&house, &token, OTHER).await, Err(AccountError::Stale)));
    request_reset(&house, ADA).await.unwrap();
    assert!(house.letters().await.is_empty());
}

async fn what_someone_is_called_is_theirs_to_change(house: House) {
    house.ada().await;
    let own = house.signed_in(PASSWORD).await;
    let profile = Profile { name: Some("Ada Lovelace".to_owned()), ..Profile::default() };
    house.engine.change_profile(&own, profile.clone()).await.unwrap();
    let overview = house.engine.account_overview(&own).await.unwrap();
    assert_eq!(overview.account.profile, profile);
    assert!(overview.has_password && !overview.has_totp && overview.passkeys.is_empty());
    assert_eq!((overview.recovery_codes, overview.sessions.len()), (0, 1));
}

async fn mail_says_in_which_language_its_reader_wants_it(house: House) {
    house.ada().await;
    let own = house.signed_in(PASSWORD).await;
    for locale in [None, Some("de".to_owned())] {
        let profile = Profile { locale: locale.clone(), ..Profile::default() };
        house.engine.change_profile(&own, profile).await.unwrap();
        request_reset(&house, ADA).await.unwrap();
        house.engine.deliver_pending_mail().await;
        let languages: Vec<_> = house.mailbox.take().into_iter().map(|mail| mail.language).collect();
        assert_eq!(languages, [locale]);
    }
}

async fn a_verification_is_sent_again_until_the_address_is_proved(house: House) {
    house.ada().await;
    let own = house.signed_in(PASSWORD).await;
    house.engine.send_verification(&house.auth_caller(), &own).await.unwrap();
    let token = house.token().await;
    house.engine.verify_email(&house.auth_caller(), &token).await.unwrap();
    let own = house.signed_in(PASSWORD).await;
    let refused = house.engine.send_verification(&house.auth_caller(), &own).await;
    assert!(matches!(refused, Err(AccountError::Conflict)), "{refused:?}");
}

async fn mail_that_waits_is_sent_before_the_engine_ends(house: House) {
    house.ada().await;
    request_reset(&house, ADA).await.unwrap();
    assert!(house.mailbox.take().is_empty(), "nobody waits for it");
    house.engine.run(std::future::ready(())).await;
    assert_eq!(house.mailbox.take().len(), 1);
}
