//! The engine: one value with few fields, made the same way in production and in tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_domain::{ClientId, Clock, Entropy, NodeId, OperatorToken, Timestamp};
use claviger_secrets::{LookupHasher, MasterKey, Sealer, TokenMaker};
use claviger_store::Store;

use crate::activity::{Pending, Recorder, recorder};
use crate::chain::Chain;
use crate::client_keys::ClientKeyCache;
use crate::counts::Usage;
use crate::error::Error;
use crate::failures::Failures;
use crate::feed::Feed;
use crate::fetch::Fetch;
use crate::hashing::Hashing;
use crate::kept_care::KeptCare;
use crate::known::Known;
use crate::known_client::{ClientUses, KnownClient};
use crate::limits::{CounterHealth, Limits};
use crate::logos::Logos;
use crate::lookup_cache::LookupCache;
use crate::mailer::{Mailer, Post};
use crate::options::Options;
use crate::parents::Parents;
use crate::providers::Providers;
use crate::refusals::Refusals;
use crate::registry::Registry;
use crate::sign_in_counts::SignIns;
use crate::sold::Sold;
use crate::tallies::Tallies;
use crate::turns::Turns;
use crate::watch::Watch;
use crate::webhook_counts::WebhookCounts;

/// Operator tokens kept in memory; an instance has few.
const CACHED_OPERATORS: usize = 1_000;

/// Clients kept in memory, and as many ids that are of none.
const CACHED_CLIENTS: usize = 10_000;

/// How long mail that waits may hold up the end.
const LAST_MAIL: Duration = Duration::from_secs(5);

/// What an engine is made of.
pub struct Parts {
    /// The database, migrated.
    pub store: Store,
    /// The master key, from which peppers and sealing keys are derived.
    pub master: MasterKey,
    /// Earlier master keys, which still open what they sealed.
    pub previous_masters: Vec<MasterKey>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Documents of others, from the network.
    pub fetch: Arc<dyn Fetch>,
    /// Sizes and times.
    pub options: Options,
}

/// Every use case of this server. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Arc<LookupHasher>,
    sealer: Sealer,
    token_maker: TokenMaker,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    fetch: Arc<dyn Fetch>,
    registry: Registry,
    memory: Memory,
    hashing: Hashing,
    post: Post,
    feed: Feed,
    options: Options,
}

/// What this node remembers between requests; all of it can be lost at any time.
struct Memory {
    credentials: LookupCache<Known>,
    operators: LookupCache<OperatorToken>,
    clients: LookupCache<KnownClient, ClientId>,
    client_uses: ClientUses,
    parents: Parents,
    limits: Limits,
    refusals: Refusals,
    failures: Failures,
    client_keys: ClientKeyCache,
    logos: Logos,
    providers: Providers,
    recorder: Recorder,
    usage: Usage,
    sign_ins: SignIns,
    watch: Watch,
    purchases: Turns,
    care: KeptCare,
    sold: Sold,
    cleaned_up: Tallies,
    findings: Tallies,
    webhook_counts: WebhookCounts,
    pending: Mutex<Option<Pending>>,
}

impl Engine {
    /// An engine over these parts. It serves at once; [`Engine::run`] keeps it in step with other nodes.
    ///
    /// # Errors
    /// When the crypto library refuses the master key.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        let Parts { store, master, previous_masters, clock, entropy, mailer, fetch, options } = parts;
        let (recorder, pending) = recorder();
        let memory = Memory {
            credentials: LookupCache::new(options.cached_credentials, options.cached_unknown),
            operators: LookupCache::new(CACHED_OPERATORS, CACHED_OPERATORS),
            clients: LookupCache::new(CACHED_CLIENTS, CACHED_CLIENTS),
            client_uses: ClientUses::default(),
            parents: Parents::new(),
            limits: Limits::new(options.shared_counter.clone()),
            refusals: Refusals::new(),
            failures: Failures::default(),
            client_keys: ClientKeyCache::default(),
            logos: Logos::default(),
            providers: Providers::default(),
            recorder,
            usage: Usage::new(),
            sign_ins: SignIns::default(),
            watch: Watch::new(options.unusual.is_on),
            purchases: Turns::new(),
            care: KeptCare::default(),
            sold: Sold::new(),
            cleaned_up: Tallies::default(),
            findings: Tallies::default(),
            webhook_counts: WebhookCounts::default(),
            pending: Mutex::new(Some(pending)),
        };
        let node = NodeId::generate(&*clock, &*entropy);
        Ok(Self(Arc::new(Inner {
            vault: Arc::new(LookupHasher::new(&master)?),
            sealer: Sealer::new(&master, &previous_masters)?,
            token_maker: TokenMaker::new(&master)?,
            feed: Feed::new(node, options.lease, clock.now()),
            registry: Registry::default(),
            hashing: Hashing::new(options.accounts.hashers, options.accounts.hash_queue)?,
            post: Post::new(mailer),
            store,
            clock,
            entropy,
            fetch,
            memory,
            options,
        })))
    }

    /// Works in the background until `stop` resolves: follows other nodes, writes "last used", sends mail and webhooks, cleans up.
    /// Then writes what is pending and gives the node's lease back.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let pending = self.0.memory.pending.lock().ok().and_then(|mut pending| pending.take());
        let Some(mut pending) = pending else { return };
        let (ending, ended) = tokio::sync::oneshot::channel();
        let (uncounted, counted) = tokio::sync::oneshot::channel();
        let mut usage = Box::pin(self.flush_usage_until(counted));
        // Never dropped while it sends: a mail that was taken from the queue is nowhere else.
        let mut post = Box::pin(self.deliver_until(ended));
        tokio::select! {
            () = stop => {}
            () = Box::pin(self.follow_feed()) => {}
            () = self.flush_activity_for_ever(&mut pending) => {}
            () = Box::pin(self.run_jobs()) => {}
            () = Box::pin(self.keep_up_for_ever()) => {}
            () = &mut usage => {}
            () = Box::pin(self.fold_usage_for_ever()) => {}
            () = Box::pin(self.watch_for_ever()) => {}
            () = Box::pin(self.tell_for_ever()) => {}
            () = Box::pin(self.keep_signing_keys()) => {}
            () = Box::pin(self.look_for_logos()) => {}
            () = Box::pin(self.keep_sandboxes()) => {}
            () = Box::pin(self.send_webhooks_for_ever()) => {}
            () = &mut post => {}
        }
        drop(ending);
        // A mail server that hangs must not keep the process from ending.
        if tokio::time::timeout(LAST_MAIL, post).await.is_err() {
            tracing::warn!("some mail was not sent before the end");
        }
        self.flush_activity(&mut pending, None).await;
        drop(uncounted);
        usage.await;
        self.report_at_end().await;
        self.leave().await;
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn is_ready(&self) -> Result<(), Error> {
        self.store().read().await?.latest_change().await?;
        Ok(())
    }

    /// Whether this node hears of other nodes' changes in time, and so answers from memory.
    pub fn trusts_its_memory(&self) -> bool {
        self.feed().is_trusted(self.now())
    }

    /// How the shared counter of limits does, as this node sees it; none where each node counts for itself.
    pub fn shared_counter(&self) -> Option<CounterHealth> {
        self.limits().counter_health()
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn vault(&self) -> &LookupHasher {
        &self.0.vault
    }

    /// What chains the audit record.
    pub(crate) fn chain(&self) -> Chain {
        Chain::new(Arc::clone(&self.0.vault))
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    pub(crate) fn token_maker(&self) -> &TokenMaker {
        &self.0.token_maker
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn credentials(&self) -> &LookupCache<Known> {
        &self.0.memory.credentials
    }

    pub(crate) fn operators(&self) -> &LookupCache<OperatorToken> {
        &self.0.memory.operators
    }

    pub(crate) fn clients(&self) -> &LookupCache<KnownClient, ClientId> {
        &self.0.memory.clients
    }

    pub(crate) fn client_uses(&self) -> &ClientUses {
        &self.0.memory.client_uses
    }

    pub(crate) fn kept_care(&self) -> &KeptCare {
        &self.0.memory.care
    }

    pub(crate) fn parents(&self) -> &Parents {
        &self.0.memory.parents
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.memory.limits
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.0.memory.refusals
    }

    pub(crate) fn failures(&self) -> &Failures {
        &self.0.memory.failures
    }

    pub(crate) fn client_keys(&self) -> &ClientKeyCache {
        &self.0.memory.client_keys
    }

    pub(crate) fn logos(&self) -> &Logos {
        &self.0.memory.logos
    }

    pub(crate) fn providers(&self) -> &Providers {
        &self.0.memory.providers
    }

    pub(crate) fn fetch(&self) -> &dyn Fetch {
        &*self.0.fetch
    }

    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    pub(crate) fn post(&self) -> &Post {
        &self.0.post
    }

    pub(crate) fn shared_entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.0.entropy)
    }

    /// Turns of those who buy what is given again.
    pub(crate) fn purchases(&self) -> &Turns {
        &self.0.memory.purchases
    }

    pub(crate) fn sold(&self) -> &Sold {
        &self.0.memory.sold
    }

    /// What became of messages to webhooks here.
    pub(crate) fn webhook_counts(&self) -> &WebhookCounts {
        &self.0.memory.webhook_counts
    }

    /// Rows that clean-ups deleted, by table.
    pub(crate) fn cleaned_up(&self) -> &Tallies {
        &self.0.memory.cleaned_up
    }

    /// News of unusual activity, by rule.
    pub(crate) fn findings(&self) -> &Tallies {
        &self.0.memory.findings
    }

    pub(crate) fn counts(&self) -> &Usage {
        &self.0.memory.usage
    }

    pub(crate) fn sign_in_counts(&self) -> &SignIns {
        &self.0.memory.sign_ins
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.0.memory.watch
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.0.memory.recorder
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.0.feed
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("options", &self.0.options).finish_non_exhaustive()
    }
}
