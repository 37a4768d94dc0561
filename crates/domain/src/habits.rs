//! What is known of a key's habits: enough to tell what is unlike them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::sighting::Sighting;
use crate::time::Timestamp;
use crate::usage::Grain;

/// How exact the last use is, so that a key in constant use is not written each minute.
const RESOLUTION: Duration = Duration::from_secs(60 * 60);
/// How long a network is known after it was last seen.
const NETWORKS_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Networks that are known of one key.
const MOST_NETWORKS: usize = 32;
/// Days whose busiest minute is known, today included.
const DAYS: usize = 14;

/// The habits of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    /// Since when it is watched.
    pub known_since: Timestamp,
    /// When it was last used, to within an hour.
    pub last_used_at: Timestamp,
    networks: Vec<KnownNetwork>,
    days: Vec<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownNetwork {
    network: Network,
    last_seen_at: Timestamp,
}

/// The busiest minute of a day, and the one of the most networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    day: Timestamp,
    requests: u64,
    networks: u32,
}

impl Habits {
    /// That of a key that is first seen in this minute.
    pub const fn new(minute: Timestamp) -> Self {
        Self { known_since: minute, last_used_at: minute, networks: Vec::new(), days: Vec::new() }
    }

    /// For how long it is known.
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.known_since)
    }

    /// The networks it came from in the last 30 days.
    pub fn networks(&self, now: Timestamp) -> BTreeSet<Network> {
        let since = now.minus(NETWORKS_KEEP);
        self.networks.iter().filter(|known| known.last_seen_at >= since).map(|known| known.network).collect()
    }

    /// The requests of its busiest minute of the last 14 days.
    pub fn busiest(&self, now: Timestamp) -> u64 {
        self.days_of_late(now).map(|day| day.requests).max().unwrap_or(0)
    }

    /// The most networks in one minute of the last 14 days.
    pub fn most_networks(&self, now: Timestamp) -> u32 {
        self.days_of_late(now).map(|day| day.networks).max().unwrap_or(0)
    }

    fn days_of_late(&self, now: Timestamp) -> impl Iterator<Item = &Day> {
        let since = Grain::Day.floor(now).minus(Grain::Day.duration() * 14);
        self.days.iter().filter(move |day| day.day >= since)
    }

    /// Takes what was seen in a minute for a habit. Answers whether there is something to be written.
    pub fn learn(&mut self, minute: Timestamp, seen: &Sighting) -> bool {
        let mut is_changed = false;
        if seen.is_used {
            is_changed |= renew(&mut self.last_used_at, minute);
        }
        for network in &seen.networks {
            is_changed |= self.note_network(*network, minute);
        }
        self.note_day(minute, seen) || is_changed
    }

    fn note_network(&mut self, network: Network, minute: Timestamp) -> bool {
        if let Some(known) = self.networks.iter_mut().find(|known| known.network == network) {
            return renew(&mut known.last_seen_at, minute);
        }
        let since = minute.minus(NETWORKS_KEEP);
        self.networks.retain(|known| known.last_seen_at >= since);
        if self.networks.len() >= MOST_NETWORKS
            && let Some((oldest, _)) =
                self.networks.iter().enumerate().min_by_key(|(_, known)| known.last_seen_at)
        {
            self.networks.swap_remove(oldest);
        }
        self.networks.push(KnownNetwork { network, last_seen_at: minute });
        true
    }

    fn note_day(&mut self, minute: Timestamp, seen: &Sighting) -> bool {
        let today = Grain::Day.floor(minute);
        let networks = u32::try_from(seen.networks.len()).unwrap_or(u32::MAX);
        if let Some(day) = self.days.iter_mut().find(|day| day.day == today) {
            let is_more = seen.requests > day.requests || networks > day.networks;
            day.requests = day.requests.max(seen.requests);
            day.networks = day.networks.max(networks);
            return is_more;
        }
        if self.days.len() >= DAYS {
            self.days.sort_unstable_by_key(|day| day.day);
            self.days.remove(0);
        }
        self.days.push(Day { day: today, requests: seen.requests, networks });
        true
    }
}

/// Moves an instant forward when it is no longer exact enough.
fn renew(instant: &mut Timestamp, now: Timestamp) -> bool {
    let is_due = now.since(*instant) >= RESOLUTION;
    if is_due {
        *instant = now;
    }
    is_due
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(minute: u32) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000).plus(MINUTE * minute)
    }

    fn seen(requests: u64, networks: &[u8]) -> Sighting {
        let of = |last: &u8| Network::of(std::net::Ipv4Addr::new(203, 0, *last, 1).into());
        Sighting {
            requests,
            networks: networks.iter().map(of).collect(),
            is_used: true,
            ..Sighting::default()
        }
    }

    #[test]
    fn a_key_in_constant_use_is_written_once_an_hour() {
        let mut habits = Habits::new(at(0));
        let written = (0..24 * 60).filter(|minute| habits.learn(at(*minute), &seen(9, &[1]))).count();
        assert!((24..=27).contains(&written), "{written}");
    }

    #[test]
    fn networks_and_days_are_forgotten() {
        let mut habits = Habits::new(at(0));
        habits.learn(at(0), &seen(70, &[1]));
        let day = 24 * 60;
        assert_eq!(habits.networks(at(29 * day)).len(), 1);
        assert_eq!(habits.networks(at(31 * day)).len(), 0);
        assert_eq!((habits.busiest(at(14 * day)), habits.busiest(at(15 * day))), (70, 0));
    }

    proptest! {
        #[test]
        fn habits_are_bounded_and_knows_what_it_has_just_learnt(
            minutes in proptest::collection::vec((0..60_000_u32, 0..500_u64, proptest::collection::vec(any::<u8>(), 0..6)), 1..80),
        ) {
            let mut habits = Habits::new(at(0));
            let mut now = 0;
            for (step, requests, networks) in minutes {
                now += step % 2_000;
                let seen = seen(requests, &networks);
                habits.learn(at(now), &seen);
                prop_assert!(habits.networks.len() <= MOST_NETWORKS && habits.days.len() <= DAYS);
                prop_assert!(seen.networks.is_subset(&habits.networks(at(now))));
                prop_assert!(habits.busiest(at(now)) >= requests);
                prop_assert!(!habits.clone().learn(at(now), &seen), "the same again is nothing new");
            }
        }
    }
}
