//! Counting requests in memory, beside each of them.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash, Hasher};
use std::net::IpAddr;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use claviger_domain::{ApiId, DenialReason, Principal, Tally, UsageName};
use claviger_store::UsageBatch;
use indexmap::{Equivalent, IndexMap};

use crate::origins::{Origin, Origins};
use crate::usage_parts::UsageParts;

/// Places to count in, so that threads seldom meet.
const SHARDS: usize = 16;
/// Names that all places together hold between two flushes, or a few more: they count them without waiting for each other.
/// Beyond that requests are still counted, but not whose they were.
const NAMES: usize = 65_536;

/// Names that wait to be written while the database is away. Beyond that it is not kept whose requests they were.
const WAITING: usize = 65_536;

/// A request that was answered, or decided for somebody else's answer.
#[derive(Clone, Copy, Debug)]
pub struct Use<'u> {
    /// The API it was for.
    pub api: ApiId,
    /// Whose credential it had, as far as that was found.
    pub principal: Option<&'u Principal>,
    /// Where it came from, as far as that is known.
    pub address: Option<IpAddr>,
    /// The contract's route as it is written there.
    pub route: Option<&'u str>,
    /// The status of the answer; none where only a verdict was given.
    pub status: Option<u16>,
    /// Why it was refused.
    pub reason: Option<DenialReason>,
    /// How long the answer took, where that says something.
    pub took: Option<Duration>,
}

/// Counts since the last flush, and in all since the start.
pub(crate) struct Usage {
    shards: [Mutex<Counts>; SHARDS],
    hasher: RandomState,
    /// Names in all shards.
    names: AtomicUsize,
    totals: Mutex<BTreeMap<TotalName, Tally>>,
    /// Requests whose names did not fit any more.
    nameless: AtomicU64,
    /// How much waited to be written when that was last tried.
    waiting: AtomicU64,
    /// What waits to be written; held while it is.
    pub(crate) unwritten: tokio::sync::Mutex<Unwritten>,
}

pub(crate) type Counts = IndexMap<UsageName, Counted>;

/// How often something happened, and from where as far as it had a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) tally: Tally,
    pub(crate) origins: Origins,
}

impl Counted {
    fn count(&mut self, used: &Use<'_>) {
        self.tally += Tally::one(used.took);
        if let Some(principal) = used.principal {
            self.origins.add(Origin::new(principal.version, used.address), 1);
        }
    }

    /// The same of somebody whom nobody asks for by name.
    fn without_origins(self) -> Self {
        Self { origins: Origins::default(), ..self }
    }
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.tally += other.tally;
        self.origins += other.origins;
    }
}

/// What is counted together since the start: few enough for every scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotalName {
    /// The API.
    pub api: ApiId,
    /// The status of the answer; none where only a verdict was given.
    pub status: Option<u16>,
    /// Why it was refused; none where it was not.
    pub reason: Option<DenialReason>,
}

/// A name that is looked up without being made first. It hashes as [`UsageName`] does.
struct Wanted<'u>(&'u Use<'u>);

impl Hash for Wanted<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let used = self.0;
        used.api.hash(state);
        used.principal.map(|principal| principal.workspace).hash(state);
        used.principal.map(|principal| &*principal.credential).hash(state);
        used.route.hash(state);
        used.status.hash(state);
        used.reason.hash(state);
    }
}

impl Equivalent<UsageName> for Wanted<'_> {
    fn equivalent(&self, name: &UsageName) -> bool {
        let used = self.0;
        used.api == name.api
            && used.principal.map(|principal| principal.workspace) == name.workspace
            && used.principal.map(|principal| &*principal.credential) == name.credential.as_deref()
            && used.route == name.route.as_deref()
            && used.status == name.status
            && used.reason == name.reason
    }
}

impl Use<'_> {
    fn name(&self) -> UsageName {
        UsageName {
            api: self.api,
            workspace: self.principal.map(|principal| principal.workspace),
            credential: self.principal.map(|principal| principal.credential.clone()),
            route: self.route.map(Into::into),
            status: self.status,
            reason: self.reason,
        }
    }
}

impl Usage {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            names: AtomicUsize::new(0),
            totals: Mutex::default(),
            nameless: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            unwritten: tokio::sync::Mutex::default(),
        }
    }

    /// Counts a request. The lock is this thread's own nearly always; the flusher holds it to swap a pointer.
    pub(crate) fn note(&self, used: &Use<'_>) {
        let mut counts = self.shard();
        if let Some(known) = counts.get_mut(&Wanted(used)) {
            known.count(used);
        } else if self.names.load(Ordering::Relaxed) < NAMES {
            self.names.fetch_add(1, Ordering::Relaxed);
            counts.entry(used.name()).or_default().count(used);
        } else {
            self.nameless.fetch_add(1, Ordering::Relaxed);
            counts.entry(without_owner(&used.name())).or_default().tally += Tally::one(used.took);
        }
    }

    fn shard(&self) -> MutexGuard<'_, Counts> {
        let index = self.hasher.hash_one(thread::current().id()) as usize % SHARDS;
        lock(self.shards.get(index).unwrap_or(&self.shards[0]))
    }

    /// What was counted since the last call, which counts towards the totals from now on.
    pub(crate) fn drain(&self) -> Counts {
        let mut all = Counts::new();
        for shard in &self.shards {
            for (name, counted) in std::mem::take(&mut *lock(shard)) {
                *all.entry(name).or_default() += counted;
            }
        }
        self.names.store(0, Ordering::Relaxed);
        let mut totals = lock(&self.totals);
        for (UsageName { api, status, reason, .. }, counted) in &all {
            let name = TotalName { api: *api, status: *status, reason: *reason };
            *totals.entry(name).or_default() += counted.tally;
        }
        all
    }

    /// Everything since the start, but for the last second.
    pub(crate) fn totals(&self) -> BTreeMap<TotalName, Tally> {
        lock(&self.totals).clone()
    }

    /// How many counts the last write left behind.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn note_waiting(&self, counts: usize) {
        self.waiting.store(counts as u64, Ordering::Relaxed);
    }

    /// How many requests were counted without saying whose they were, for want of room.
    pub(crate) fn nameless(&self) -> u64 {
        self.nameless.load(Ordering::Relaxed)
    }
}

/// What was counted and is not known to be written yet.
#[derive(Default)]
pub(crate) struct Unwritten {
    counts: Counts,
    /// What the database was asked to write and has not confirmed: perhaps it is written.
    flush: Option<Flush>,
    /// How many flushes were begun.
    begun: u64,
    /// How they are divided.
    parts: UsageParts,
}

/// What is written at once, under a number of this node: it is asked for again as it is until the database confirms it,
/// and written once however often that is.
#[derive(Clone)]
pub(crate) struct Flush {
    pub(crate) number: u64,
    pub(crate) batches: Arc<[UsageBatch]>,
    names: usize,
}

impl Unwritten {
    pub(crate) fn add(&mut self, counts: Counts) {
        for (name, counted) in counts {
            let is_full = self.counts.len() >= WAITING && !self.counts.contains_key(&name);
            let (name, counted) =
                if is_full { (without_owner(&name), counted.without_origins()) } else { (name, counted) };
            *self.counts.entry(name).or_default() += counted;
        }
    }

    /// What is to be written next: what was not confirmed, else what `batches` makes of all that waits.
    pub(crate) fn next(
        &mut self,
        batches: impl FnOnce(&Counts, &mut UsageParts) -> Arc<[UsageBatch]>,
    ) -> Option<Flush> {
        if self.flush.is_none() && !self.counts.is_empty() {
            let counts = std::mem::take(&mut self.counts);
            self.begun += 1;
            let batches = batches(&counts, &mut self.parts);
            self.flush = Some(Flush { number: self.begun, batches, names: counts.len() });
        }
        self.flush.clone()
    }

    /// The database has written what was next.
    pub(crate) fn confirm(&mut self) {
        self.flush = None;
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len() + self.flush.as_ref().map_or(0, |flush| flush.names)
    }
}

/// What is left of a name when there is no room for it.
fn without_owner(name: &UsageName) -> UsageName {
    let UsageName { api, status, reason, .. } = *name;
    UsageName { api, workspace: None, credential: None, route: None, status, reason }
}

/// Counts are whole whatever happened to whoever held them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    use claviger_domain::{Belongings, CredentialKind, Environment, ScopeSet, WorkspaceId};
    use uuid::Uuid;

    fn api() -> ApiId {
        ApiId::from_uuid(Uuid::from_u128(1))
    }

    fn principal(number: u128) -> Principal {
        Principal {
            api: api(),
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(2)),
            kind: CredentialKind::Key,
            credential: format!("key_{number}").into(),
            version: None,
            subject: None,
            client: None,
            scopes: ScopeSet::default(),
            environment: Environment::Live,
            expires_at: None,
            belongings: Belongings::default(),
        }
    }

    fn used<'u>(principal: &'u Principal, route: &'u str) -> Use<'u> {
        let took = Some(Duration::from_millis(3));
        Use {
            api: api(),
            principal: Some(principal),
            address: Some([203, 0, 113, 7].into()),
            route: Some(route),
            status: Some(200),
            reason: None,
            took,
        }
    }

    #[test]
    fn a_name_that_is_looked_up_is_the_name_that_is_kept() {
        let state = RandomState::new();
        let (ada, ben) = (principal(1), principal(2));
        let uses = [
            used(&ada, "/a"),
            used(&ben, "/a"),
            Use { route: None, ..used(&ada, "/a") },
            Use { status: None, reason: Some(DenialReason::Expired), ..used(&ada, "/a") },
            Use { principal: None, ..used(&ada, "/a") },
        ];
        for (i, one) in uses.iter().enumerate() {
            for (j, other) in uses.iter().enumerate() {
                assert_eq!(Wanted(one).equivalent(&other.name()), i == j, "{i} {j}");
            }
            assert_eq!(state.hash_one(Wanted(one)), state.hash_one(one.name()), "{i}");
        }
    }

    #[test]
    fn what_many_threads_count_at_once_adds_up() {
        let usage = Arc::new(Usage::new());
        thread::scope(|scope| {
            for number in 0..8 {
                let usage = &usage;
                scope.spawn(move || {
                    let who = principal(number % 2);
                    for _ in 0..1_000 {
                        usage.note(&used(&who, "/a"));
                    }
                });
            }
        });
        let counts = usage.drain();
        assert_eq!(counts.values().map(|counted| counted.tally.requests).collect::<Vec<_>>(), [4_000, 4_000]);
        let network = Origin::new(None, Some([203, 0, 113, 9].into()));
        for counted in counts.values() {
            assert_eq!(counted.origins.iter().collect::<Vec<_>>(), [&(network, 4_000)]);
        }
        assert!(usage.drain().is_empty());
        let totals = usage.totals();
        let total = TotalName { api: api(), status: Some(200), reason: None };
        assert_eq!(totals[&total].requests, 8_000);
        assert_eq!(totals[&total].latency.count(), 8_000);
    }

    #[test]
    fn a_flood_of_keys_is_counted_in_bounded_memory() {
        let usage = Usage::new();
        let flood = 70_000;
        for number in 0..flood {
            usage.note(&used(&principal(number), "/a"));
        }
        let counts = usage.drain();
        assert_eq!(counts.len(), NAMES + 1);
        assert_eq!(counts.values().map(|counted| u128::from(counted.tally.requests)).sum::<u128>(), flood);
        let nameless = counts.iter().filter(|(name, _)| name.credential.is_none());
        assert!(nameless.map(|(_, counted)| counted.origins.iter().count()).sum::<usize>() == 0);
        assert_eq!(u128::from(usage.nameless()), flood - NAMES as u128);
        usage.note(&used(&principal(flood), "/a"));
        assert!(usage.drain().keys().all(|name| name.credential.is_some()), "there is room again");
    }
}
