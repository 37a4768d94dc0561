//! What this node sees of credentials and networks within a minute, for the rules of unusual activity.
//!
//! The hot path compares one number: a credential that goes on coming from the same network is noted once a minute. The
//! numbers of requests come from usage when that is written. Everything is bounded; what finds no room is not watched
//! in that minute, and counted.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_domain::{
    CredentialSighting, Environment, Grain, Network, NetworkSighting, Principal, Seen, Sighting, Signs,
    Tally, Timestamp, UsageName,
};

use crate::known::Known;

/// Places to note in, so that threads seldom meet.
const SHARDS: usize = 16;
/// Credentials that one place watches within a minute.
const CREDENTIALS: usize = 1_024;
/// Networks that are watched within a minute.
const NETWORKS: usize = 4_096;
/// A shorter pause is none.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// What was seen since the last report.
pub(crate) struct Watch {
    is_on: bool,
    credentials: [Mutex<Credentials>; SHARDS],
    networks: Mutex<HashMap<Network, NetworkSighting>>,
    hasher: RandomState,
    /// What was not watched for want of room.
    unwatched: AtomicU64,
}

type Credentials = HashMap<Arc<str>, CredentialSighting>;

/// A use of a credential, apart from whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) address: Option<IpAddr>,
    pub(crate) signs: Signs,
}

impl Sight {
    /// A number that is another one in another minute, from another network and with other signs.
    fn mark(self, now: Timestamp) -> u64 {
        let network = self.address.map_or(0, |address| Network::of(address).mark());
        let signs = u64::from(self.signs.in_browser) << 1 | u64::from(self.signs.in_the_clear);
        let minute = Grain::Minute.floor(now).seconds().unsigned_abs();
        // Odd factors spread the parts; nothing but equality is asked of the result.
        network.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ minute.wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ signs
    }
}

impl Watch {
    /// Watches nothing where it is off.
    pub(crate) fn new(is_on: bool) -> Self {
        Self {
            is_on,
            credentials: std::array::from_fn(|_| Mutex::default()),
            networks: Mutex::default(),
            hasher: RandomState::new(),
            unwatched: AtomicU64::new(0),
        }
    }

    /// Notes that a credential was used, before "last used" is. Nearly always one atomic load.
    pub(crate) fn see(&self, known: &Known, now: Timestamp, sight: Sight) {
        // Only keys, and what was bought with them, have habits.
        if !self.is_on || known.credential.secret.is_none() || !known.activity.is_marked_anew(sight.mark(now))
        {
            return;
        }
        let last_used = known.activity.last_used();
        self.note(&known.credential.principal, |seen| {
            if !seen.is_used {
                seen.quiet_since = last_used.filter(|at| now.since(*at) >= PAUSE);
            }
            seen.is_used = true;
            seen.showed(sight.signs);
            if let Some(address) = sight.address {
                seen.came_from(Network::of(address));
            }
        });
    }

    /// Notes that somebody tried a canary.
    pub(crate) fn see_canary(&self, principal: &Principal, address: Option<IpAddr>) {
        self.note(principal, |seen| {
            seen.is_canary = true;
            if let Some(address) = address {
                seen.came_from(Network::of(address));
            }
        });
    }

    /// Counts requests, as usage has them.
    pub(crate) fn count(&self, name: &UsageName, tally: &Tally) {
        let (Some(credential), Some(workspace)) = (&name.credential, name.workspace) else { return };
        let whose = || CredentialSighting {
            api: name.api,
            workspace,
            // Where only refusals are known of it, no rule asks for its world.
            environment: Environment::Live,
            seen: Sighting::default(),
        };
        self.change(credential, whose, |CredentialSighting { seen, .. }| {
            seen.requests = seen.requests.saturating_add(tally.requests);
            if let Some(reason) = name.reason {
                let sum = seen.refused.entry(reason).or_default();
                *sum = sum.saturating_add(tally.requests);
            }
        });
    }

    /// Notes that a network sent a key that nobody has.
    pub(crate) fn see_stranger(&self, address: IpAddr) {
        self.note_network(address, |seen| seen.unknown_keys = seen.unknown_keys.saturating_add(1));
    }

    /// Notes that a sign-in failed; `account` tells accounts apart.
    pub(crate) fn see_failed_sign_in(&self, address: IpAddr, account: u64) {
        self.note_network(address, |seen| seen.failed_at(account));
    }

    fn note(&self, principal: &Principal, change: impl FnOnce(&mut Sighting)) {
        let whose = || CredentialSighting {
            api: principal.api,
            workspace: principal.workspace,
            environment: principal.environment,
            seen: Sighting::default(),
        };
        self.change(&principal.credential, whose, |known| {
            known.environment = principal.environment;
            change(&mut known.seen);
        });
    }

    fn change(
        &self,
        credential: &Arc<str>,
        whose: impl FnOnce() -> CredentialSighting,
        change: impl FnOnce(&mut CredentialSighting),
    ) {
        if !self.is_on {
            return;
        }
        let mut shard = self.shard(credential);
        if let Some(known) = shard.get_mut(credential) {
            change(known);
        } else if shard.len() < CREDENTIALS {
            change(shard.entry(Arc::clone(credential)).or_insert_with(whose));
        } else {
            self.unwatched.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn note_network(&self, address: IpAddr, change: impl FnOnce(&mut NetworkSighting)) {
        if !self.is_on {
            return;
        }
        let network = Network::of(address);
        let mut networks = lock(&self.networks);
        if networks.len() < NETWORKS || networks.contains_key(&network) {
            change(networks.entry(network).or_default());
        } else {
            self.unwatched.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn shard(&self, credential: &str) -> MutexGuard<'_, Credentials> {
        let index = self.hasher.hash_one(credential) as usize % SHARDS;
        lock(self.credentials.get(index).unwrap_or(&self.credentials[0]))
    }

    /// What was seen since the last call.
    pub(crate) fn drain(&self) -> Seen {
        let mut seen = Seen::default();
        for shard in &self.credentials {
            seen.credentials.extend(std::mem::take(&mut *lock(shard)));
        }
        seen.networks.extend(std::mem::take(&mut *lock(&self.networks)));
        seen
    }

    /// How much was not watched for want of room since the start.
    pub(crate) fn unwatched(&self) -> u64 {
        self.unwatched.load(Ordering::Relaxed)
    }
}

/// What was seen is whole whatever happened to whoever held it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{ApiId, DenialReason, WorkspaceId};
    use uuid::Uuid;

    fn name(number: u32, reason: Option<DenialReason>) -> UsageName {
        UsageName {
            api: ApiId::from_uuid(Uuid::from_u128(1)),
            workspace: Some(WorkspaceId::from_uuid(Uuid::from_u128(2))),
            credential: Some(format!("key_{number}").into()),
            route: None,
            status: None,
            reason,
        }
    }

    #[test]
    fn a_flood_of_keys_and_networks_is_watched_in_bounded_memory() {
        let watch = Watch::new(true);
        for number in 0..40_000_u32 {
            watch.count(&name(number, None), &Tally::one(None));
            watch.see_stranger(std::net::Ipv4Addr::from_bits(number << 8).into());
        }
        let seen = watch.drain();
        assert!(seen.credentials.len() <= SHARDS * CREDENTIALS);
        assert_eq!(seen.networks.len(), NETWORKS);
        let watched = (seen.credentials.len() + seen.networks.len()) as u64;
        assert_eq!(watch.unwatched(), 80_000 - watched);
        assert!(watch.drain().is_empty());
    }

    #[test]
    fn switched_off_it_sees_nothing() {
        let watch = Watch::new(false);
        watch.count(&name(1, None), &Tally::one(None));
        watch.see_stranger(std::net::Ipv4Addr::LOCALHOST.into());
        assert!(watch.drain().is_empty());
        assert_eq!(watch.unwatched(), 0, "nothing was to be watched");
    }

    #[test]
    fn requests_and_refusals_add_up() {
        let watch = Watch::new(true);
        for reason in [None, Some(DenialReason::Expired), Some(DenialReason::Expired)] {
            watch.count(&name(1, reason), &Tally { requests: 10, ..Tally::default() });
        }
        let seen = watch.drain();
        let one = &seen.credentials["key_1"].seen;
        assert_eq!((one.requests, one.refused[&DenialReason::Expired]), (30, 20));
    }

    #[test]
    fn a_mark_tells_minutes_networks_and_signs_apart() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let from = |last, in_browser| Sight {
            address: Some(std::net::Ipv4Addr::new(203, 0, last, 7).into()),
            signs: Signs { in_browser, in_the_clear: false },
        };
        let first = from(1, false).mark(at(60));
        assert_eq!(from(1, false).mark(at(119)), first);
        for other in [from(1, false).mark(at(120)), from(2, false).mark(at(60)), from(1, true).mark(at(60))] {
            assert_ne!(other, first);
        }
    }
}
