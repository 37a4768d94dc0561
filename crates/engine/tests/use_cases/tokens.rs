//! Tokens bought with a key: reuse, sessions, rotation, ends.

use std::collections::BTreeSet;
use std::time::Duration;

use claviger_domain::{
    AccessToken, Algorithm, Environment, KeyKind, Outcome, Policy, Principal, RefreshToken, Reuse, ScopeSet,
    Terms, Timestamp, TokenShape,
};
use claviger_engine::{Bought, Caller, ExchangeError, KeyProof, Wait, Wish};
use claviger_testkit::FakeClock;

use crate::house::{ACTOR, House, facts_needing, policy, postgres};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) fn jwt() -> TokenShape {
    TokenShape::Jwt { algorithm: Algorithm::Hs256, claims: Vec::new() }
}

/// Two hours, the same for the same session, as brifle has it.
pub(crate) fn reused() -> Terms {
    Terms {
        access: AccessToken { shape: jwt(), lifetime: 2 * HOUR },
        refresh: None,
        reuse: Reuse::Session,
        max_sessions: Some(3),
    }
}

/// A day, with a refresh token for a month, as redox has it.
pub(crate) fn rotated() -> Terms {
    let shape = TokenShape::Uuid;
    Terms {
        access: AccessToken { shape: shape.clone(), lifetime: 24 * HOUR },
        refresh: Some(RefreshToken { shape, lifetime: Some(30 * 24 * HOUR), idle: None }),
        reuse: Reuse::Never,
        ..reused()
    }
}

pub(crate) fn with_tokens() -> Policy {
    let opaque = TokenShape::Opaque { prefix: "tok_".to_owned() };
    Policy { access_tokens: vec![jwt(), TokenShape::Uuid, opaque], ..policy() }
}

impl House {
    pub(crate) async fn selling(url: &str) -> Self {
        Self::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), with_tokens()).await
    }

    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller {
            issuer: "https://sample.example",
            api: self.api.id,
            policy: &self.policy,
            environment: None,
            address: "192.0.2.1".parse().unwrap(),
            user_agent: None,
        }
    }

    pub(crate) async fn log_in(&self, key: &str, session: Option<&str>) -> Result<Bought, ExchangeError> {
        let wish = Wish { session: session.map(|name| name.parse().unwrap()), scopes: None };
        let proof = KeyProof { key, secret: None };
        self.engine.log_in(&self.caller(), proof, &wish, &reused()).await
    }

    async fn authenticate(&self, key: &str, secret: &str) -> Result<Bought, ExchangeError> {
        let proof = KeyProof { key, secret: Some(secret) };
        self.engine.log_in(&self.caller(), proof, &Wish::default(), &rotated()).await
    }

    async fn refresh(&self, key: &str, bought: &Bought) -> Result<Bought, ExchangeError> {
        let token = bought.refresh_text().unwrap();
        self.engine.refresh(&self.caller(), key, token, &rotated()).await
    }

    /// A pair with its secret.
    async fn pair(&self) -> (claviger_domain::Key, String, String) {
        let pair = self.issue(|new| new.kind = KeyKind::Pair).await.unwrap();
        let secret = self.engine.replace_secret(&ACTOR, pair.key.id).await.unwrap().secret;
        (pair.key, pair.text.expose().to_owned(), secret.expose().to_owned())
    }

    async fn principal(&self, bought: &Bought) -> Principal {
        let decision = self.ask(bought.access.expose(), &claviger_domain::Facts::none()).await;
        let Outcome::Allow(principal) = decision.outcome else { panic!("{decision:?}") };
        Principal::clone(&principal)
    }
}

fn pair_of(bought: &Bought) -> (String, Option<String>) {
    (bought.access.expose().to_owned(), bought.refresh_text().map(str::to_owned))
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::House::selling("sqlite::memory:").await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::House::selling(&super::postgres()).await).await; })*
        }
    };
}

on_both! {
    the_same_session_gets_the_same_token_while_it_is_valid
    a_hundred_logins_at_once_get_one_token
    a_token_may_do_what_was_asked_for_and_its_key_may
    a_token_dies_with_its_key
    sessions_are_listed_and_ended_one_by_one
    a_key_holds_only_so_many_sessions
    logging_out_ends_the_token_and_a_strangers_text_nothing
    a_lost_refresh_is_answered_again_until_the_new_pair_is_used
    refreshing_with_the_new_token_is_a_use_of_it
    refreshes_at_once_get_one_pair
    a_refresh_works_after_the_access_token_has_ended
    a_new_secret_ends_the_tokens_bought_with_the_old_one
    a_login_that_races_a_new_secret_leaves_no_working_token
    a_refused_login_says_nothing_and_sells_nothing
    tokens_are_forgotten_some_days_after_their_end
}

async fn the_same_session_gets_the_same_token_while_it_is_valid(house: House) {
    let (_, key) = house.key().await;
    let first = house.log_in(key.expose(), None).await.unwrap();
    assert_eq!(first.expires_at, house.clock_now().plus(2 * HOUR));
    house.clock.advance(HOUR);
    let again = house.log_in(key.expose(), None).await.unwrap();
    assert_eq!(pair_of(&again), pair_of(&first));
    assert_eq!(again.expires_at, first.expires_at, "what is left grows shorter");
    let named = house.log_in(key.expose(), Some("a")).await.unwrap();
    let other = house.log_in(key.expose(), Some("b")).await.unwrap();
    let all: BTreeSet<_> = [&first, &named, &other].map(pair_of).into();
    assert_eq!(all.len(), 3);
    assert_eq!(house.code(&first.access).await, "VALID");
    house.clock.set(first.expires_at);
    assert_eq!(house.code(&first.access).await, "EXPIRED", "at the very instant");
    assert_eq!(house.code(&named.access).await, "VALID");
    let fresh = house.log_in(key.expose(), None).await.unwrap();
    assert_ne!(pair_of(&fresh), pair_of(&first));
    assert_eq!(house.code(&fresh.access).await, "VALID");
}

async fn a_hundred_logins_at_once_get_one_token(house: House) {
    let (_, key) = house.key().await;
    let house = std::sync::Arc::new(house);
    let logins = (0..100).map(|_| {
        let (house, key) = (std::sync::Arc::clone(&house), key.clone());
        tokio::spawn(async move { pair_of(&house.log_in(key.expose(), Some("s")).await.unwrap()) })
    });
    let mut tokens = BTreeSet::new();
    for login in logins.collect::<Vec<_>>() {
        tokens.insert(login.await.unwrap());
    }
    assert_eq!(tokens.len(), 1);
}

async fn a_token_may_do_what_was_asked_for_and_its_key_may(house: House) {
    let key = house.issue(|new| new.scopes = ScopeSet::parse_spaced("write").unwrap()).await.unwrap();
    let ask = |scopes: &'static str| {
        let house = &house;
        let key = &key.text;
        async move {
            let wish = Wish { session: None, scopes: Some(ScopeSet::parse_spaced(scopes).unwrap()) };
            let proof = KeyProof { key: key.expose(), secret: None };
            house.engine.log_in(&house.caller(), proof, &wish, &reused()).await
        }
    };
    let reading = ask("read").await.unwrap();
    let text = reading.access.expose();
    assert_eq!(house.ask(text, &facts_needing("read")).await.code(), "VALID");
    assert_eq!(house.ask(text, &facts_needing("write")).await.code(), "INSUFFICIENT_SCOPE");
    assert_ne!(pair_of(&ask("write").await.unwrap()), pair_of(&reading), "another scope set, another token");
    assert!(matches!(ask("admin").await, Err(ExchangeError::Scope(scope)) if scope.as_str() == "admin"));
    assert!(matches!(ask("nonsense").await, Err(ExchangeError::Scope(_))));
}

async fn a_token_dies_with_its_key(house: House) {
    let (key, text) = house.key().await;
    let bought = house.log_in(text.expose(), None).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "DISABLED");
    house.engine.enable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "DISABLED");
    house.engine.resume_workspace(&ACTOR, house.workspace.id).await.unwrap();
    let rotated = house.engine.rotate_key(&ACTOR, key.id, HOUR).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.clock.advance(HOUR);
    assert_eq!(house.code(&bought.access).await, "EXPIRED", "with the text of the key it was bought with");
    let bought = house.log_in(rotated.text.expose(), None).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "REVOKED");
    assert!(matches!(house.log_in(rotated.text.expose(), None).await, Err(ExchangeError::Refused(_))));
}

async fn sessions_are_listed_and_ended_one_by_one(house: House) {
    let (_, key) = house.key().await;
    let (_, other) = house.key().await;
    let one = house.log_in(key.expose(), Some("one")).await.unwrap();
    house.clock.advance(Duration::from_secs(1));
    let two = house.log_in(key.expose(), Some("two")).await.unwrap();
    house.log_in(key.expose(), None).await.unwrap();
    let foreign = house.log_in(other.expose(), Some("one")).await.unwrap();
    let caller = house.principal(&two).await;
    let listed = house.engine.list_named_sessions(&caller).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.name.expose()).collect::<Vec<_>>(), ["two", "one"]);
    assert_eq!(listed[1].expires_at, Some(one.expires_at));
    house.engine.end_named_session(&caller, &"one".parse().unwrap()).await.unwrap();
    assert_eq!(house.code(&one.access).await, "REVOKED");
    assert_eq!(house.code(&two.access).await, "VALID");
    assert_eq!(
        house.code(&foreign.access).await,
        "VALID",
        "the same name under another key is another session"
    );
    let gone = house.engine.end_named_session(&caller, &"one".parse().unwrap()).await;
    assert!(matches!(gone, Err(ExchangeError::UnknownSession)));
    let fresh = house.log_in(key.expose(), Some("one")).await.unwrap();
    assert_ne!(pair_of(&fresh), pair_of(&one), "an ended session starts anew");
}

async fn a_key_holds_only_so_many_sessions(house: House) {
    let (_, key) = house.key().await;
    for session in ["a", "b", "c", "a"] {
        house.log_in(key.expose(), Some(session)).await.unwrap();
    }
    let refused = house.log_in(key.expose(), Some("d")).await;
    assert!(matches!(refused, Err(ExchangeError::TooManySessions { max: 3 })), "{refused:?}");
    house.clock.advance(2 * HOUR);
    house.log_in(key.expose(), Some("d")).await.unwrap();
}

async fn logging_out_ends_the_token_and_a_strangers_text_nothing(house: House) {
    let (_, key) = house.key().await;
    let one = house.log_in(key.expose(), Some("one")).await.unwrap();
    let two = house.log_in(key.expose(), Some("two")).await.unwrap();
    assert_eq!(house.code(&one.access).await, "VALID");
    for nobodys in ["", "nonsense", key.expose()] {
        house.engine.log_out(&house.caller(), nobodys).await.unwrap();
    }
    assert_eq!(house.code(&one.access).await, "VALID");
    house.engine.log_out(&house.caller(), one.access.expose()).await.unwrap();
    house.engine.log_out(&house.caller(), one.access.expose()).await.unwrap();
    assert_eq!(house.code(&one.access).await, "REVOKED");
    assert_eq!(house.code(&two.access).await, "VALID");
}

async fn a_lost_refresh_is_answered_again_until_the_new_pair_is_used(house: House) {
    let (_, key, secret) = house.pair().await;
    let first = house.authenticate(&key, &secret).await.unwrap();
    assert_eq!(house.code(&first.access).await, "VALID");
    let second = house.refresh(&key, &first).await.unwrap();
    assert_ne!(pair_of(&second), pair_of(&first));
    house.clock.advance(Duration::from_secs(5));
    let again = house.refresh(&key, &first).await.unwrap();
    assert_eq!(pair_of(&again), pair_of(&second));
    assert_eq!(again.expires_at, second.expires_at);
    assert_eq!(house.code(&first.access).await, "VALID", "the new pair has not been used");
    assert_eq!(house.code(&second.access).await, "VALID");
    assert_eq!(house.code(&first.access).await, "REVOKED");
    let spent = house.refresh(&key, &first).await;
    assert!(matches!(spent, Err(ExchangeError::RefreshRefused(_))), "{spent:?}");
    assert_eq!(house.code(&second.access).await, "VALID");
    house.refresh(&key, &second).await.unwrap();
}

async fn refreshing_with_the_new_token_is_a_use_of_it(house: House) {
    let (_, key, secret) = house.pair().await;
    let first = house.authenticate(&key, &secret).await.unwrap();
    let second = house.refresh(&key, &first).await.unwrap();
    let third = house.refresh(&key, &second).await.unwrap();
    assert_eq!(house.code(&first.access).await, "REVOKED");
    assert!(house.refresh(&key, &first).await.is_err());
    assert_eq!(pair_of(&house.refresh(&key, &second).await.unwrap()), pair_of(&third));
    assert_eq!(house.code(&second.access).await, "VALID");
    assert_eq!(house.code(&third.access).await, "VALID");
    assert_eq!(house.code(&second.access).await, "REVOKED");
}

async fn refreshes_at_once_get_one_pair(house: House) {
    let (_, key, secret) = house.pair().await;
    let first = house.authenticate(&key, &secret).await.unwrap();
    let (house, first) = (std::sync::Arc::new(house), std::sync::Arc::new(first));
    let refreshes = (0..20).map(|_| {
        let (house, first, key) = (std::sync::Arc::clone(&house), std::sync::Arc::clone(&first), key.clone());
        tokio::spawn(async move { pair_of(&house.refresh(&key, &first).await.unwrap()) })
    });
    let mut pairs = BTreeSet::new();
    for refresh in refreshes.collect::<Vec<_>>() {
        pairs.insert(refresh.await.unwrap());
    }
    assert_eq!(pairs.len(), 1);
}

async fn a_refresh_works_after_the_access_token_has_ended(house: House) {
    let (_, key, secret) = house.pair().await;
    let (_, stranger, _) = house.pair().await;
    let first = house.authenticate(&key, &secret).await.unwrap();
    house.clock.advance(25 * HOUR);
    assert_eq!(house.code(&first.access).await, "EXPIRED");
    assert!(house.refresh(&stranger, &first).await.is_err(), "a refresh token goes with its own key only");
    let second = house.refresh(&key, &first).await.unwrap();
    // The answer was lost for so long that the new access token has ended too, unused.
    house.clock.advance(25 * HOUR);
    let third = house.refresh(&key, &first).await.unwrap();
    assert_ne!(pair_of(&third), pair_of(&second));
    assert_eq!(house.code(&third.access).await, "VALID");
    house.clock.advance(30 * 24 * HOUR);
    assert!(matches!(house.refresh(&key, &third).await, Err(ExchangeError::RefreshRefused(_))));
}

async fn a_new_secret_ends_the_tokens_bought_with_the_old_one(house: House) {
    let (pair, key, secret) = house.pair().await;
    let bought = house.authenticate(&key, &secret).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
    let fresh = house.engine.replace_secret(&ACTOR, pair.id).await.unwrap().secret;
    assert_eq!(house.code(&bought.access).await, "REVOKED");
    assert!(house.refresh(&key, &bought).await.is_err());
    assert!(house.authenticate(&key, &secret).await.is_err());
    let bought = house.authenticate(&key, fresh.expose()).await.unwrap();
    assert_eq!(house.code(&bought.access).await, "VALID");
}

async fn a_login_that_races_a_new_secret_leaves_no_working_token(house: House) {
    let (pair, key, secret) = house.pair().await;
    let house = std::sync::Arc::new(house);
    let logins = (0..30).map(|_| {
        let (house, key, secret) = (std::sync::Arc::clone(&house), key.clone(), secret.clone());
        tokio::spawn(async move { house.authenticate(&key, &secret).await.ok() })
    });
    let logins: Vec<_> = logins.collect();
    house.engine.replace_secret(&ACTOR, pair.id).await.unwrap();
    for login in logins {
        if let Some(bought) = login.await.unwrap() {
            assert_eq!(house.code(&bought.access).await, "REVOKED");
        }
    }
}

async fn tokens_are_forgotten_some_days_after_their_end(house: House) {
    let (_, key) = house.key().await;
    let bought = house.log_in(key.expose(), Some("s")).await.unwrap();
    house.clock.advance(24 * HOUR);
    house.engine.clean_up().await.unwrap();
    assert_eq!(house.code(&bought.access).await, "EXPIRED");
    house.clock.advance(7 * 24 * HOUR);
    house.engine.clean_up().await.unwrap();
    assert_eq!(house.code(&bought.access).await, "UNKNOWN");
}

async fn a_refused_login_says_nothing_and_sells_nothing(house: House) {
    let (pair, key, secret) = house.pair().await;
    let (single, alone) = house.key().await;
    let tries = [
        ("nonsense", None),
        ("", None),
        (&*key, None),
        (&*key, Some("wrong")),
        (&*key, Some("")),
        (alone.expose(), Some("it has none")),
        ("sk_live_unknown", Some(&*secret)),
    ];
    for (key, secret) in tries {
        let proof = KeyProof { key, secret };
        let refused = house.engine.log_in(&house.caller(), proof, &Wish::default(), &rotated()).await;
        assert!(matches!(refused, Err(ExchangeError::Refused(_))), "{refused:?}");
    }
    let other = Caller { environment: Some(Environment::Test), ..house.caller() };
    let proof = KeyProof { key: alone.expose(), secret: None };
    assert!(house.engine.log_in(&other, proof, &Wish::default(), &reused()).await.is_err());
    // A single key with a secret works alone, and with that secret only.
    let own = house.engine.replace_secret(&ACTOR, single.id).await.unwrap().secret;
    assert!(house.log_in(alone.expose(), None).await.is_ok());
    assert!(house.authenticate(alone.expose(), own.expose()).await.is_ok());
    assert!(house.authenticate(alone.expose(), &secret).await.is_err());
    house.engine.revoke_key(&ACTOR, pair.id, Wait::No).await.unwrap();
    assert!(house.authenticate(&key, &secret).await.is_err());
}

#[tokio::test]
async fn guesses_are_slowed_by_address_and_the_owner_gets_in_from_elsewhere() {
    let house = House::selling("sqlite::memory:").await;
    let (_, key, secret) = house.pair().await;
    for _ in 0..60 {
        assert!(matches!(house.authenticate(&key, "wrong").await, Err(ExchangeError::Refused(_))));
    }
    let slowed = house.authenticate(&key, &secret).await;
    assert!(matches!(slowed, Err(ExchangeError::TooMany { .. })), "even if the guess were right: {slowed:?}");
    let elsewhere = Caller { address: "198.51.100.7".parse().unwrap(), ..house.caller() };
    let proof = KeyProof { key: &key, secret: Some(&secret) };
    house.engine.log_in(&elsewhere, proof, &Wish::default(), &rotated()).await.unwrap();
    house.clock.advance(Duration::from_secs(60));
    house.authenticate(&key, &secret).await.unwrap();
}

#[tokio::test]
async fn guesses_at_one_key_are_slowed_from_everywhere_and_its_owner_gets_in() {
    let house = House::selling("sqlite::memory:").await;
    let (_, key, secret) = house.pair().await;
    let from = |network: u8, host: u8| Caller { address: [192, 0, network, host].into(), ..house.caller() };
    let log_in = async |caller: Caller<'_>, secret: &str| {
        let proof = KeyProof { key: &key, secret: Some(secret) };
        house.engine.log_in(&caller, proof, &Wish::default(), &rotated()).await
    };
    for host in 0..60 {
        let refused = log_in(from(2, host), "wrong").await;
        assert!(matches!(refused, Err(ExchangeError::Refused(_))), "{refused:?}");
    }
    let slowed = log_in(from(3, 1), "wrong").await;
    assert!(matches!(slowed, Err(ExchangeError::TooMany { .. })), "{slowed:?}");
    log_in(from(3, 2), &secret).await.unwrap();
}

#[tokio::test]
async fn guesses_all_over_a_workspace_are_slowed_and_its_owners_get_in() {
    let house = House::selling("sqlite::memory:").await;
    let mut pairs = Vec::new();
    for _ in 0..12 {
        pairs.push(house.pair().await);
    }
    let log_in = async |at: usize, guess: u8, secret: &str| {
        let (network, host) = (u8::try_from(at).unwrap(), guess);
        let caller = Caller { address: [198, 18, network, host].into(), ..house.caller() };
        let proof = KeyProof { key: &pairs[at].1, secret: Some(secret) };
        house.engine.log_in(&caller, proof, &Wish::default(), &rotated()).await
    };
    // As many as ten of its keys together may fail, each below its own limit and each from elsewhere.
    for guess in 0..50 {
        for at in 0..12 {
            let refused = log_in(at, guess, "wrong").await;
            assert!(matches!(refused, Err(ExchangeError::Refused(_))), "{at} {guess}: {refused:?}");
        }
    }
    let slowed = log_in(3, 200, "wrong").await;
    assert!(matches!(slowed, Err(ExchangeError::TooMany { .. })), "{slowed:?}");
    for (at, (_, _, secret)) in pairs.iter().enumerate() {
        log_in(at, 201, secret).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_gets_the_same_token_again_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let house = House::selling(&format!("sqlite:{}", path.display())).await;
    let (_, key) = house.key().await;
    let first = house.log_in(key.expose(), Some("s")).await.unwrap();
    // SQLite appends to its log whatever it writes, even if that changes no row.
    let written = || ["db", "db-wal"].map(|name| std::fs::read(folder.path().join(name)).unwrap());
    let before = written();
    for _ in 0..20 {
        let again = house.log_in(key.expose(), Some("s")).await.unwrap();
        assert_eq!(pair_of(&again), pair_of(&first));
    }
    assert!(written() == before, "nothing was written");
    house.log_in(key.expose(), Some("another")).await.unwrap();
    assert!(written() != before, "a new one is");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_api_only_and_its_form_is_looked_at_first() {
    let house = House::selling("sqlite::memory:").await;
    let (_, key) = house.key().await;
    let bought = house.log_in(key.expose(), None).await.unwrap();
    let mut altered = bought.access.expose().to_owned();
    altered.pop();
    assert_eq!(house.ask(&altered, &claviger_domain::Facts::none()).await.code(), "MALFORMED");
    let made_up = "0f7d0b52-1111-4222-8333-444455556666";
    assert_eq!(house.ask(made_up, &claviger_domain::Facts::none()).await.code(), "UNKNOWN");
    let mut other = with_tokens();
    other.name = "other".parse().unwrap();
    let api = house.engine.install_policy(other.into()).await.unwrap();
    let opaque = Terms {
        access: AccessToken { shape: TokenShape::Opaque { prefix: "tok_".to_owned() }, lifetime: HOUR },
        ..rotated()
    };
    let proof = KeyProof { key: key.expose(), secret: None };
    let wish = Wish::default();
    let uuid = house.engine.log_in(&house.caller(), proof, &wish, &rotated()).await.unwrap();
    let opaque = house.engine.log_in(&house.caller(), proof, &wish, &opaque).await.unwrap();
    let elsewhere = House { api, ..house };
    for (bought, wanted) in [(&bought, "MALFORMED"), (&uuid, "UNKNOWN"), (&opaque, "UNKNOWN")] {
        assert_eq!(elsewhere.code(&bought.access).await, wanted);
    }
    // A refresh token opens nothing.
    let refresh = uuid.refresh.as_ref().unwrap();
    assert_eq!(elsewhere.code(refresh).await, "UNKNOWN");
}

#[tokio::test]
async fn tokens_outlive_a_restart_and_are_the_same_on_every_node() {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let one = House::with(&url, 1, clock.clone(), with_tokens()).await;
    let two = House::with(&url, 2, clock, with_tokens()).await;
    let (_, key) = one.key().await;
    let bought = one.log_in(key.expose(), Some("s")).await.unwrap();
    assert_eq!(pair_of(&two.log_in(key.expose(), Some("s")).await.unwrap()), pair_of(&bought));
    assert_eq!(two.code(&bought.access).await, "VALID");
    let (_, pair, secret) = one.pair().await;
    let first = one.authenticate(&pair, &secret).await.unwrap();
    let second = two.refresh(&pair, &first).await.unwrap();
    assert_eq!(pair_of(&one.refresh(&pair, &first).await.unwrap()), pair_of(&second));
}
