//! What was seen of a credential, or of a network, within one minute.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::decision::DenialReason;
use crate::environment::Environment;
use crate::id::{ApiId, WorkspaceId};
use crate::network::Network;
use crate::time::Timestamp;

/// What shows on a request besides its credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signs {
    /// It has header fields that browsers add by themselves and programs do not.
    pub in_browser: bool,
    /// It came from another machine without TLS.
    pub in_the_clear: bool,
}

/// What was seen of one credential within a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sighting {
    /// Its requests, those that were refused included.
    pub requests: u64,
    /// Those that were refused, by reason.
    pub refused: BTreeMap<DenialReason, u64>,
    /// The networks that those came from that were allowed: at most [`Sighting::MOST_NETWORKS`].
    pub networks: BTreeSet<Network>,
    /// Whether some were allowed.
    pub is_used: bool,
    /// When it was last used before, as far as the nodes knew that saw it after a pause; none where there was none.
    pub quiet_since: Option<Timestamp>,
    /// Whether some came from a browser.
    pub in_browser: bool,
    /// Whether some came without TLS.
    pub in_the_clear: bool,
    /// Whether it is for nobody to use.
    pub is_canary: bool,
}

impl Sighting {
    /// The networks that are told apart within a minute.
    pub const MOST_NETWORKS: usize = 16;

    /// Adds a network, unless there is no room.
    pub fn came_from(&mut self, network: Network) {
        if self.networks.len() < Self::MOST_NETWORKS {
            self.networks.insert(network);
        }
    }

    /// Adds signs.
    pub fn showed(&mut self, signs: Signs) {
        self.in_browser |= signs.in_browser;
        self.in_the_clear |= signs.in_the_clear;
    }

    /// Adds what another node saw in the same minute.
    pub fn merge(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        for (reason, count) in other.refused {
            let sum = self.refused.entry(reason).or_default();
            *sum = sum.saturating_add(count);
        }
        other.networks.into_iter().for_each(|network| self.came_from(network));
        self.is_used |= other.is_used;
        // The node that knows of the latest use knows best.
        self.quiet_since = self.quiet_since.max(other.quiet_since);
        self.in_browser |= other.in_browser;
        self.in_the_clear |= other.in_the_clear;
        self.is_canary |= other.is_canary;
    }
}

/// What was seen of one network within a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkSighting {
    /// Requests with keys that nobody has.
    pub unknown_keys: u64,
    /// Sign-ins that failed.
    pub failed_sign_ins: u64,
    /// The accounts at which they failed, as numbers that tell them apart and nothing else: at most
    /// [`NetworkSighting::MOST_ACCOUNTS`].
    pub accounts: BTreeSet<u64>,
}

impl NetworkSighting {
    /// The accounts that are told apart within a minute.
    pub const MOST_ACCOUNTS: usize = 64;

    /// Adds a sign-in that failed at an account.
    pub fn failed_at(&mut self, account: u64) {
        self.failed_sign_ins = self.failed_sign_ins.saturating_add(1);
        self.note_account(account);
    }

    fn note_account(&mut self, account: u64) {
        if self.accounts.len() < Self::MOST_ACCOUNTS {
            self.accounts.insert(account);
        }
    }

    /// Adds what another node saw in the same minute.
    pub fn merge(&mut self, other: Self) {
        self.unknown_keys = self.unknown_keys.saturating_add(other.unknown_keys);
        self.failed_sign_ins = self.failed_sign_ins.saturating_add(other.failed_sign_ins);
        other.accounts.into_iter().for_each(|account| self.note_account(account));
    }
}

/// What was seen of a credential within a minute, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialSighting {
    /// Its API.
    pub api: ApiId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its world.
    pub environment: Environment,
    /// What was seen.
    #[serde(flatten)]
    pub seen: Sighting,
}

/// All that was seen within a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of each credential, by its public id.
    pub credentials: BTreeMap<Arc<str>, CredentialSighting>,
    /// Of each network.
    pub networks: BTreeMap<Network, NetworkSighting>,
}

impl Seen {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        self.credentials.is_empty() && self.networks.is_empty()
    }

    /// Adds what another node saw in the same minute.
    pub fn merge(&mut self, other: Self) {
        for (credential, more) in other.credentials {
            match self.credentials.entry(credential) {
                Entry::Occupied(mut known) => known.get_mut().seen.merge(more.seen),
                Entry::Vacant(place) => drop(place.insert(more)),
            }
        }
        for (network, more) in other.networks {
            self.networks.entry(network).or_default().merge(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sighting() -> impl Strategy<Value = Sighting> {
        (
            0..1_000_u64,
            proptest::collection::btree_map(
                proptest::sample::select(DenialReason::ALL.as_slice()),
                1..90_u64,
                0..4,
            ),
            proptest::collection::btree_set(
                any::<std::net::Ipv4Addr>().prop_map(|a| Network::of(a.into())),
                0..4,
            ),
            proptest::option::of((0..9_i64).prop_map(Timestamp::from_seconds)),
            any::<[bool; 4]>(),
        )
            .prop_map(|(requests, refused, networks, quiet_since, flags)| {
                let [is_used, in_browser, in_the_clear, is_canary] = flags;
                Sighting {
                    requests,
                    refused,
                    networks,
                    is_used,
                    quiet_since,
                    in_browser,
                    in_the_clear,
                    is_canary,
                }
            })
    }

    proptest! {
        #[test]
        fn the_order_in_which_nodes_are_heard_makes_no_difference(seen in proptest::collection::vec(sighting(), 0..4)) {
            let sum = |seen: Vec<Sighting>| seen.into_iter().fold(Sighting::default(), |mut sum, one| { sum.merge(one); sum });
            let backwards = seen.iter().rev().cloned().collect();
            prop_assert_eq!(sum(seen), sum(backwards));
        }

        #[test]
        fn a_sighting_round_trips_through_json(seen in sighting()) {
            let json = serde_json::to_string(&seen).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sighting>(&json).unwrap(), seen);
        }
    }

    #[test]
    fn what_is_seen_is_bounded() {
        let (mut key, mut network) = (Sighting::default(), NetworkSighting::default());
        for number in 0..1_000_u32 {
            key.came_from(Network::of(std::net::Ipv4Addr::from_bits(number << 8).into()));
            network.failed_at(number.into());
        }
        assert_eq!(key.networks.len(), Sighting::MOST_NETWORKS);
        assert_eq!(
            (network.accounts.len(), network.failed_sign_ins),
            (NetworkSighting::MOST_ACCOUNTS, 1_000)
        );
    }
}
