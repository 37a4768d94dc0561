//! A console over an engine of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use claviger_domain::{
    Actor, Email, Environment, KeyFormat, KeyKind, KeyLifetimes, KeyShape, Label, Metadata, Policy, Scope,
    ScopeCatalog, ScopeDescription, ScopeSet, Timestamp, TokenPolicy, Workspace,
};
use claviger_engine::{Engine, IssuedKey, NewKey, NewPassword, NewWorkspace, Options, Parts};
use claviger_pages::{PagesState, router};
use claviger_secrets::MasterKey;
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, SeededEntropy};

use crate::browser::Browser;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const ACTOR: Actor = Actor::LOCAL;

pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) workspace: Workspace,
    pub(crate) router: Router,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(false).await
    }

    pub(crate) async fn with(is_secure: bool) -> Self {
        let store = Store::open(&StoreOptions::new("sqlite::memory:".parse().unwrap())).await.unwrap();
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        let engine = Engine::new(Parts {
            store: store.clone(),
            master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
            previous_masters: Vec::new(),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
            mailer: Arc::new(claviger_engine::NoMail),
            fetch: Arc::new(claviger_engine::NoFetch),
            options: Options::default(),
        })
        .unwrap();
        for (name, prefix, kind) in [("sample", "sk_", KeyKind::Single), ("paired", "", KeyKind::Pair)] {
            engine.install_policy(Arc::new(policy(name, prefix, kind))).await.unwrap();
        }
        let new = NewWorkspace { name: "Acme".parse().unwrap(), plan: None };
        let workspace = engine.create_workspace(&ACTOR, new, None).await.unwrap();
        let password = NewPassword::choose(PASSWORD.to_owned()).unwrap();
        engine.create_operator(&ACTOR, EMAIL.parse::<Email>().unwrap(), password).await.unwrap();
        let state = PagesState { engine: engine.clone(), directory: Arc::default(), is_secure };
        Self { engine, store, clock, workspace, router: router(state) }
    }

    /// A browser that has not been here yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser whose user is signed in.
    pub(crate) async fn operator(&self) -> Browser {
        let mut browser = self.browser();
        let reply = browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!((reply.status, reply.location()), (303, "/console"), "{}", reply.body);
        browser
    }

    pub(crate) async fn issue(&self, api: &str, name: &str) -> IssuedKey {
        // One id is later than the one before only from one millisecond to the next.
        self.clock.advance(Duration::from_millis(1));
        let api = self.engine.find_api(api).unwrap();
        let new = NewKey {
            api: api.api.id,
            workspace: self.workspace.id,
            environment: Environment::Live,
            kind: api.policy.key_formats[0].kind,
            name: name.parse::<Label>().unwrap(),
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            not_before: None,
            expires_at: None,
            addresses: Vec::new(),
            limits: Vec::new(),
            metadata: Metadata::default(),
        };
        self.engine.issue_key(&ACTOR, new, None).await.unwrap()
    }
}

fn policy(name: &str, prefix: &str, kind: KeyKind) -> Policy {
    let scope = |name: &str, description: &str, implies: &[&str]| {
        let implies = implies.iter().map(|s| s.parse().unwrap()).collect();
        (name.parse::<Scope>().unwrap(), ScopeDescription { description: description.to_owned(), implies })
    };
    let format = |environment: Environment| KeyFormat {
        prefix: if prefix.is_empty() { "".into() } else { format!("{prefix}{environment}_").into() },
        shape: if prefix.is_empty() { KeyShape::Uuid } else { KeyShape::Checked { random: 30 } },
        kind,
        environment,
    };
    Policy {
        name: name.parse().unwrap(),
        key_formats: Environment::ALL.map(format).into(),
        scopes: ScopeCatalog::new(
            [scope("read", "Look at <things>.", &[]), scope("write", "Change things.", &["read"])].into(),
        )
        .unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: Duration::from_secs(7 * 86_400),
            retention: Duration::from_secs(30 * 86_400),
        },
        plans: Default::default(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        access_tokens: Vec::new(),
        tokens: TokenPolicy::default(),
    }
}
