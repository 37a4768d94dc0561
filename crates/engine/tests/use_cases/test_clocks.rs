//! Test clocks: what a workspace has in the test environment ends by them, and nothing else does.

use std::time::Duration;

use claviger_domain::{Actor, Call, Environment, Facts, KeyPatch, Lead, Membership, Role, Timestamp, Who};
use claviger_engine::{AuditFilter, KeyProof, NewUser, NewWorkspace, TestClockError};
use claviger_testkit::FakeClock;

use crate::client_tokens::{for_itself, opaque, signed, with_clients};
use crate::house::{ACTOR, House, postgres};
use crate::logins::with_all;
use crate::people::{ADA, PASSWORD};
use crate::tokens::{HOUR, reused, rotated};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

async fn house(url: &str) -> House {
    House::with(url, 1, FakeClock::at(START), with_clients()).await
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::house("sqlite::memory:").await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::house(&super::postgres()).await).await; })* }
    };
}

on_both! {
    what_was_made_before_ends_by_the_clock_and_what_is_made_afterwards_works
    live_credentials_and_other_workspaces_never_see_a_test_clock
    a_refresh_token_ends_by_the_clock_and_what_it_bought_in_time_works
    a_token_that_is_given_again_is_a_new_one_once_it_has_ended_by_the_clock
    a_reset_returns_every_clock
    only_those_who_may_change_keys_of_the_workspace_put_its_clock_ahead
}

impl House {
    /// Puts the clock ahead, a moment after whatever was made before.
    async fn ahead(&self, by: Duration) {
        self.clock.advance(Duration::from_millis(1));
        self.engine.set_test_clock(&ACTOR, self.workspace.id, by).await.unwrap();
    }

    async fn now_says(&self, text: &str) -> &'static str {
        self.ask(text, &Facts::none()).await.code()
    }

    async fn ending(&self, environment: Environment, after: Duration) -> claviger_engine::IssuedKey {
        let issued = self.issue(|new| {
            new.environment = environment;
            new.expires_at = Some(START.plus(after));
        });
        issued.await.unwrap()
    }
}

async fn what_was_made_before_ends_by_the_clock_and_what_is_made_afterwards_works(house: House) {
    let key = house.ending(Environment::Test, 30 * DAY).await;
    let client = house.proved_client(|new| new.environment = Environment::Test).await;
    let mut tokens = Vec::new();
    for terms in [opaque(), signed()] {
        let bought = house.trade(&client, &for_itself(Some("read")), &terms).await.unwrap();
        tokens.push((bought.access.expose().to_owned(), terms));
    }
    for (text, _) in &tokens {
        assert_eq!(house.now_says(text).await, "VALID");
    }
    house.ahead(HOUR - Duration::from_secs(1)).await;
    for (text, _) in &tokens {
        assert_eq!(house.now_says(text).await, "VALID", "a second is left");
    }
    house.ahead(HOUR).await;
    for (text, terms) in &tokens {
        assert_eq!(house.now_says(text).await, "EXPIRED");
        let next = house.trade(&client, &for_itself(Some("read")), terms).await.unwrap();
        assert_eq!(house.now_says(next.access.expose()).await, "VALID", "whoever is refused buys another");
        assert_eq!(next.expires_at, house.clock_now().plus(HOUR), "dated by the real time");
    }
    assert_eq!(house.now_says(key.text.expose()).await, "VALID");
    house.ahead(30 * DAY).await;
    assert_eq!(house.now_says(key.text.expose()).await, "EXPIRED");
    // Who changes the key says anew how long it lives.
    house.clock.advance(Duration::from_secs(1));
    let later = KeyPatch { expires_at: Some(Some(START.plus(DAY))), ..KeyPatch::default() };
    house.engine.update_key(&ACTOR, key.key.id, later).await.unwrap();
    assert_eq!(house.now_says(key.text.expose()).await, "VALID");
    house.ahead(Duration::ZERO).await;
    for (text, _) in &tokens {
        assert_eq!(house.now_says(text).await, "VALID", "returned, as if nothing had been");
    }
    house.clock.advance(HOUR);
    for (text, _) in &tokens {
        assert_eq!(house.now_says(text).await, "EXPIRED");
    }
}

async fn live_credentials_and_other_workspaces_never_see_a_test_clock(house: House) {
    let live = house.ending(Environment::Live, 30 * DAY).await;
    let client = house.proved_client(|_| ()).await;
    let token = house.trade(&client, &for_itself(Some("read")), &signed()).await.unwrap();
    let new = NewWorkspace { name: "Other".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let theirs = house.issue(|new| {
        (new.workspace, new.environment) = (other, Environment::Test);
        new.expires_at = Some(START.plus(30 * DAY));
    });
    let theirs = theirs.await.unwrap();
    house.ahead(Lead::MOST).await;
    for text in [live.text.expose(), token.access.expose(), theirs.text.expose()] {
        assert_eq!(house.now_says(text).await, "VALID");
    }
    let bought = house.log_in(live.text.expose(), None).await.unwrap();
    assert_eq!(house.now_says(bought.access.expose()).await, "VALID");
}

async fn a_refresh_token_ends_by_the_clock_and_what_it_bought_in_time_works(house: House) {
    let key = house.issue(|new| new.environment = Environment::Test).await.unwrap();
    let proof = KeyProof { key: key.text.expose(), secret: None };
    let wish = claviger_engine::Wish { session: None, scopes: None };
    let first = house.engine.log_in(&house.caller(), proof, &wish, &rotated()).await.unwrap();
    let [access, refresh] = [first.access.expose().to_owned(), first.refresh.unwrap().expose().to_owned()];
    house.ahead(2 * DAY).await;
    assert_eq!(house.now_says(&access).await, "EXPIRED");
    house.clock.advance(Duration::from_secs(1));
    let again = house.engine.refresh(&house.caller(), key.text.expose(), &refresh, &rotated()).await.unwrap();
    assert_eq!(house.now_says(again.access.expose()).await, "VALID", "refreshed in time");
    house.clock.advance(Duration::from_secs(1));
    house.ahead(31 * DAY).await;
    let late = again.refresh.unwrap().expose().to_owned();
    let refused = house.engine.refresh(&house.caller(), key.text.expose(), &late, &rotated()).await;
    assert!(refused.is_err(), "{refused:?}");
    house.ahead(Duration::ZERO).await;
    assert!(house.engine.refresh(&house.caller(), key.text.expose(), &late, &rotated()).await.is_ok());
}

async fn a_token_that_is_given_again_is_a_new_one_once_it_has_ended_by_the_clock(house: House) {
    let key = house.issue(|new| new.environment = Environment::Test).await.unwrap();
    let text = async || house.log_in(key.text.expose(), None).await.unwrap().access.expose().to_owned();
    let first = text().await;
    assert_eq!(text().await, first);
    house.ahead(reused().access.lifetime).await;
    let second = text().await;
    assert_ne!(second, first);
    assert_eq!((house.now_says(&first).await, house.now_says(&second).await), ("EXPIRED", "VALID"));
    assert_eq!(text().await, second);
}

async fn a_reset_returns_every_clock(house: House) {
    let key = house.ending(Environment::Test, DAY).await;
    house.ahead(DAY).await;
    assert_eq!(house.now_says(key.text.expose()).await, "EXPIRED");
    house.clock.advance(Duration::from_secs(1));
    house.engine.reset_sandbox(&ACTOR, house.api.id).await.unwrap();
    assert_eq!(house.engine.find_test_clock(&ACTOR, house.workspace.id).await.unwrap(), None);
    assert_eq!(house.now_says(key.text.expose()).await, "VALID");
}

async fn only_those_who_may_change_keys_of_the_workspace_put_its_clock_ahead(house: House) {
    let account = "acc_00000000000000000000000000".parse().unwrap();
    let member = |workspace, role| Actor {
        who: Who::Member(Membership { account, workspace, role }),
        call: Call::NONE,
    };
    let (own, elsewhere) = (house.workspace.id, "wsp_00000000000000000000000000".parse().unwrap());
    let set = async |actor: &Actor, by| house.engine.set_test_clock(actor, own, by).await;
    assert!(matches!(set(&member(own, Role::Viewer), DAY).await, Err(TestClockError::NotAllowed(_))));
    assert!(matches!(set(&member(elsewhere, Role::Owner), DAY).await, Err(TestClockError::UnknownWorkspace)));
    let read = house.engine.find_test_clock(&member(elsewhere, Role::Owner), own).await;
    assert!(matches!(read, Err(TestClockError::UnknownWorkspace)));
    let unknown = house.engine.set_test_clock(&ACTOR, elsewhere, DAY).await;
    assert!(matches!(unknown, Err(TestClockError::UnknownWorkspace)));
    for bad in [Duration::from_millis(1), Lead::MOST + Duration::from_secs(1)] {
        assert!(matches!(set(&ACTOR, bad).await, Err(TestClockError::Lead(_))));
    }
    let developer = member(own, Role::Developer);
    let clock = set(&developer, DAY).await.unwrap().unwrap();
    assert_eq!((clock.ahead.get(), clock.set_at), (DAY, house.clock_now()));
    let viewer = member(own, Role::Viewer);
    assert_eq!(house.engine.find_test_clock(&viewer, own).await.unwrap(), Some(clock));
    assert_eq!(set(&developer, Duration::ZERO).await.unwrap(), None);
    assert_eq!(set(&developer, Duration::ZERO).await.unwrap(), None, "twice is fine");
    let of_it = AuditFilter { object: Some(own.into()), ..AuditFilter::default() };
    let rows = house.engine.list_audit(&ACTOR, of_it, (None, 9)).await.unwrap().rows;
    let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["workspace.test_clock_returned", "workspace.test_clock_set", "workspace.created"]);
}

#[tokio::test]
async fn a_session_of_a_test_user_ends_by_the_clock() {
    let house = House::with("sqlite::memory:", 1, FakeClock::at(START), with_all()).await;
    let new = NewUser {
        workspace: Some(house.workspace.id),
        environment: Environment::Test,
        ..house.new_user(ADA)
    };
    house.engine.create_user(&ACTOR, new).await.unwrap();
    let issued = house.try_sign_in(ADA, PASSWORD).await.unwrap();
    assert_eq!(house.code(&issued.cookie).await, "VALID");
    house.clock.advance(Duration::from_secs(1));
    house.ahead(30 * DAY).await;
    assert_eq!(house.code(&issued.cookie).await, "EXPIRED");
    house.ahead(Duration::ZERO).await;
    assert_eq!(house.code(&issued.cookie).await, "VALID");
}

#[tokio::test]
async fn another_node_learns_of_a_clock_by_the_feed() {
    let house = house(&postgres()).await;
    let key = house.ending(Environment::Test, DAY).await;
    let other = House::with(&house.url, 2, house.clock.clone(), with_clients()).await;
    assert_eq!(other.now_says(key.text.expose()).await, "VALID");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = other.engine.clone();
    let running = tokio::spawn(async move { engine.run(async { drop(stopped.await) }).await });
    house.ahead(DAY).await;
    let seen = tokio::time::timeout(Duration::from_secs(20), async {
        while other.now_says(key.text.expose()).await != "EXPIRED" {
            tokio::task::yield_now().await;
        }
    });
    seen.await.unwrap();
    drop(stop);
    running.await.unwrap();
}
