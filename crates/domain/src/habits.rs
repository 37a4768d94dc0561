//! What is known of a key's habits: enough to tell what is unlike them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::network::Network;
use crate::sighting::Sighting;
use crate::time::Timestamp;
use crate::usage::Grain;

/// How exact the last use is, so that a key in constant use is not written each minute.
const RESOLUTION: Duration = Duration::from_secs(60 * 60);
/// How long a network or country is known after it was last seen.
const PLACES_KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Networks that are known of one key.
const MOST_NETWORKS: usize = 32;
/// Countries that are known of one key.
const MOST_COUNTRIES: usize = 8;
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
    /// What was written before countries were known has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    countries: Vec<KnownCountry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KnownCountry {
    country: Country,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
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
        Self {
            known_since: minute,
            last_used_at: minute,
            networks: Vec::new(),
            days: Vec::new(),
            countries: Vec::new(),
        }
    }

    /// For how long it is known.
    pub fn age(&self, now: Timestamp) -> Duration {
        now.since(self.known_since)
    }

    /// The networks it came from in the last 30 days.
    pub fn networks(&self, now: Timestamp) -> BTreeSet<Network> {
        let since = now.minus(PLACES_KEEP);
        self.networks.iter().filter(|known| known.last_seen_at >= since).map(|known| known.network).collect()
    }

    /// The countries it came from in the last 30 days, and for how long it is known where it comes from.
    pub fn countries(&self, now: Timestamp) -> (BTreeSet<Country>, Duration) {
        let since = now.minus(PLACES_KEEP);
        let known = || self.countries.iter().filter(|known| known.last_seen_at >= since);
        let first = known().map(|known| known.first_seen_at).min().unwrap_or(now);
        (known().map(|known| known.country).collect(), now.since(first))
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

    /// Takes the countries that a key came from in a minute for a habit. Answers whether there is something to be written.
    pub fn learn_countries(&mut self, minute: Timestamp, countries: &BTreeSet<Country>) -> bool {
        let mut is_changed = false;
        for country in countries {
            is_changed |= self.note_country(*country, minute);
        }
        is_changed
    }

    fn note_country(&mut self, country: Country, minute: Timestamp) -> bool {
        if let Some(known) = self.countries.iter_mut().find(|known| known.country == country) {
            return renew(&mut known.last_seen_at, minute);
        }
        let since = minute.minus(PLACES_KEEP);
        self.countries.retain(|known| known.last_seen_at >= since);
        // A key that goes about in so many is never found, whichever they are.
        let has_room = self.countries.len() < MOST_COUNTRIES;
        if has_room {
            self.countries.push(KnownCountry { country, first_seen_at: minute, last_seen_at: minute });
        }
        has_room
    }

    fn note_network(&mut self, network: Network, minute: Timestamp) -> bool {
        if let Some(known) = self.networks.iter_mut().find(|known| known.network == network) {
            return renew(&mut known.last_seen_at, minute);
        }
        let since = minute.minus(PLACES_KEEP);
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

    #[test]
    fn countries_are_learnt_bounded_and_forgotten_and_older_habits_have_none() {
        let code = |number: u8| -> Country { format!("A{}", char::from(b'A' + number)).parse().unwrap() };
        let day = 24 * 60;
        let mut habits = Habits::new(at(0));
        let without = serde_json::to_string(&habits).unwrap();
        assert!(!without.contains("countries"), "{without}");
        assert_eq!(serde_json::from_str::<Habits>(&without).unwrap(), habits);
        assert!(habits.learn_countries(at(0), &[code(0)].into()));
        assert!(!habits.learn_countries(at(30), &[code(0)].into()), "written once an hour");
        assert!(habits.learn_countries(at(day), &[code(0)].into()));
        assert_eq!(habits.countries(at(7 * day)), ([code(0)].into(), MINUTE * 7 * day));
        assert_eq!(habits.countries(at(32 * day)), (BTreeSet::new(), Duration::ZERO));
        for number in 0..26 {
            habits.learn_countries(at(2 * day), &[code(number)].into());
        }
        assert_eq!(habits.countries.len(), MOST_COUNTRIES);
        assert_eq!(serde_json::from_str::<Habits>(&serde_json::to_string(&habits).unwrap()).unwrap(), habits);
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
