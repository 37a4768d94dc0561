//! Logins that get a token again: from memory on a node that is alone, exactly on nodes that are not.

use claviger_domain::{Facts, Outcome, Timestamp};
use claviger_engine::Wait;
use claviger_testkit::FakeClock;

use crate::house::{ACTOR, House, postgres};
use crate::nodes::Running;
use crate::tokens::with_tokens;

/// Waits until a node has counted, in a round that began after this call, who is alive.
async fn has_counted(house: &House, nodes: u32) {
    for _ in 0..2 {
        loop {
            let (key, _) = house.key().await;
            let revoked = house.engine.revoke_key(&ACTOR, key.id, Wait::ForAllNodes).await.unwrap();
            let receipt = revoked.receipt.unwrap();
            if receipt.is_complete() && receipt.nodes == nodes {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_node_that_is_alone_gives_a_token_again_without_its_database() {
    let house = House::selling("sqlite::memory:").await;
    let running = Running::start(&house.engine);
    has_counted(&house, 1).await;
    let (_, text) = house.key().await;
    let first = house.log_in(text.expose(), Some("a")).await.unwrap();
    let again = house.log_in(text.expose(), Some("a")).await.unwrap();
    assert_eq!(first.access.expose(), again.access.expose());

    house.store.close().await;
    let from_memory = house.log_in(text.expose(), Some("a")).await.unwrap();
    assert_eq!(first.access.expose(), from_memory.access.expose());
    assert_eq!(first.expires_at, from_memory.expires_at);
    assert!(house.log_in(text.expose(), Some("b")).await.is_err(), "a new one has to be written");
    house.clock.advance(std::time::Duration::from_secs(11));
    assert!(house.log_in(text.expose(), Some("a")).await.is_err(), "memory is trusted for a lease");
    running.stop().await;
}

#[tokio::test]
async fn what_ended_in_any_way_is_never_given_again_from_memory() {
    let house = House::selling("sqlite::memory:").await;
    let running = Running::start(&house.engine);
    has_counted(&house, 1).await;
    let (key, text) = house.key().await;
    let repeated = async || {
        let first = house.log_in(text.expose(), Some("a")).await.unwrap();
        let again = house.log_in(text.expose(), Some("a")).await.unwrap();
        assert_eq!(first.access.expose(), again.access.expose());
        first.access.expose().to_owned()
    };

    let first = repeated().await;
    house.engine.log_out(&house.caller(), &first).await.unwrap();
    let second = repeated().await;
    assert_ne!(first, second, "after a logout");

    let Outcome::Allow(principal) = house.ask(&second, &Facts::none()).await.outcome else {
        panic!("it is good");
    };
    house.engine.end_named_session(&principal, &"a".parse().unwrap()).await.unwrap();
    let third = repeated().await;
    assert_ne!(second, third, "after its session was ended");

    house.engine.replace_secret(&ACTOR, key.id).await.unwrap();
    let fourth = repeated().await;
    assert_ne!(third, fourth, "after the key got another secret");

    house.clock.advance(2 * crate::tokens::HOUR);
    let fifth = repeated().await;
    assert_ne!(fourth, fifth, "after its end");

    house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.unwrap();
    assert!(house.log_in(text.expose(), Some("a")).await.is_err(), "its key is gone");
    running.stop().await;
}

#[tokio::test]
async fn what_another_node_ended_a_moment_ago_is_not_given_again() {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let one = House::with(&url, 1, clock.clone(), with_tokens()).await;
    let two = House::with(&url, 2, clock, with_tokens()).await;
    let running = [Running::start(&one.engine), Running::start(&two.engine)];
    has_counted(&one, 2).await;
    let (_, text) = one.key().await;
    let mut last = String::new();
    for _ in 0..20 {
        let bought = one.log_in(text.expose(), Some("a")).await.unwrap();
        assert_ne!(bought.access.expose(), last, "new when asked");
        let again = one.log_in(text.expose(), Some("a")).await.unwrap();
        assert_eq!(bought.access.expose(), again.access.expose(), "the same while valid");
        two.engine.log_out(&two.caller(), again.access.expose()).await.unwrap();
        again.access.expose().clone_into(&mut last);
    }
    for node in running {
        node.stop().await;
    }
}
