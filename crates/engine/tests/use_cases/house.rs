//! An engine over a database of its own, with a clock that the test moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_domain::{
    Actor, Api, Decision, Email, Environment, Facts, Key, KeyFormat, KeyKind, KeyLifetimes, KeyShape,
    KindSet, Limit, Metadata, Plan, Policy, Presented, Scope, ScopeCatalog, ScopeDescription, ScopeSet,
    Timestamp, TokenPolicy, Workspace,
};
use claviger_engine::{
    Answered, Engine, Fetch, FetchError, FetchLimits, Fetched, Form, IssuedKey, KeyError, Mail, MailError,
    Mailer, Message, NewKey, NewWorkspace, Options, Outgoing, Parts, Question,
};
use claviger_secrets::{MasterKey, Plain};
use claviger_store::{Store, StoreOptions};
use claviger_testkit::{FakeClock, Postgres, SeededEntropy};
use futures_util::future::BoxFuture;

use crate::receivers::Receivers;

pub(crate) const ACTOR: Actor = Actor::LOCAL;

/// A mail in as few words as will do: real ones are the pages'.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) to: Email,
    pub(crate) language: Option<String>,
    pub(crate) subject: String,
    pub(crate) text: Plain,
}

/// Keeps what was sent.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Vec<Sent>>>);

impl Mailbox {
    /// What was sent since the last look.
    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Mailer for Mailbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), MailError>> {
        let Mail { to, language, message } = mail;
        let (subject, text) = spare(&message);
        self.0.lock().unwrap().push(Sent { to, language, subject, text: Plain::new(text) });
        Box::pin(std::future::ready(Ok(())))
    }
}

fn spare(message: &Message) -> (String, String) {
    match message {
        Message::Account { letter, title, link } => {
            (format!("{title}: {letter:?}"), format!("{}\n", link.expose()))
        }
        Message::Invitation { workspace, role, link } => {
            (format!("join {workspace}"), format!("{role}\n{}\n", link.expose()))
        }
        Message::AccessReceived { link } => ("received".to_owned(), format!("{}\n", link.expose())),
        Message::AccessDeclined { reason, link } => {
            ("declined".to_owned(), format!("{reason}\n{}\n", link.expose()))
        }
        Message::Finding { finding, response, is_for_caretaker, link } => (
            format!("{} {response:?}", finding.rule),
            format!("{} {is_for_caretaker}\n{link}\n", finding.subject),
        ),
        Message::WebhookDisabled { name, host, cause, link } => {
            (format!("{name} {cause:?}"), format!("{host}\n{link}\n"))
        }
        Message::KeysEnding { workspace, api, reminder, keys, count } => {
            let keys: String =
                keys.iter().map(|key| format!("{} {} {}\n", key.name, key.ends_at, key.link)).collect();
            (format!("{count} keys of {workspace} end {reminder:?}"), format!("{api}\n{keys}"))
        }
    }
}

/// A network with some pictures in it, by their addresses, endpoints of webhooks, and nothing else.
#[derive(Clone, Default)]
pub(crate) struct Pictures(Arc<Mutex<Gallery>>, Receivers);

#[derive(Default)]
struct Gallery {
    pictures: BTreeMap<String, Vec<u8>>,
    asked: usize,
}

impl Pictures {
    /// Puts one up; one of no bytes takes it down.
    pub(crate) fn put(&self, url: &str, bytes: &[u8]) {
        let pictures = &mut self.0.lock().unwrap().pictures;
        match bytes {
            [] => drop(pictures.remove(url)),
            bytes => drop(pictures.insert(url.to_owned(), bytes.to_vec())),
        }
    }

    /// How often something was asked for.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

impl Fetch for Pictures {
    fn get<'f>(&'f self, _: &'f str, _: FetchLimits) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(std::future::ready(Err(FetchError::Address)))
    }

    fn get_picture<'f>(
        &'f self,
        url: &'f str,
        limits: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        let mut gallery = self.0.lock().unwrap();
        gallery.asked += 1;
        let found = gallery.pictures.get(url).cloned().filter(|body| body.len() <= limits.bytes);
        let found = found.map(|body| Fetched { body, max_age: None });
        Box::pin(std::future::ready(found.ok_or(FetchError::Unreachable)))
    }

    fn post_form<'f>(
        &'f self,
        _: &'f str,
        _: &'f Form,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Fetched, FetchError>> {
        Box::pin(std::future::ready(Err(FetchError::Address)))
    }

    fn may_ask(&self, url: &str) -> bool {
        !url.contains("://10.")
    }

    fn post_message<'f>(
        &'f self,
        url: &'f str,
        message: &'f Outgoing,
        _: FetchLimits,
    ) -> BoxFuture<'f, Result<Answered, FetchError>> {
        Box::pin(self.1.receive(url, message))
    }
}

pub(crate) struct House {
    pub(crate) url: String,
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) mailbox: Mailbox,
    pub(crate) pictures: Pictures,
    pub(crate) receivers: Receivers,
    pub(crate) api: Api,
    pub(crate) policy: Arc<Policy>,
    pub(crate) workspace: Workspace,
}

impl House {
    pub(crate) async fn on(url: &str) -> Self {
        Self::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), policy()).await
    }

    pub(crate) async fn in_memory() -> Self {
        Self::on("sqlite::memory:").await
    }

    /// Another node on the same database and clock, with the same master key.
    pub(crate) async fn with(url: &str, seed: u64, clock: FakeClock, policy: Policy) -> Self {
        Self::with_options(url, (seed, Options::default()), clock, policy).await
    }

    /// The same, with these sizes and times.
    pub(crate) async fn with_options(
        url: &str,
        (seed, options): (u64, Options),
        clock: FakeClock,
        policy: Policy,
    ) -> Self {
        let store = Store::open(&StoreOptions::new(url.parse().unwrap())).await.unwrap();
        let (mailbox, pictures) = (Mailbox::default(), Pictures::default());
        let receivers = pictures.1.clone();
        let engine = Engine::new(Parts {
            store: store.clone(),
            master: MasterKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap(),
            previous_masters: Vec::new(),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(seed)),
            mailer: Arc::new(mailbox.clone()),
            fetch: Arc::new(pictures.clone()),
            options: Options { cached_credentials: 1_000, cached_unknown: 100, ..options },
        })
        .unwrap();
        engine.check_master_key().await.unwrap();
        let policy = Arc::new(policy);
        let api = engine.install_policy(Arc::clone(&policy)).await.unwrap();
        let new = NewWorkspace { name: "Acme".parse().unwrap(), plan: None };
        let workspace = engine.create_workspace(&ACTOR, new, None).await.unwrap();
        Self {
            url: url.to_owned(),
            engine,
            store,
            clock,
            mailbox,
            pictures,
            receivers,
            api,
            policy,
            workspace,
        }
    }

    pub(crate) fn new_key(&self) -> NewKey {
        NewKey {
            api: self.api.id,
            workspace: self.workspace.id,
            environment: Environment::Live,
            kind: KeyKind::Single,
            name: "server".parse().unwrap(),
            scopes: ScopeSet::parse_spaced("read").unwrap(),
            not_before: None,
            expires_at: None,
            addresses: Vec::new(),
            limits: Vec::new(),
            metadata: Metadata::default(),
            is_canary: false,
        }
    }

    pub(crate) async fn issue(&self, change: impl FnOnce(&mut NewKey)) -> Result<IssuedKey, KeyError> {
        let mut new = self.new_key();
        change(&mut new);
        self.engine.issue_key(&ACTOR, new, None).await
    }

    pub(crate) async fn key(&self) -> (Key, Plain) {
        let issued = self.issue(|_| {}).await.unwrap();
        (issued.key, issued.text)
    }

    pub(crate) async fn ask(&self, text: &str, facts: &Facts<'_>) -> Decision {
        let presented = Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY };
        let question = Question { api: self.api.id, policy: &self.policy, presented, facts };
        let slow = self.engine.verify(&question).await.unwrap();
        // Whatever memory answers must be what the database says. Limits count each question, so only those
        // without any are asked twice.
        if slow.limits.is_empty()
            && let Some(fast) = self.engine.verify_now(&question)
        {
            assert_eq!(fast, slow);
        }
        slow
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        claviger_domain::Clock::now(&self.clock)
    }

    /// The verify code for a text without further demands.
    pub(crate) async fn code(&self, text: &Plain) -> &'static str {
        self.ask(text.expose(), &Facts::none()).await.code()
    }
}

pub(crate) fn format(prefix: &str, kind: KeyKind, environment: Environment) -> KeyFormat {
    KeyFormat { prefix: prefix.into(), shape: KeyShape::Checked { random: 30 }, kind, environment }
}

pub(crate) fn limit(name: &str, requests: u32, per_seconds: u32) -> Limit {
    let (requests, per_seconds) = (requests.try_into().unwrap(), per_seconds.try_into().unwrap());
    Limit::even(name.parse().unwrap(), requests, per_seconds)
}

pub(crate) fn policy() -> Policy {
    let scope = |name: &str, implies: &[&str]| {
        let implies = implies.iter().map(|s| s.parse().unwrap()).collect();
        (name.parse::<Scope>().unwrap(), ScopeDescription { description: String::new(), implies })
    };
    let plan = Plan { title: "Small".to_owned(), limits: vec![Arc::new(limit("plan", 5, 60))] };
    Policy {
        name: "sample".parse().unwrap(),
        key_formats: vec![
            format("sk_live_", KeyKind::Single, Environment::Live),
            format("sk_test_", KeyKind::Single, Environment::Test),
            format("pk_live_", KeyKind::Pair, Environment::Live),
        ],
        scopes: ScopeCatalog::new(
            [scope("admin", &["write"]), scope("write", &["read"]), scope("read", &[])].into(),
        )
        .unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: Duration::from_secs(7 * 86_400),
            retention: Duration::from_secs(30 * 86_400),
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: [("small".parse().unwrap(), plan)].into(),
        default_plan: None,
        limits: Vec::new(),
        collections: vec!["destinations".parse().unwrap()],
        access_tokens: Vec::new(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens: TokenPolicy::default(),
    }
}

pub(crate) fn postgres() -> String {
    Postgres::shared().fresh_database()
}

pub(crate) fn facts_needing(scope: &str) -> Facts<'static> {
    Facts { required_scopes: [scope.parse().unwrap()].into(), ..Facts::none() }
}
