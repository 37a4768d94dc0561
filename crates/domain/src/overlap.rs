//! The overlap of a rotation: how versions of a key that a newer one has replaced are still used.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::SecretId;
use crate::key::{Key, KeyGeneration, KeyHint};
use crate::network::Network;
use crate::time::Timestamp;

/// What was counted of a version of a key from one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionCount {
    /// The version.
    pub version: SecretId,
    /// The network, where it is told apart.
    pub network: Option<Network>,
    /// Requests, those that were refused included.
    pub requests: u64,
    /// Those of them that came when a newer version had taken this one's place.
    pub replaced: u64,
    /// The minute of the latest.
    pub seen_at: Timestamp,
}

/// How often, and when last, a network used something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkUse {
    /// The network; none for those that nobody told apart.
    pub network: Option<Network>,
    /// Requests.
    pub requests: u64,
    /// The minute of the latest.
    pub seen_at: Timestamp,
}

/// A version of a key that works on though a newer one has taken its place, and its use since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacedVersion {
    /// The version.
    pub id: SecretId,
    /// What may be shown of it.
    pub hint: KeyHint,
    /// When the newer one was made.
    pub replaced_at: Timestamp,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Requests with it since it was replaced, those that were refused included.
    pub requests: u64,
    /// Requests with it and with all newer ones in this time.
    pub all_requests: u64,
    /// When it was last presented since it was replaced, to within a minute.
    pub last_seen_at: Option<Timestamp>,
    /// Where it came from, most requests first.
    pub networks: Vec<NetworkUse>,
}

impl ReplacedVersion {
    /// How long nobody has presented a version that nobody is taken to need any more.
    pub const QUIET: Duration = Duration::from_secs(24 * 60 * 60);

    /// Whether nobody has presented it for long enough that it may end.
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        now.since(self.last_seen_at.unwrap_or(self.replaced_at)) >= Self::QUIET
    }

    /// How many of a hundred requests it is presented by, rounded up, so that none is none.
    pub fn percent(&self) -> u64 {
        self.requests.saturating_mul(100).div_ceil(self.all_requests.max(1))
    }
}

impl KeyGeneration {
    /// Whether it has not ended for a newer one's sake.
    pub fn goes_on(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }
}

impl Key {
    /// Whether an older version still works beside the newest.
    pub fn is_overlapping(&self, now: Timestamp) -> bool {
        self.generations.iter().skip(1).any(|older| older.goes_on(now))
    }

    /// When the oldest version was replaced that still works; none where only the newest does.
    pub fn overlapping_since(&self, now: Timestamp) -> Option<Timestamp> {
        let pairs = self.generations.iter().zip(self.generations.iter().skip(1));
        pairs.filter(|(_, older)| older.goes_on(now)).map(|(newer, _)| newer.created_at).min()
    }

    /// The versions that still work though a newer one has taken their place, newest first, with their use by what was
    /// counted since the oldest of them was replaced.
    pub fn replaced_versions(&self, counts: &[VersionCount], now: Timestamp) -> Vec<ReplacedVersion> {
        let mut newer_requests = 0_u64;
        let mut found = Vec::new();
        for (newer, older) in self.generations.iter().zip(self.generations.iter().skip(1)) {
            let of_newer = counts.iter().filter(|count| count.version == newer.id);
            newer_requests = of_newer.fold(newer_requests, |sum, count| sum.saturating_add(count.requests));
            if older.goes_on(now) {
                found.push(replaced((newer, older), newer_requests, counts));
            }
        }
        found
    }
}

fn replaced(
    (newer, older): (&KeyGeneration, &KeyGeneration),
    newer_requests: u64,
    counts: &[VersionCount],
) -> ReplacedVersion {
    let replaced_at = newer.created_at;
    let mut by_network = BTreeMap::<Option<Network>, (u64, Timestamp)>::new();
    for count in counts.iter().filter(|count| count.version == older.id && count.replaced > 0) {
        // The minute in which it was replaced began before.
        let seen_at = count.seen_at.max(replaced_at);
        let (requests, latest) = by_network.entry(count.network).or_insert((0, seen_at));
        *requests = requests.saturating_add(count.replaced);
        *latest = seen_at.max(*latest);
    }
    let mut networks: Vec<_> = by_network
        .into_iter()
        .map(|(network, (requests, seen_at))| NetworkUse { network, requests, seen_at })
        .collect();
    networks.sort_by_key(|used| std::cmp::Reverse(used.requests));
    let requests = networks.iter().fold(0_u64, |sum, used| sum.saturating_add(used.requests));
    let used_at = older.last_used_at.filter(|at| *at >= replaced_at);
    ReplacedVersion {
        id: older.id,
        hint: older.hint.clone(),
        replaced_at,
        ends_at: older.retires_at,
        requests,
        all_requests: requests.saturating_add(newer_requests),
        last_seen_at: networks.iter().map(|used| used.seen_at).max().max(used_at),
        networks,
    }
}

#[cfg(test)]
#[path = "overlap_tests.rs"]
mod tests;
