//! Another e-mail address for one's own account.

use std::time::Duration;

use claviger_engine::{AccountError, SignInError, SignedIn};

use crate::house::{House, Sent};
use crate::people::{ADA, PASSWORD, email, typed, with_users};

const NEW: &str = "Lovelace@example.org";

with_users! {
    a_link_to_the_new_address_changes_it_and_the_old_one_is_told
    only_who_knows_the_password_can_ask_for_it
    a_link_is_good_once_for_an_hour_and_for_its_own_account
    an_address_that_has_an_account_is_told_by_mail_only
    an_address_that_was_taken_meanwhile_stays_with_its_owner
    of_two_links_the_one_that_is_followed_kills_the_other
    links_to_the_old_address_die_with_it
    no_number_of_letters_is_sent_and_none_of_them_hides_the_notice
}

async fn ask(house: &House, who: &SignedIn, address: &str, password: &str) -> Result<(), AccountError> {
    house.engine.request_new_address(&house.auth_caller(), who, email(address), typed(password)).await
}

async fn confirm(house: &House, who: &SignedIn, token: &str) -> Result<(), AccountError> {
    house.engine.confirm_new_address(&house.auth_caller(), who, token).await
}

async fn sent(house: &House) -> Vec<Sent> {
    house.engine.deliver_pending_mail().await;
    house.mailbox.take()
}

async fn ada(house: &House) -> SignedIn {
    house.ada().await;
    house.signed_in(PASSWORD).await
}

async fn a_link_to_the_new_address_changes_it_and_the_old_one_is_told(house: House) {
    let who = ada(&house).await;
    ask(&house, &who, NEW, PASSWORD).await.unwrap();
    let letters = house.letters().await;
    assert_eq!((letters.len(), letters[0].0.as_str()), (1, NEW));
    let token =
        letters[0].2.strip_prefix("https://auth.sample.example/account/email/confirm?token=").unwrap();
    assert_eq!(
        house.engine.find_user(who.account().id).await.unwrap().email,
        email(ADA),
        "asking changes nothing"
    );
    confirm(&house, &who, token).await.unwrap();
    let account = house.engine.find_user(who.account().id).await.unwrap();
    assert_eq!(account.email.as_str(), NEW);
    assert!(account.email_verified_at.is_some(), "whoever has the link has the address");
    let notices = sent(&house).await;
    assert_eq!((notices.len(), notices[0].to.as_str()), (1, ADA));
    assert!(!notices[0].text.expose().contains("https://"), "there is nothing to follow in it");
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    house.try_sign_in(NEW, PASSWORD).await.unwrap();
}

async fn only_who_knows_the_password_can_ask_for_it(house: House) {
    let who = ada(&house).await;
    for _ in 0..10 {
        let wrong = ask(&house, &who, NEW, "wrong").await;
        assert!(matches!(wrong, Err(AccountError::Wrong)), "{wrong:?}");
    }
    let slowed = ask(&house, &who, NEW, PASSWORD).await;
    assert!(matches!(slowed, Err(AccountError::TooMany { .. })), "{slowed:?}");
    house.clock.advance(Duration::from_secs(60));
    let own = ask(&house, &who, "ADA@example.com", PASSWORD).await;
    assert!(matches!(own, Err(AccountError::Conflict)), "{own:?}");
    assert!(sent(&house).await.is_empty());
}

async fn a_link_is_good_once_for_an_hour_and_for_its_own_account(house: House) {
    let who = ada(&house).await;
    house.engine.create_user(&crate::house::ACTOR, house.new_user("eve@example.com")).await.unwrap();
    let eve = house.try_sign_in("eve@example.com", PASSWORD).await.unwrap();
    let eve = house.recognize(&eve).await.unwrap();
    ask(&house, &who, NEW, PASSWORD).await.unwrap();
    let token = house.token().await;
    assert!(matches!(confirm(&house, &eve, &token).await, Err(AccountError::Stale)), "another's");
    let caller = house.auth_caller();
    assert!(
        matches!(house.engine.verify_email(&caller, &token).await, Err(AccountError::Stale)),
        "for something else"
    );
    let (one, other) = tokio::join!(confirm(&house, &who, &token), confirm(&house, &who, &token));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(matches!(confirm(&house, &who, &token).await, Err(AccountError::Stale)), "used");
    let who = house.try_sign_in(NEW, PASSWORD).await.unwrap();
    let who = house.recognize(&who).await.unwrap();
    sent(&house).await;
    ask(&house, &who, ADA, PASSWORD).await.unwrap();
    let token = house.token().await;
    house.clock.advance(Duration::from_secs(60 * 60));
    assert!(matches!(confirm(&house, &who, &token).await, Err(AccountError::Stale)), "too old");
}

async fn an_address_that_has_an_account_is_told_by_mail_only(house: House) {
    let who = ada(&house).await;
    house.engine.create_user(&crate::house::ACTOR, house.new_user("eve@example.com")).await.unwrap();
    ask(&house, &who, "EVE@example.com", PASSWORD).await.unwrap();
    let mails = sent(&house).await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "eve@example.com"));
    assert!(!mails[0].text.expose().contains("https://"), "{}", mails[0].text.expose());
}

async fn an_address_that_was_taken_meanwhile_stays_with_its_owner(house: House) {
    let who = ada(&house).await;
    ask(&house, &who, NEW, PASSWORD).await.unwrap();
    let token = house.token().await;
    house.engine.create_user(&crate::house::ACTOR, house.new_user(NEW)).await.unwrap();
    let refused = confirm(&house, &who, &token).await;
    assert!(matches!(refused, Err(AccountError::AddressTaken)), "{refused:?}");
    assert_eq!(house.engine.find_user(who.account().id).await.unwrap().email, email(ADA));
    assert!(sent(&house).await.is_empty(), "nothing happened, so nothing is told");
}

async fn of_two_links_the_one_that_is_followed_kills_the_other(house: House) {
    let who = ada(&house).await;
    ask(&house, &who, "other@example.org", PASSWORD).await.unwrap();
    let other = house.token().await;
    ask(&house, &who, NEW, PASSWORD).await.unwrap();
    confirm(&house, &who, &house.token().await).await.unwrap();
    assert!(matches!(confirm(&house, &who, &other).await, Err(AccountError::Stale)));
}

async fn links_to_the_old_address_die_with_it(house: House) {
    let who = ada(&house).await;
    let caller = house.auth_caller();
    house.engine.request_reset(&caller, &email(ADA), &who.session().origin).await.unwrap();
    let reset = house.token().await;
    ask(&house, &who, NEW, PASSWORD).await.unwrap();
    confirm(&house, &who, &house.token().await).await.unwrap();
    let refused =
        house.engine.reset_password(&caller, &reset, crate::people::chosen(crate::people::OTHER)).await;
    assert!(matches!(refused, Err(AccountError::Stale)), "whoever reads the old mail has no way in");
}

async fn no_number_of_letters_is_sent_and_none_of_them_hides_the_notice(house: House) {
    let who = ada(&house).await;
    let mut mails = Vec::new();
    for number in 0..8 {
        ask(&house, &who, &format!("ada{number}@example.org"), PASSWORD).await.unwrap();
        mails.extend(sent(&house).await);
    }
    assert_eq!(mails.len(), 5);
    let text = mails[4].text.expose();
    let token = text.split_once("?token=").unwrap().1.lines().next().unwrap();
    confirm(&house, &who, token).await.unwrap();
    assert_eq!(sent(&house).await.first().map(|mail| mail.to.to_string()).as_deref(), Some(ADA));
}
