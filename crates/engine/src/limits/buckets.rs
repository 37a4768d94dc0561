//! The buckets of this node, in bounded memory.
//!
//! A bucket whose quota is back is forgotten without loss. Where that is not enough room, those go that have some of
//! their quota left. One that is used up is never forgotten before its quota comes back: where nothing but such are
//! left, whoever is new shares one bucket with all others who are new.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use claviger_domain::{ApiId, Limit, Pace, Timestamp, WorkspaceId};

use super::bucket::{Bucket, Share};

/// Shards, so that whoever looks for room holds up few.
const SHARDS: usize = 64;
/// So many times the room may be taken by buckets that are used up or in use.
const OVERFLOW: usize = 4;
/// How long a full shard waits before it looks for room again.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose requests are counted in one bucket.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Credential(Arc<str>),
    Workspace(WorkspaceId),
    Client(Arc<str>),
    User(Arc<str>),
    Address(IpAddr),
    Everyone,
    /// All for whom there is no room.
    Crowd,
}

impl Owner {
    /// Who that is among those who have an id; none for addresses, for everyone and for the crowd.
    pub(super) fn id(&self) -> Option<Arc<str>> {
        match self {
            Self::Credential(text) | Self::Client(text) | Self::User(text) => Some(Arc::clone(text)),
            Self::Workspace(id) => Some(id.to_string().into()),
            Self::Address(_) | Self::Everyone | Self::Crowd => None,
        }
    }
}

/// What a bucket is found by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct BucketName {
    pub(super) api: ApiId,
    pub(super) limit: Arc<Limit>,
    pub(super) owner: Owner,
}

impl BucketName {
    /// What the bucket is called among nodes: a limit that changes begins afresh, there as here.
    fn shared_name(&self) -> Box<str> {
        let Limit { name, requests, pace, .. } = &*self.limit;
        let pace = match pace {
            Pace::Even { per_seconds, burst } => format!("even/{per_seconds}/{burst}"),
            Pace::Rolling { per_seconds } => format!("rolling/{per_seconds}"),
            Pace::Day => "day".to_owned(),
            Pace::Month => "month".to_owned(),
        };
        let owner = match &self.owner {
            Owner::Credential(text) => format!("credential/{text}"),
            Owner::Workspace(id) => format!("workspace/{id}"),
            Owner::Client(text) => format!("client/{text}"),
            Owner::User(text) => format!("user/{text}"),
            Owner::Address(address) => format!("address/{address}"),
            Owner::Everyone => "everyone".to_owned(),
            Owner::Crowd => "crowd".to_owned(),
        };
        format!("claviger:limit:{}:{name}:{requests}/{pace}:{owner}", self.api).into()
    }
}

/// All buckets of this node.
pub(super) struct Buckets {
    shards: Box<[RwLock<Shard>]>,
    hasher: RandomState,
    /// Buckets of a shard from which on room is made.
    room: usize,
    /// Whether all nodes count together.
    is_shared: bool,
}

struct Shard {
    buckets: HashMap<BucketName, Arc<Bucket>>,
    /// How many there may be before room is made the next time.
    sweep_at: usize,
    /// When room was made the last time.
    swept_at: Option<Timestamp>,
}

impl Buckets {
    /// Room for so many, and for some times as many that are used up or in use.
    pub(super) fn new(most: usize, is_shared: bool) -> Self {
        let room = most.div_ceil(SHARDS).max(1);
        let shard = || RwLock::new(Shard { buckets: HashMap::new(), sweep_at: room, swept_at: None });
        let shards = std::iter::repeat_with(shard).take(SHARDS).collect();
        Self { shards, hasher: RandomState::new(), room, is_shared }
    }

    /// The bucket of this name, made if there is none.
    pub(super) fn get(&self, name: BucketName, now: Timestamp) -> Arc<Bucket> {
        let Some(shard) = self.shard(&name) else { return self.fresh(&name) };
        if let Some(bucket) = shard.read().unwrap_or_else(PoisonError::into_inner).buckets.get(&name) {
            return Arc::clone(bucket);
        }
        {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(bucket) = shard.buckets.get(&name) {
                return Arc::clone(bucket);
            }
            // The crowd's is always let in; there is one for each limit.
            if shard.has_room(self.room, now) || matches!(name.owner, Owner::Crowd) {
                let bucket = self.fresh(&name);
                shard.buckets.insert(name, Arc::clone(&bucket));
                return bucket;
            }
        }
        self.get(BucketName { owner: Owner::Crowd, ..name }, now)
    }

    fn fresh(&self, name: &BucketName) -> Arc<Bucket> {
        let share = self.is_shared.then(|| Share::new(name.shared_name()));
        Arc::new(Bucket::new(Arc::clone(&name.limit), share))
    }

    fn shard(&self, name: &BucketName) -> Option<&RwLock<Shard>> {
        let hash = usize::try_from(self.hasher.hash_one(name) % SHARDS as u64).unwrap_or_default();
        self.shards.get(hash)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap().buckets.len()).sum()
    }
}

impl Shard {
    /// Makes room where it has to be made, and tells whether there is some.
    fn has_room(&mut self, room: usize, now: Timestamp) -> bool {
        if self.buckets.len() < self.sweep_at {
            return true;
        }
        let most = room.saturating_mul(OVERFLOW);
        let is_swept = self.swept_at.is_some_and(|at| (at..at.plus(PAUSE)).contains(&now));
        if self.buckets.len() >= most && is_swept {
            return false;
        }
        self.swept_at = Some(now);
        // Whoever holds a bucket counts in it; another one of the same name would be a second quota.
        let is_held = |bucket: &Arc<Bucket>| Arc::strong_count(bucket) > 1;
        self.buckets.retain(|_, bucket| is_held(bucket) || !bucket.is_fresh(now));
        if self.buckets.len() >= room {
            let has_some = |bucket: &Bucket| bucket.look(NonZeroU32::MIN, now).has_room();
            self.buckets.retain(|_, bucket| is_held(bucket) || !has_some(bucket));
        }
        // A sweep looks at all of them: the next one waits until there are a quarter more.
        let step = (room / 4).max(1);
        self.sweep_at = self.buckets.len().max(room).saturating_add(step).min(most);
        self.buckets.len() < most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use claviger_domain::ApiId;
    use claviger_testkit::{FakeClock, SeededEntropy};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn name(api: ApiId, limit: &Arc<Limit>, owner: usize) -> BucketName {
        BucketName { api, limit: Arc::clone(limit), owner: Owner::Credential(owner.to_string().into()) }
    }

    fn limit(requests: u32) -> Arc<Limit> {
        let (requests, minute) = (NonZeroU32::new(requests).unwrap(), NonZeroU32::new(60).unwrap());
        Arc::new(Limit::even("minute".parse().unwrap(), requests, minute))
    }

    fn api() -> ApiId {
        ApiId::generate(&FakeClock::at(NOW), &SeededEntropy::new(1))
    }

    #[test]
    fn a_million_keys_with_one_request_each_take_bounded_memory() {
        let (buckets, limit, api) = (Buckets::new(20_000, false), limit(10), api());
        for owner in 0..1_000_000 {
            buckets.get(name(api, &limit, owner), NOW).take(NonZeroU32::MIN, NOW);
        }
        assert!(buckets.len() <= 26_000, "{}", buckets.len());
    }

    #[test]
    fn a_key_over_its_limit_is_not_forgiven_however_many_others_come() {
        let (buckets, limit, api) = (Buckets::new(10_000, false), limit(2), api());
        let cost = NonZeroU32::new(2).unwrap();
        for used_up in 0..100 {
            assert!(buckets.get(name(api, &limit, used_up), NOW).take(cost, NOW).has_room());
        }
        for other in 1_000..200_000 {
            buckets.get(name(api, &limit, other), NOW).take(NonZeroU32::MIN, NOW);
        }
        for used_up in 0..100 {
            assert!(!buckets.get(name(api, &limit, used_up), NOW).look(NonZeroU32::MIN, NOW).has_room());
        }
    }

    #[test]
    fn where_all_are_over_their_limit_the_new_share_a_bucket_until_there_is_room() {
        let (buckets, limit, api) = (Buckets::new(100, false), limit(1), api());
        for owner in 0..10_000 {
            buckets.get(name(api, &limit, owner), NOW).take(NonZeroU32::MIN, NOW);
        }
        assert!(buckets.len() <= 128 * OVERFLOW + SHARDS, "{}", buckets.len());
        let new = |owner, now| buckets.get(name(api, &limit, owner), now).take(NonZeroU32::MIN, now);
        assert!(!new(20_000, NOW).has_room(), "the crowd has spent its quota");
        let later = NOW.plus(Duration::from_secs(61));
        assert!((30_000..30_100).all(|owner| new(owner, later).has_room()), "all are forgotten by now");
    }

    #[test]
    fn a_bucket_in_use_is_never_made_twice() {
        let (buckets, limit, api) = (Buckets::new(100, false), limit(10), api());
        let held = buckets.get(name(api, &limit, 0), NOW);
        for owner in 1..10_000 {
            buckets.get(name(api, &limit, owner), NOW);
        }
        assert!(Arc::ptr_eq(&held, &buckets.get(name(api, &limit, 0), NOW)));
    }
}
