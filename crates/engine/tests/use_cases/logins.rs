//! Logins by client and by password, and sessions as credentials: the promises that keys keep hold for them, too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Account, Client, ClientAuthentication, ClientMetadata, Environment, Facts, GrantType, Outcome, Policy,
    Principal, Reuse, ScopeSet, SessionToken, Terms, Timestamp, TokenPolicy,
};
use claviger_engine::{Bought, Caller, ExchangeError, IssuedSession, NewClient, Proof, UserPatch, Wish};
use claviger_testkit::FakeClock;

use crate::client_tokens::metadata;
use crate::house::{ACTOR, House, postgres};
use crate::people::{ADA, OTHER, PASSWORD, chosen};
use crate::tokens::{HOUR, reused, with_tokens};

/// Keys, clients and users all log in, and users hold sessions of a day.
pub(crate) fn with_all() -> Policy {
    let session = SessionToken { cookie: "s".to_owned(), lifetime: 24 * HOUR, sliding: false };
    Policy {
        tokens: TokenPolicy {
            takes_passwords: true,
            grant_types: vec![GrantType::ClientCredentials, GrantType::TokenExchange],
            client_authentication: vec![ClientAuthentication::SecretPost],
            session: Some(session),
            ..TokenPolicy::default()
        },
        ..with_tokens()
    }
}

impl House {
    async fn of_all(url: &str) -> Self {
        Self::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), with_all()).await
    }

    pub(crate) async fn robot(&self) -> (Client, String) {
        let new = NewClient {
            api: self.api.id,
            workspace: self.workspace.id,
            environment: Environment::Live,
            metadata: ClientMetadata {
                authentication: ClientAuthentication::SecretPost,
                grant_types: vec![GrantType::ClientCredentials],
                ..metadata()
            },
        };
        let made = self.engine.create_client(&ACTOR, new, None).await.unwrap();
        (made.client, made.secret.unwrap().expose().to_owned())
    }

    pub(crate) async fn worker(&self, address: &str) -> Account {
        let mut new = self.new_user(address);
        new.workspace = Some(self.workspace.id);
        self.engine.create_user(&ACTOR, new).await.unwrap()
    }

    pub(crate) async fn buy(
        &self,
        proof: Proof<'_>,
        session: Option<&str>,
        terms: &Terms,
    ) -> Result<Bought, ExchangeError> {
        let wish = Wish { session: session.map(|name| name.parse().unwrap()), scopes: None };
        self.engine.log_in(&self.caller(), proof, &wish, terms).await
    }

    async fn holder(&self, bought: &Bought) -> Arc<Principal> {
        let decision = self.ask(bought.access.expose(), &Facts::none()).await;
        let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
        principal
    }

    async fn code_of(&self, issued: &IssuedSession) -> &'static str {
        self.code(&issued.cookie).await
    }
}

fn texts(all: &[&Bought]) -> BTreeSet<String> {
    all.iter().map(|bought| bought.access.expose().to_owned()).collect()
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::House::of_all("sqlite::memory:").await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::House::of_all(&super::postgres()).await).await; })*
        }
    };
}

on_both! {
    a_client_and_a_user_get_the_same_token_for_the_same_session
    a_hundred_logins_of_a_client_at_once_get_one_token
    their_sessions_are_listed_ended_and_limited_like_those_of_a_key
    a_login_that_fails_says_nothing
    guesses_at_a_client_are_slowed_and_its_owner_is_not
    tokens_end_with_their_client_and_their_user
    a_session_is_a_credential_until_it_ends
    a_session_lasts_as_long_as_it_is_used_where_its_api_says_so
    a_session_without_a_workspace_opens_nothing_until_it_has_one
}

async fn a_client_and_a_user_get_the_same_token_for_the_same_session(house: House) {
    let (client, secret) = house.robot().await;
    house.worker(ADA).await;
    let id = client.id.to_string();
    for proof in [Proof::Client { id: &id, secret: &secret }, Proof::User { name: ADA, password: PASSWORD }] {
        let first = house.buy(proof, Some("a"), &reused()).await.unwrap();
        house.clock.advance(HOUR);
        let again = house.buy(proof, Some("a"), &reused()).await.unwrap();
        assert_eq!(texts(&[&first, &again]).len(), 1);
        assert_eq!(again.expires_at, first.expires_at, "what is left grows shorter");
        let named = house.buy(proof, Some("b"), &reused()).await.unwrap();
        let none = house.buy(proof, None, &reused()).await.unwrap();
        assert_eq!(texts(&[&first, &named, &none]).len(), 3);
        let never = Terms { reuse: Reuse::Never, ..reused() };
        let one = house.buy(proof, None, &never).await.unwrap();
        assert_eq!(texts(&[&none, &one, &house.buy(proof, None, &never).await.unwrap()]).len(), 3);
        house.clock.set(first.expires_at);
        assert_eq!(house.code(&first.access).await, "EXPIRED");
        let fresh = house.buy(proof, Some("a"), &reused()).await.unwrap();
        assert_eq!(texts(&[&first, &fresh]).len(), 2);
        assert_eq!(house.code(&fresh.access).await, "VALID");
    }
    let user = house.buy(Proof::User { name: ADA, password: PASSWORD }, None, &reused()).await.unwrap();
    let scopes = &house.holder(&user).await.scopes;
    assert_eq!(scopes.to_string(), "read write", "everything but the master scope");
}

async fn a_hundred_logins_of_a_client_at_once_get_one_token(house: House) {
    let (client, secret) = house.robot().await;
    let shared = Arc::new((house, client.id.to_string(), secret));
    let logins = (0..100).map(|_| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let (house, id, secret) = &*shared;
            let bought = house.buy(Proof::Client { id, secret }, Some("s"), &reused()).await.unwrap();
            bought.access.expose().to_owned()
        })
    });
    let mut tokens = BTreeSet::new();
    for login in logins.collect::<Vec<_>>() {
        tokens.insert(login.await.unwrap());
    }
    assert_eq!(tokens.len(), 1);
}

async fn their_sessions_are_listed_ended_and_limited_like_those_of_a_key(house: House) {
    let (client, secret) = house.robot().await;
    house.worker(ADA).await;
    let id = client.id.to_string();
    let proofs = [Proof::Client { id: &id, secret: &secret }, Proof::User { name: ADA, password: PASSWORD }];
    let mut foreign: Option<Bought> = None;
    for proof in proofs {
        let one = house.buy(proof, Some("one"), &reused()).await.unwrap();
        house.clock.advance(Duration::from_secs(1));
        let two = house.buy(proof, Some("two"), &reused()).await.unwrap();
        house.buy(proof, Some("three"), &reused()).await.unwrap();
        let full = house.buy(proof, Some("four"), &reused()).await;
        assert!(matches!(full, Err(ExchangeError::TooManySessions { max: 3 })));
        let caller = house.holder(&two).await;
        assert_eq!(house.engine.list_named_sessions(&caller).await.unwrap().len(), 3);
        house.engine.end_named_session(&caller, &"one".parse().unwrap()).await.unwrap();
        assert_eq!(house.code(&one.access).await, "REVOKED");
        house.engine.log_out(&house.caller(), two.access.expose()).await.unwrap();
        assert_eq!(house.code(&two.access).await, "REVOKED");
        let fresh = house.buy(proof, Some("one"), &reused()).await.unwrap();
        assert_eq!(texts(&[&one, &fresh]).len(), 2, "an ended session starts anew");
        if let Some(foreign) = &foreign {
            assert_eq!(
                house.code(&foreign.access).await,
                "VALID",
                "the same name elsewhere is another session"
            );
        }
        foreign = Some(fresh);
    }
}

async fn a_login_that_fails_says_nothing(house: House) {
    let (client, secret) = house.robot().await;
    house.worker(ADA).await;
    house.engine.create_user(&ACTOR, house.new_user("idle@example.com")).await.unwrap();
    let id = client.id.to_string();
    let (_, key) = house.key().await;
    for proof in [
        Proof::Client { id: &id, secret: "wrong" },
        Proof::Client { id: &id, secret: key.expose() },
        Proof::Client { id: "cli_nobody", secret: &secret },
        Proof::Client { id: key.expose(), secret: &secret },
        Proof::User { name: ADA, password: OTHER },
        Proof::User { name: "nobody@example.com", password: PASSWORD },
        Proof::User { name: "no address", password: PASSWORD },
        // For whom there would be nothing to do.
        Proof::User { name: "idle@example.com", password: PASSWORD },
    ] {
        let refused = house.buy(proof, None, &reused()).await;
        assert!(matches!(refused, Err(ExchangeError::Refused(_))), "{proof:?} {refused:?}");
    }
    let wish = Wish { session: None, scopes: Some(ScopeSet::parse_spaced("admin").unwrap()) };
    for proof in [Proof::Client { id: &id, secret: &secret }, Proof::User { name: ADA, password: PASSWORD }] {
        let refused = house.engine.log_in(&house.caller(), proof, &wish, &reused()).await;
        assert!(matches!(refused, Err(ExchangeError::Scope(_))), "{refused:?}");
    }
}

async fn guesses_at_a_client_are_slowed_and_its_owner_is_not(house: House) {
    let (client, secret) = house.robot().await;
    let id = client.id.to_string();
    let from = |last: u16| {
        let mut caller = house.caller();
        caller.address = format!("198.51.100.{}", last % 250).parse().unwrap();
        caller
    };
    let mut slowed = false;
    for guess in 0..200 {
        let proof = Proof::Client { id: &id, secret: "guess" };
        let refused = house.engine.log_in(&from(guess), proof, &Wish::default(), &reused()).await;
        slowed |= matches!(refused, Err(ExchangeError::TooMany { .. }));
    }
    assert!(slowed, "wherever they come from");
    house.buy(Proof::Client { id: &id, secret: &secret }, None, &reused()).await.unwrap();
}

#[tokio::test]
async fn guesses_at_a_password_never_lock_out_an_owner_who_logged_in_from_there() {
    let house = House::of_all("sqlite::memory:").await;
    house.worker(ADA).await;
    let proof = Proof::User { name: ADA, password: PASSWORD };
    house.buy(proof, None, &reused()).await.unwrap();
    let mut slowed = false;
    for guess in 0..110 {
        let caller = Caller { address: [198, 51, 100, guess].into(), ..house.caller() };
        let proof = Proof::User { name: ADA, password: OTHER };
        let refused = house.engine.log_in(&caller, proof, &Wish::default(), &reused()).await;
        slowed |= matches!(refused, Err(ExchangeError::TooMany { .. }));
    }
    assert!(slowed, "wherever they come from");
    house.buy(proof, Some("a"), &reused()).await.unwrap();
    let elsewhere = Caller { address: [203, 0, 113, 9].into(), ..house.caller() };
    let unknown = house.engine.log_in(&elsewhere, proof, &Wish::default(), &reused()).await;
    assert!(
        matches!(unknown, Err(ExchangeError::TooMany { .. })),
        "who comes from elsewhere waits: {unknown:?}"
    );
}

async fn tokens_end_with_their_client_and_their_user(house: House) {
    let (client, secret) = house.robot().await;
    let ada = house.worker(ADA).await;
    let id = client.id.to_string();
    let (of_client, of_user) =
        (Proof::Client { id: &id, secret: &secret }, Proof::User { name: ADA, password: PASSWORD });
    let bought = house.buy(of_client, None, &reused()).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.engine.switch_client(&ACTOR, client.id, false).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "DISABLED");
    assert!(matches!(house.buy(of_client, None, &reused()).await, Err(ExchangeError::Refused(_))));
    house.engine.switch_client(&ACTOR, client.id, true).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    let bought = house.buy(of_user, None, &reused()).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.engine.end_user_sessions(&ACTOR, ada.id).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "REVOKED", "signed out everywhere");
    let bought = house.buy(of_user, None, &reused()).await.unwrap();
    let patch = UserPatch { password: Some(chosen(OTHER)), ..UserPatch::default() };
    house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "REVOKED", "with the password");
    assert!(matches!(house.buy(of_user, None, &reused()).await, Err(ExchangeError::Refused(_))));
    let bought = house.buy(Proof::User { name: ADA, password: OTHER }, None, &reused()).await.unwrap();
    house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "DISABLED");
    let suspended = house.buy(Proof::User { name: ADA, password: OTHER }, None, &reused()).await;
    assert!(matches!(suspended, Err(ExchangeError::Refused(_))));
}

async fn a_session_is_a_credential_until_it_ends(house: House) {
    let ada = house.worker(ADA).await;
    let [one, two, three] =
        [house.sign_in(PASSWORD).await, house.sign_in(PASSWORD).await, house.sign_in(PASSWORD).await];
    let decision = house.ask(one.cookie.expose(), &Facts::none()).await;
    let Outcome::Allow(principal) = &decision.outcome else { panic!("{decision:?}") };
    assert_eq!((principal.kind.as_str(), principal.workspace), ("session", house.workspace.id));
    assert_eq!(&*principal.credential, one.session.id.to_string());
    assert_eq!(principal.subject.as_deref(), Some(ada.id.to_string().as_str()));
    assert_eq!(principal.scopes.to_string(), "read write");
    let who = house.recognize(&one).await.unwrap();
    house.engine.end_session(&who, two.session.id).await.unwrap();
    assert_eq!(house.code_of(&two).await, "REVOKED");
    house.engine.end_other_sessions(&who).await.unwrap();
    assert_eq!((house.code_of(&one).await, house.code_of(&three).await), ("VALID", "REVOKED"));
    house.engine.end_user_sessions(&ACTOR, ada.id).await.unwrap();
    assert_eq!(house.code_of(&one).await, "REVOKED");
    let last = house.sign_in(PASSWORD).await;
    assert_eq!(house.code_of(&last).await, "VALID");
    house.clock.advance(12 * HOUR);
    assert_eq!(house.code_of(&last).await, "VALID");
    house.clock.advance(12 * HOUR);
    assert_eq!(house.code_of(&last).await, "EXPIRED", "at the very instant, however much it was used");
}

async fn a_session_lasts_as_long_as_it_is_used_where_its_api_says_so(house: House) {
    house.worker(ADA).await;
    let mut policy = with_all();
    policy.tokens.session.as_mut().unwrap().sliding = true;
    house.engine.install_policy(Arc::new(policy)).await.unwrap();
    let used = house.sign_in(PASSWORD).await;
    let left = house.sign_in(PASSWORD).await;
    for _ in 0..5 {
        house.clock.advance(20 * HOUR);
        assert_eq!(house.code_of(&used).await, "VALID");
    }
    assert_eq!(house.code_of(&left).await, "EXPIRED");
}

async fn a_session_without_a_workspace_opens_nothing_until_it_has_one(house: House) {
    let ada = house.ada().await;
    let session = house.sign_in(PASSWORD).await;
    assert_eq!(house.code_of(&session).await, "UNKNOWN");
    let patch = UserPatch { workspace: Some(Some(house.workspace.id)), ..UserPatch::default() };
    house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    assert_eq!(house.code_of(&session).await, "VALID");
}
