//! A whole decision in this process, from the presented bytes to allow or deny, without any door.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::sync::Arc;

use claviger_domain::{
    Actor, Clock, Entropy, Environment, Facts, KeyFormat, KeyKind, KeyLifetimes, KeyShape, KindSet, Limit,
    Metadata, Outcome, Policy, Presented, Principal, ScopeCatalog, ScopeDescription, ScopeSet, Timestamp,
    TokenPolicy,
};
use claviger_engine::{Engine, NewKey, NewWorkspace, Options, Parts, Question, UnusualOptions, Use};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::SeededEntropy;

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the benchmark pays for a real clock, as the server does"
        )]
        let now = std::time::SystemTime::now();
        let micros = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
        Timestamp::from_micros(i64::try_from(micros).unwrap())
    }
}

struct Bench {
    engine: Engine,
    api: claviger_domain::ApiId,
    policy: Arc<Policy>,
    key: String,
}

fn policy(limits: Vec<Arc<Limit>>) -> Policy {
    let described =
        [("read".parse().unwrap(), ScopeDescription { description: String::new(), implies: vec![] })];
    Policy {
        name: "bench".parse().unwrap(),
        key_formats: vec![KeyFormat {
            prefix: "sk_live_".into(),
            shape: KeyShape::Checked { random: 30 },
            kind: KeyKind::Single,
            environment: Environment::Live,
        }],
        scopes: ScopeCatalog::new(described.into()).unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: std::time::Duration::ZERO,
            retention: std::time::Duration::ZERO,
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: Default::default(),
        default_plan: None,
        limits,
        collections: Vec::new(),
        access_tokens: Vec::new(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens: TokenPolicy::default(),
    }
}

/// Whether requests are held against a limit and watched.
#[derive(Clone, Copy)]
enum Beside {
    LimitAndWatch,
    Nothing,
}

async fn bench(beside: Beside) -> Bench {
    let does_more = matches!(beside, Beside::LimitAndWatch);
    let store = Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
    let engine = Engine::new(Parts {
        store,
        master: MasterKey::generate(&*entropy),
        previous_masters: Vec::new(),
        clock: Arc::new(Wall),
        entropy,
        mailer: Arc::new(claviger_engine::NoMail),
        fetch: Arc::new(claviger_engine::NoFetch),
        options: Options {
            lease: std::time::Duration::from_secs(3600),
            unusual: UnusualOptions { is_on: does_more, ..UnusualOptions::default() },
            ..Options::default()
        },
    })
    .unwrap();
    let many = 1_000_000_000.try_into().unwrap();
    let limit = Limit::even("minute".parse().unwrap(), many, 60.try_into().unwrap());
    let limits = does_more.then(|| Arc::new(limit));
    let policy = Arc::new(policy(limits.into_iter().collect()));
    let api = engine.install_policy(Arc::clone(&policy)).await.unwrap().id;
    let new = NewWorkspace { name: "bench".parse().unwrap(), plan: None };
    let workspace = engine.create_workspace(&Actor::SYSTEM, new, None).await.unwrap().id;
    let new = NewKey {
        api,
        workspace,
        environment: Environment::Live,
        kind: KeyKind::Single,
        name: "bench".parse().unwrap(),
        scopes: ScopeSet::parse_spaced("read").unwrap(),
        not_before: None,
        expires_at: None,
        addresses: Vec::new(),
        limits: Vec::new(),
        metadata: Metadata::default(),
        is_canary: false,
    };
    let key = engine.issue_key(&Actor::SYSTEM, new, None).await.unwrap().text.expose().to_owned();
    let bench = Bench { engine, api, policy, key };
    let facts = Facts::none();
    bench.engine.verify(&bench.question(bench.key.as_bytes(), &facts)).await.unwrap();
    bench
}

impl Bench {
    fn question<'q>(&'q self, bytes: &'q [u8], facts: &'q Facts<'q>) -> Question<'q> {
        let presented = Presented::Text { bytes, kinds: KindSet::ANY };
        Question { api: self.api, policy: &self.policy, presented, facts }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// One scope, one limit, "last used" and the watch on: the bar is 0.8 µs.
#[divan::bench]
fn hit(bencher: divan::Bencher<'_, '_>) {
    measure_hit(bencher, Beside::LimitAndWatch);
}

/// The same without limit and watch: what is left of `hit` is what they cost.
#[divan::bench]
fn hit_with_nothing_beside(bencher: divan::Bencher<'_, '_>) {
    measure_hit(bencher, Beside::Nothing);
}

/// A request counted for usage, of one credential and of ten thousand in turns.
#[divan::bench(args = [1, 10_000])]
fn use_noted(bencher: divan::Bencher<'_, '_>, credentials: usize) {
    let runtime = runtime();
    let bench = runtime.block_on(bench(Beside::LimitAndWatch));
    let facts = Facts::none();
    let decision = bench.engine.verify_now(&bench.question(bench.key.as_bytes(), &facts)).unwrap();
    let Outcome::Allow(principal) = decision.outcome else { unreachable!("the key is good") };
    let principals: Vec<Principal> = (0..credentials)
        .map(|number| Principal { credential: format!("key_{number:026}").into(), ..(*principal).clone() })
        .collect();
    let mut turns = principals.iter().cycle();
    bencher.bench_local(|| {
        let used = Use {
            api: bench.api,
            principal: turns.next(),
            address: Some([203, 0, 113, 7].into()),
            route: Some("/items"),
            status: Some(200),
            reason: None,
            took: Some(std::time::Duration::from_millis(1)),
        };
        bench.engine.note_use(black_box(&used));
    });
}

fn measure_hit(bencher: divan::Bencher<'_, '_>, beside: Beside) {
    let runtime = runtime();
    let bench = runtime.block_on(bench(beside));
    let facts = Facts { required_scopes: ["read".parse().unwrap()].into(), ..Facts::none() };
    bencher.bench_local(|| {
        let question = bench.question(black_box(bench.key.as_bytes()), &facts);
        bench.engine.verify_now(&question).unwrap()
    });
}

/// A bad checksum: the bar is 0.2 µs.
#[divan::bench]
fn junk(bencher: divan::Bencher<'_, '_>) {
    let runtime = runtime();
    let bench = runtime.block_on(bench(Beside::LimitAndWatch));
    let facts = Facts::none();
    let mut junk = bench.key.clone().into_bytes();
    *junk.last_mut().unwrap() ^= 1;
    bencher.bench_local(|| bench.engine.verify_now(&bench.question(black_box(&junk), &facts)).unwrap());
}

fn main() {
    divan::main();
}
