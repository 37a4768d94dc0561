//! Whatever happens in whatever order on two nodes: the same while valid, new when asked, dead when ended.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{Key, Outcome, Principal, Timestamp};
use claviger_engine::{Bought, Engine, Wait};
use claviger_secrets::Plain;
use claviger_testkit::FakeClock;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::oneshot;

use crate::house::{ACTOR, House, postgres};
use crate::tokens::with_tokens;

/// Longer than a node trusts its memory without hearing from the database: then it asks.
const LEASE_PASSED: Duration = Duration::from_secs(11);

const SESSIONS: [Option<&str>; 3] = [None, Some("a"), Some("b")];

#[derive(Clone, Copy, Debug)]
enum Step {
    LogIn(usize),
    LogOut(usize),
    EndSession(usize),
    Advance(u32),
    Disable,
    Enable,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let session = 0..SESSIONS.len();
    let step = prop_oneof![
        4 => session.clone().prop_map(Step::LogIn),
        2 => session.clone().prop_map(Step::LogOut),
        1 => (1..SESSIONS.len()).prop_map(Step::EndSession),
        2 => (1_u32..100).prop_map(Step::Advance),
        1 => Just(Step::Disable),
        2 => Just(Step::Enable),
    ];
    (0_usize..2, step)
}

/// What must be true, kept in the simplest way.
struct Model {
    key: Key,
    text: Plain,
    is_disabled: bool,
    living: BTreeMap<usize, Bought>,
    ended: Vec<Bought>,
}

impl Model {
    fn end(&mut self, session: usize) {
        self.ended.extend(self.living.remove(&session));
    }

    fn expire(&mut self, now: Timestamp) {
        let over = self.living.iter().filter(|(_, bought)| bought.expires_at <= now);
        for session in over.map(|(session, _)| *session).collect::<Vec<_>>() {
            self.end(session);
        }
    }
}

async fn run(nodes: &[House; 2], steps: &[(usize, Step)]) {
    let (key, text) = nodes[0].key().await;
    let mut model = Model { key, text, is_disabled: false, living: BTreeMap::new(), ended: Vec::new() };
    for (node, step) in steps {
        let house = &nodes[*node];
        house.clock.advance(LEASE_PASSED);
        model.expire(house.clock_now());
        apply(house, &mut model, *step).await;
        check(house, &model).await;
        house.clock.advance(LEASE_PASSED);
        model.expire(house.clock_now());
        for house in nodes {
            check(house, &model).await;
        }
    }
    nodes[1].engine.revoke_key(&ACTOR, model.key.id, Wait::No).await.unwrap();
    for bought in model.living.values().chain(&model.ended) {
        assert_eq!(nodes[1].code(&bought.access).await, "REVOKED");
    }
}

async fn apply(house: &House, model: &mut Model, step: Step) {
    match step {
        Step::LogIn(session) => {
            let bought = house.log_in(model.text.expose(), SESSIONS[session]).await;
            if model.is_disabled {
                assert!(bought.is_err());
                return;
            }
            let bought = bought.unwrap();
            match model.living.get(&session) {
                Some(known) => {
                    assert_eq!(known.access.expose(), bought.access.expose(), "the same while valid");
                }
                None => {
                    let is_new = |old: &Bought| old.access.expose() != bought.access.expose();
                    assert!(model.ended.iter().chain(model.living.values()).all(is_new), "new when asked");
                    model.living.insert(session, bought);
                }
            }
        }
        Step::LogOut(session) => {
            if let Some(bought) = model.living.get(&session) {
                house.engine.log_out(&house.caller(), bought.access.expose()).await.unwrap();
                model.end(session);
            }
        }
        Step::EndSession(session) => {
            let name = SESSIONS[session].unwrap().parse().unwrap();
            let ended = house.engine.end_named_session(&principal(house, model), &name).await;
            // One whose token has just ended by itself may still be there to be ended.
            assert!(ended.is_ok() || !model.living.contains_key(&session));
            model.end(session);
        }
        Step::Advance(minutes) => {
            house.clock.advance(Duration::from_secs(60) * minutes);
            model.expire(house.clock_now());
        }
        Step::Disable => {
            house.engine.disable_key(&ACTOR, model.key.id).await.unwrap();
            model.is_disabled = true;
        }
        Step::Enable => {
            house.engine.enable_key(&ACTOR, model.key.id).await.unwrap();
            model.is_disabled = false;
        }
    }
}

fn principal(house: &House, model: &Model) -> Principal {
    Principal {
        api: house.api.id,
        workspace: model.key.workspace,
        kind: claviger_domain::CredentialKind::Token,
        credential: model.key.id.to_string().into(),
        subject: None,
        client: None,
        scopes: model.key.scopes.clone(),
        environment: model.key.environment,
        expires_at: None,
        belongings: Default::default(),
    }
}

async fn check(house: &House, model: &Model) {
    for bought in &model.ended {
        let decision = house.ask(bought.access.expose(), &claviger_domain::Facts::none()).await;
        assert!(matches!(decision.outcome, Outcome::Deny(_)), "dead when ended");
    }
    let wanted = if model.is_disabled { "DISABLED" } else { "VALID" };
    for bought in model.living.values() {
        assert_eq!(house.code(&bought.access).await, wanted);
    }
}

async fn two_nodes() -> [House; 2] {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    [
        House::with(&url, 1, clock.clone(), with_tokens()).await,
        House::with(&url, 2, clock, with_tokens()).await,
    ]
}

#[test]
fn any_interleaving_over_two_nodes_keeps_the_promise() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let nodes = runtime.block_on(two_nodes());
    // Each case has a key of its own, so all can share the nodes.
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(24) });
    let steps = proptest::collection::vec(step(), 1..25);
    runner
        .run(&steps, |steps| {
            runtime.block_on(run(&nodes, &steps));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_token_ended_on_one_node_ends_on_the_other_within_a_second() {
    let [one, two] = two_nodes().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let engine: Engine = two.engine.clone();
    let running = tokio::spawn(async move {
        engine
            .run(async {
                let _ = stopped.await;
            })
            .await;
    });
    let (key, text) = one.key().await;
    let logged_out = one.log_in(text.expose(), Some("a")).await.unwrap();
    let of_key = one.log_in(text.expose(), Some("b")).await.unwrap();
    for bought in [&logged_out, &of_key] {
        assert_eq!(two.code(&bought.access).await, "VALID");
    }
    let started = std::time::Instant::now();
    one.engine.log_out(&one.caller(), logged_out.access.expose()).await.unwrap();
    one.engine.disable_key(&ACTOR, key.id).await.unwrap();
    while two.code(&logged_out.access).await != "REVOKED" || two.code(&of_key.access).await != "DISABLED" {
        assert!(started.elapsed() < Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    drop(stop);
    running.await.unwrap();
}
