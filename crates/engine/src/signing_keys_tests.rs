use super::*;

use claviger_domain::{ChangeSeq, Entropy, TokenPolicy};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};
use data_encoding::BASE64URL_NOPAD;

use crate::engine::Parts;
use crate::fetch::NoFetch;
use crate::options::Options;
use indexmap::IndexMap;

const DAY: Duration = Duration::from_secs(86_400);
const LIFE: Duration = Duration::from_secs(36 * 3_600);
const ACTOR: Actor = Actor::LOCAL;

fn policy(algorithms: &[Algorithm], has_users: bool) -> Policy {
    let shape = |algorithm: &Algorithm| TokenShape::Jwt { algorithm: *algorithm, claims: Vec::new() };
    Policy {
        name: "sample".parse().unwrap(),
        key_formats: Vec::new(),
        scopes: claviger_domain::ScopeCatalog::default(),
        key_lifetimes: claviger_domain::KeyLifetimes {
            default: None,
            max: None,
            max_overlap: Duration::ZERO,
            retention: DAY,
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: IndexMap::new(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        access_tokens: algorithms.iter().map(shape).collect(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens: TokenPolicy { has_users, longest_access: LIFE, ..TokenPolicy::default() },
    }
}

async fn store() -> Store {
    Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap()
}

async fn node(store: &Store, seed: u64, clock: &FakeClock, policy: Policy) -> (Engine, ApiId) {
    let engine = Engine::new(Parts {
        store: store.clone(),
        master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
        previous_masters: Vec::new(),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(seed)),
        mailer: Arc::new(crate::NoMail),
        fetch: Arc::new(NoFetch),
        options: Options::default(),
    })
    .unwrap();
    let api = engine.install_policy(Arc::new(policy)).await.unwrap().id;
    (engine, api)
}

fn kid(token: &str) -> String {
    let header = BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

async fn sign(engine: &Engine, api: ApiId, algorithm: Algorithm) -> String {
    let claims = format!(r#"{{"at":{}}}"#, engine.now().micros());
    let signed = engine.sign_jwt(api, (algorithm, JwtType::AccessToken), &claims).await.unwrap();
    signed.expose().to_owned()
}

/// Two nodes over one database, and what they signed that has not ended.
struct Simulation {
    nodes: [Engine; 2],
    positions: [Option<ChangeSeq>; 2],
    api: ApiId,
    clock: FakeClock,
    dice: SeededEntropy,
    living: Vec<(String, Timestamp)>,
}

impl Simulation {
    fn roll(&self, sides: u8) -> u8 {
        let mut byte = [0];
        self.dice.fill(&mut byte);
        byte[0] % sides
    }

    async fn step(&mut self) {
        let pause = [1, 600, 7 * 3_600, 30 * 3_600][usize::from(self.roll(4))];
        self.clock.advance(Duration::from_secs(pause));
        let acting = &self.nodes[usize::from(self.roll(2))];
        let algorithm = [Algorithm::EdDsa, Algorithm::Es256][usize::from(self.roll(2))];
        match self.roll(10) {
            0 => drop(acting.rotate_signing_key(&ACTOR, self.api, algorithm, true).await.unwrap()),
            1 => drop(acting.rotate_signing_key(&ACTOR, self.api, algorithm, false).await.unwrap()),
            2..5 => drop(acting.clean_up().await.unwrap()),
            5 => acting.look_after_keyrings().await.unwrap(),
            _ => {}
        }
        let ends_at = self.clock_now().plus(LIFE);
        self.living.push((sign(acting, self.api, algorithm).await, ends_at));
        // What happened has not reached the other node yet.
        self.check_tokens().await;
        for (node, position) in self.nodes.iter().zip(&mut self.positions) {
            node.catch_up(position).await.unwrap();
        }
        self.check_sets().await;
    }

    fn clock_now(&self) -> Timestamp {
        self.nodes[0].now()
    }

    async fn check_tokens(&mut self) {
        let now = self.clock_now();
        self.living.retain(|(_, ends_at)| now < *ends_at);
        for node in &self.nodes {
            for (token, ends_at) in &self.living {
                let read = node.read_any_jwt(self.api, token.as_bytes()).await.unwrap();
                assert!(read.is_some(), "refused at {now}, though it ends at {ends_at}");
            }
        }
    }

    async fn check_sets(&self) {
        for node in &self.nodes {
            let set = node.jwk_set(self.api).await.unwrap();
            for (token, _) in &self.living {
                assert!(set.contains(&kid(token)), "{}", self.clock_now());
            }
        }
    }
}

#[tokio::test]
async fn over_months_no_living_token_is_refused_and_every_signer_is_in_the_set() {
    for seed in 0..2 {
        let (store, clock) = (store().await, FakeClock::default());
        let policy = policy(&[Algorithm::EdDsa, Algorithm::Es256], false);
        let (one, api) = node(&store, 1, &clock, policy.clone()).await;
        let (two, _) = node(&store, 2, &clock, policy).await;
        let dice = SeededEntropy::new(seed);
        let (nodes, positions) = ([one, two], [None, None]);
        let mut simulation = Simulation { nodes, positions, api, clock, dice, living: Vec::new() };
        for _ in 0..250 {
            simulation.step().await;
        }
        let keys = simulation.nodes[0].list_signing_keys(api).await.unwrap();
        let oldest = keys.last().unwrap();
        assert_eq!(oldest.state(simulation.clock_now()), SigningKeyState::Removed, "keys come and go");
    }
}

#[tokio::test]
async fn nodes_that_need_the_first_key_at_once_make_one() {
    let (store, clock) = (store().await, FakeClock::default());
    let (one, api) = node(&store, 1, &clock, policy(&[], false)).await;
    let (two, _) = node(&store, 2, &clock, policy(&[], false)).await;
    let signs =
        [&one, &two].into_iter().flat_map(|engine| (0..4).map(move |_| sign(engine, api, Algorithm::EdDsa)));
    let tokens = futures_util::future::join_all(signs).await;
    let keys = one.list_signing_keys(api).await.unwrap();
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    assert!(tokens.iter().all(|token| kid(token) == key.id.to_string()));
}

#[tokio::test]
async fn a_successor_is_announced_before_the_rotation_is_due() {
    let (store, clock) = (store().await, FakeClock::default());
    let (engine, api) = node(&store, 1, &clock, policy(&[Algorithm::EdDsa], false)).await;
    let first = kid(&sign(&engine, api, Algorithm::EdDsa).await);
    clock.advance(DAY * 89 - Duration::from_secs(1));
    engine.clean_up().await.unwrap();
    assert_eq!(engine.list_signing_keys(api).await.unwrap().len(), 1);
    clock.advance(Duration::from_secs(1));
    engine.clean_up().await.unwrap();
    engine.clean_up().await.unwrap();
    let keys = engine.list_signing_keys(api).await.unwrap();
    assert_eq!(
        keys.iter().map(|key| key.state(engine.now())).collect::<Vec<_>>(),
        [SigningKeyState::Announced, SigningKeyState::Active]
    );
    assert_eq!(kid(&sign(&engine, api, Algorithm::EdDsa).await), first);
    clock.advance(DAY);
    assert_eq!(kid(&sign(&engine, api, Algorithm::EdDsa).await), keys[0].id.to_string());
}

#[tokio::test]
async fn a_command_announces_a_key_for_as_long_as_the_set_is_kept_or_has_it_sign_at_once() {
    let (store, clock) = (store().await, FakeClock::default());
    let (engine, api) = node(&store, 1, &clock, policy(&[], false)).await;
    let rotate = |at_once| engine.rotate_signing_key(&ACTOR, api, Algorithm::Es256, at_once);
    let first = rotate(false).await.unwrap();
    assert_eq!(first.activates_at, engine.now(), "nobody waits for the very first");
    clock.advance(DAY);
    let announced = rotate(false).await.unwrap();
    assert_eq!(announced.activates_at, engine.now().plus(JWK_SET_MAX_AGE));
    assert!(engine.jwk_set(api).await.unwrap().contains(&announced.id.to_string()));
    assert_eq!(kid(&sign(&engine, api, Algorithm::Es256).await), first.id.to_string());
    clock.advance(Duration::from_secs(1));
    let at_once = rotate(true).await.unwrap();
    assert_eq!(kid(&sign(&engine, api, Algorithm::Es256).await), at_once.id.to_string());
    let states: Vec<_> =
        engine.list_signing_keys(api).await.unwrap().iter().map(|key| key.state(engine.now())).collect();
    assert_eq!(states, [SigningKeyState::Active, SigningKeyState::Retired, SigningKeyState::Retired]);
    let refused = engine.rotate_signing_key(&ACTOR, api, Algorithm::Hs256, true).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    let nowhere = ApiId::from_uuid(uuid::Uuid::nil());
    let refused = engine.rotate_signing_key(&ACTOR, nowhere, Algorithm::Es256, true).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_contract_needs_is_made_in_the_background_and_kept_sealed() {
    let (store, clock) = (store().await, FakeClock::default());
    let (engine, api) = node(&store, 1, &clock, policy(&[Algorithm::Es256], true)).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run(async { drop(stopped.await) }).await }
    });
    let started = std::time::Instant::now();
    let keys = loop {
        let keys = store.read().await.unwrap().list_signing_keys(api).await.unwrap();
        if keys.len() == 2 {
            break keys;
        }
        assert!(started.elapsed() < Duration::from_secs(60));
        tokio::task::yield_now().await;
    };
    let mut algorithms: Vec<_> = keys.iter().map(|stored| stored.key.algorithm).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, [Algorithm::Rs256, Algorithm::Es256]);
    for stored in keys {
        assert!(KeyPair::from_pkcs8(stored.key.algorithm, &stored.private).is_err());
        assert!(!stored.key.public_jwk.contains(r#""d""#));
    }
    drop(stop);
    running.await.unwrap();
}

#[tokio::test]
async fn a_text_that_names_unknown_keys_asks_the_database_rarely() {
    let (store, clock) = (store().await, FakeClock::default());
    let (engine, api) = node(&store, 1, &clock, policy(&[Algorithm::EdDsa], false)).await;
    let junk = |byte: u8| {
        let id = SigningKeyId::from_uuid(uuid::Uuid::from_bytes([byte; 16]));
        let header = BASE64URL_NOPAD.encode(format!(r#"{{"alg":"EdDSA","kid":"{id}"}}"#).as_bytes());
        format!("{header}.e30.AQID")
    };
    assert!(engine.is_signer_unknown(api, junk(1).as_bytes()));
    assert!(engine.read_any_jwt(api, junk(1).as_bytes()).await.unwrap().is_none());
    assert!(!engine.is_signer_unknown(api, junk(2).as_bytes()), "not again at once");
    clock.advance(Duration::from_secs(1));
    assert!(engine.is_signer_unknown(api, junk(2).as_bytes()));
    for other in ["", "a.b.c", "e30.e30.AQID", "sk_live_x"] {
        assert!(!engine.is_signer_unknown(api, other.as_bytes()), "{other}");
    }
}
