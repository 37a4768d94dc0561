//! Whatever happens in whatever order on two nodes: the same while valid, new when asked, dead when ended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use claviger_domain::{
    Account, Client, ClientAuthentication, CredentialKind, Environment, GrantType, Key, Outcome, Principal,
    ScopeSet, Timestamp,
};
use claviger_engine::{AuthenticatedClient, Bought, Engine, ExchangeError, KeyProof, Proof, Wait};
use claviger_secrets::Plain;
use claviger_testkit::FakeClock;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::oneshot;

use crate::client_tokens::{ACCESS_TOKEN, exchange, opaque};
use crate::house::{ACTOR, House, postgres};
use crate::logins::with_all;
use crate::people::PASSWORD;
use crate::tokens::reused;

/// Longer than a node trusts its memory without hearing from the database: then it asks.
const LEASE_PASSED: Duration = Duration::from_secs(11);

const SESSIONS: [Option<&str>; 3] = [None, Some("a"), Some("b")];

#[derive(Clone, Copy, Debug)]
enum Step {
    LogIn(usize),
    LogOut(usize),
    EndSession(usize),
    Child(ChildStep),
    Advance(u32),
    Disable,
    Enable,
}

/// About exchanged tokens.
#[derive(Clone, Copy, Debug)]
enum ChildStep {
    /// A session's token for another.
    Exchange(usize),
    /// An exchanged token for yet another.
    ExchangeAgain(prop::sample::Index),
    End(prop::sample::Index),
}

fn child_step() -> impl Strategy<Value = ChildStep> {
    prop_oneof![
        2 => (0..SESSIONS.len()).prop_map(ChildStep::Exchange),
        1 => any::<prop::sample::Index>().prop_map(ChildStep::ExchangeAgain),
        1 => any::<prop::sample::Index>().prop_map(ChildStep::End),
    ]
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let session = 0..SESSIONS.len();
    let step = prop_oneof![
        4 => session.clone().prop_map(Step::LogIn),
        2 => session.clone().prop_map(Step::LogOut),
        1 => (1..SESSIONS.len()).prop_map(Step::EndSession),
        4 => child_step().prop_map(Step::Child),
        2 => (1_u32..100).prop_map(Step::Advance),
        1 => Just(Step::Disable),
        2 => Just(Step::Enable),
    ];
    (0_usize..2, step)
}

/// Who logs in.
enum Holder {
    Key(Key, Plain),
    Client(Client, String),
    User(Account),
}

impl Holder {
    async fn log_in(&self, house: &House, session: Option<&str>) -> Result<Bought, ExchangeError> {
        let id;
        let proof = match self {
            Self::Key(_, text) => Proof::Key(KeyProof { key: text.expose(), secret: None }),
            Self::Client(client, secret) => {
                id = client.id.to_string();
                Proof::Client { id: &id, secret }
            }
            Self::User(account) => Proof::User { name: account.email.as_str(), password: PASSWORD },
        };
        house.buy(proof, session, &reused()).await
    }

    async fn switch(&self, house: &House, is_enabled: bool) {
        match self {
            Self::Key(key, _) if is_enabled => {
                house.engine.enable_key(&ACTOR, key.id).await.map(drop).unwrap();
            }
            Self::Key(key, _) => house.engine.disable_key(&ACTOR, key.id).await.map(drop).unwrap(),
            Self::Client(client, _) => {
                house.engine.switch_client(&ACTOR, client.id, is_enabled).await.map(drop).unwrap();
            }
            Self::User(account) => {
                house.engine.switch_user(&ACTOR, account.id, is_enabled).await.map(drop).unwrap();
            }
        }
    }

    /// Whoever is to be forgotten takes everything along.
    async fn revoke(&self, house: &House) {
        match self {
            Self::Key(key, _) => house.engine.revoke_key(&ACTOR, key.id, Wait::No).await.map(drop).unwrap(),
            Self::Client(client, _) => house.engine.delete_client(&ACTOR, client.id).await.unwrap(),
            Self::User(account) => house.engine.delete_user(&ACTOR, account.id).await.unwrap(),
        }
    }

    fn principal(&self, house: &House) -> Principal {
        let (credential, subject, client) = match self {
            Self::Key(key, _) => (key.id.to_string(), None, None),
            Self::Client(client, _) => ("fam_x".to_owned(), None, Some(client.id.to_string())),
            Self::User(account) => ("fam_x".to_owned(), Some(account.id.to_string()), None),
        };
        Principal {
            api: house.api.id,
            workspace: house.workspace.id,
            kind: CredentialKind::Token,
            credential: credential.into(),
            version: None,
            subject: subject.map(Into::into),
            client: client.map(Into::into),
            scopes: ScopeSet::default(),
            environment: Environment::Live,
            expires_at: None,
            belongings: Default::default(),
        }
    }
}

/// A token that was exchanged for others.
struct Child {
    text: String,
    /// The texts that it was exchanged for, one after the other.
    above: Vec<String>,
    expires_at: Timestamp,
}

/// What must be true, kept in the simplest way.
struct Model {
    holder: Holder,
    /// Exchanges tokens.
    broker: AuthenticatedClient,
    is_disabled: bool,
    living: BTreeMap<usize, Bought>,
    ended: Vec<Bought>,
    children: Vec<Child>,
    /// Every text that was ended by itself.
    dead: BTreeSet<String>,
}

impl Model {
    fn of(holder: Holder, broker: AuthenticatedClient) -> Self {
        let (living, ended, children) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { holder, broker, is_disabled: false, living, ended, children, dead: BTreeSet::new() }
    }

    fn end(&mut self, session: usize) {
        let ended = self.living.remove(&session);
        self.dead.extend(ended.iter().map(|bought| bought.access.expose().to_owned()));
        self.ended.extend(ended);
    }

    fn is_living(&self, child: &Child, now: Timestamp) -> bool {
        now < child.expires_at
            && child.above.iter().chain([&child.text]).all(|text| !self.dead.contains(text))
    }

    /// One of the living children.
    fn living_child(&self, at: prop::sample::Index, now: Timestamp) -> Option<&Child> {
        let living: Vec<_> = self.children.iter().filter(|child| self.is_living(child, now)).collect();
        (!living.is_empty()).then(|| *at.get(&living))
    }

    /// Exchanges a text that stands on others; one that is no longer good must be refused.
    async fn exchange(&mut self, house: &House, mut above: Vec<String>, text: String, is_good: bool) {
        let request = exchange(&text, ACCESS_TOKEN, None);
        let issued = house.trade(&self.broker, &request, &opaque()).await;
        if !is_good || self.is_disabled {
            assert!(issued.is_err(), "what is dead buys nothing");
            return;
        }
        let issued = issued.unwrap();
        above.push(text);
        let (text, expires_at) = (issued.access.expose().to_owned(), issued.expires_at);
        self.children.push(Child { text, above, expires_at });
    }

    fn expire(&mut self, now: Timestamp) {
        let over = self.living.iter().filter(|(_, bought)| bought.expires_at <= now);
        for session in over.map(|(session, _)| *session).collect::<Vec<_>>() {
            self.end(session);
        }
    }
}

async fn run(nodes: &[House; 2], mut model: Model, steps: &[(usize, Step)]) {
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
    model.holder.revoke(&nodes[1]).await;
    for bought in model.living.values().chain(&model.ended) {
        assert_ne!(nodes[1].code(&bought.access).await, "VALID");
    }
    for child in &model.children {
        assert_ne!(code_of(&nodes[1], child).await, "VALID", "children die with their parent");
    }
}

async fn code_of(house: &House, child: &Child) -> &'static str {
    house.ask(&child.text, &claviger_domain::Facts::none()).await.code()
}

async fn apply(house: &House, model: &mut Model, step: Step) {
    match step {
        Step::LogIn(session) => {
            let bought = model.holder.log_in(house, SESSIONS[session]).await;
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
            let ended = house.engine.end_named_session(&model.holder.principal(house), &name).await;
            // One whose token has just ended by itself may still be there to be ended.
            assert!(ended.is_ok() || !model.living.contains_key(&session));
            model.end(session);
        }
        Step::Child(step) => apply_to_children(house, model, step).await,
        Step::Advance(minutes) => {
            house.clock.advance(Duration::from_secs(60) * minutes);
            model.expire(house.clock_now());
        }
        Step::Disable => {
            model.holder.switch(house, false).await;
            model.is_disabled = true;
            // A disabled user is signed out as well; keys and clients go on where they were.
            if matches!(model.holder, Holder::User(_)) {
                (0..SESSIONS.len()).for_each(|session| model.end(session));
            }
        }
        Step::Enable => {
            model.holder.switch(house, true).await;
            model.is_disabled = false;
        }
    }
}

async fn apply_to_children(house: &House, model: &mut Model, step: ChildStep) {
    match step {
        ChildStep::Exchange(session) => {
            let living = model.living.get(&session).map(|bought| (bought, true));
            let found = living.or_else(|| model.ended.last().map(|bought| (bought, false)));
            if let Some((bought, is_good)) = found {
                let text = bought.access.expose().to_owned();
                model.exchange(house, Vec::new(), text, is_good).await;
            }
        }
        ChildStep::ExchangeAgain(at) => {
            if let Some(child) = model.living_child(at, house.clock_now())
                && child.above.len() < 3
            {
                let (above, text) = (child.above.clone(), child.text.clone());
                model.exchange(house, above, text, true).await;
            }
        }
        ChildStep::End(at) => {
            if let Some(child) = model.living_child(at, house.clock_now()) {
                let text = child.text.clone();
                house.engine.log_out(&house.caller(), &text).await.unwrap();
                model.dead.insert(text);
            }
        }
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
    for child in &model.children {
        let code = code_of(house, child).await;
        if model.is_living(child, house.clock_now()) {
            assert_eq!(code, wanted);
        } else {
            assert_ne!(code, "VALID", "dead with what it was exchanged for");
        }
    }
}

async fn two_nodes() -> [House; 2] {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    [House::with(&url, 1, clock.clone(), with_all()).await, House::with(&url, 2, clock, with_all()).await]
}

enum Kind {
    Key,
    Client,
    User,
}

async fn holder(house: &House, kind: &Kind, case: u64) -> Holder {
    match kind {
        Kind::Key => {
            let (key, text) = house.key().await;
            Holder::Key(key, text)
        }
        Kind::Client => {
            let (client, secret) = house.robot().await;
            Holder::Client(client, secret)
        }
        Kind::User => Holder::User(house.worker(&format!("user{case}@example.com")).await),
    }
}

/// Each case has a holder of its own, so all can share the nodes.
fn try_interleavings(kind: &Kind, cases: u32, most: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let nodes = runtime.block_on(two_nodes());
    let broker = runtime.block_on(nodes[0].proved_client(|new| {
        new.metadata.authentication = ClientAuthentication::SecretPost;
        new.metadata.grant_types = vec![GrantType::TokenExchange];
    }));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(cases) });
    let steps = proptest::collection::vec(step(), 1..most);
    let case = std::cell::Cell::new(0);
    runner
        .run(&steps, |steps| {
            case.set(case.get() + 1);
            runtime.block_on(async {
                let holder = holder(&nodes[0], kind, case.get()).await;
                run(&nodes, Model::of(holder, broker.clone()), &steps).await;
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_interleaving_over_two_nodes_keeps_the_promise_to_a_key() {
    try_interleavings(&Kind::Key, 24, 25);
}

#[test]
fn any_interleaving_over_two_nodes_keeps_the_promise_to_a_client() {
    try_interleavings(&Kind::Client, 24, 25);
}

/// Fewer and shorter: passwords are slow to check.
#[test]
fn any_interleaving_over_two_nodes_keeps_the_promise_to_a_user() {
    try_interleavings(&Kind::User, 6, 12);
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
