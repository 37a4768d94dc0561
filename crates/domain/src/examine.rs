//! The rules themselves: what was seen in a minute, what is known of the past, and what is unusual about it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::country::Country;
use crate::decision::DenialReason;
use crate::environment::Environment;
use crate::finding::{Evidence, Subject};
use crate::habits::Habits;
use crate::network::Network;
use crate::rule::Rule;
use crate::sighting::{NetworkSighting, Sighting};
use crate::time::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Refusals of one credential in a minute.
const REFUSALS: u64 = 30;
/// Unknown keys from one network in a minute.
const UNKNOWN_KEYS: u64 = 100;
/// A key is settled after this time: a new network or country says something.
const SETTLED: Duration = DAY.saturating_mul(7);
/// A key that comes from more networks than these goes about.
const FEW_NETWORKS: usize = 3;
/// A key that comes from more countries than these goes about.
const FEW_COUNTRIES: usize = 2;
/// How long a key has to be known for its numbers to be compared.
const KNOWN: Duration = DAY.saturating_mul(3);
/// Networks in one minute.
const PLACES: u32 = 5;
/// Requests in one minute.
const REQUESTS: u64 = 600;
/// How many times its busiest minute.
const TIMES: u64 = 10;
/// How long a key sleeps.
const DORMANT: Duration = DAY.saturating_mul(90);
/// Failed sign-ins from one network in a minute, and the accounts they were at.
const FAILURES: (u64, usize) = (10, 5);
/// The same from all networks together.
const FAILURES_OF_ALL: (u64, usize) = (50, 25);

/// A credential that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined<'e> {
    /// Whether it is a key, or stands on one.
    pub is_key: bool,
    /// Its world.
    pub environment: Environment,
    /// The countries of the networks that it came from, as far as somebody knows them.
    pub countries: &'e BTreeSet<Country>,
}

/// What is unusual about a credential in this minute. Pure: the same input gives the same answer. No rule is found
/// twice.
pub fn examine(
    what: Examined<'_>,
    habits: Option<&Habits>,
    seen: &Sighting,
    minute: Timestamp,
) -> Vec<(Rule, Evidence)> {
    let mut found = Vec::new();
    found.extend(refusals(seen).map(|evidence| (Rule::RefusalsBursting, evidence)));
    let from = || Evidence::From { networks: seen.networks.iter().copied().collect() };
    if seen.is_canary {
        found.push((Rule::CanaryUsed, from()));
    }
    if !what.is_key {
        return found;
    }
    if what.environment == Environment::Live {
        if seen.in_browser {
            found.push((Rule::KeyInBrowser, from()));
        }
        if seen.in_the_clear {
            found.push((Rule::KeyInTheClear, from()));
        }
    }
    found.extend(pause(habits, seen, minute).map(|evidence| (Rule::DormantWoken, evidence)));
    if let Some(habits) = habits {
        found.extend(new_network(habits, seen, minute).map(|evidence| (Rule::NewNetwork, evidence)));
        let country = new_country(habits, what.countries, minute);
        found.extend(country.map(|evidence| (Rule::NewCountry, evidence)));
        found.extend(places(habits, seen, minute).map(|evidence| (Rule::ManyPlaces, evidence)));
        found.extend(volume(habits, seen, minute).map(|evidence| (Rule::VolumeSurge, evidence)));
    }
    found
}

fn refusals(seen: &Sighting) -> Option<Evidence> {
    // Limits refuse what is good otherwise, and say so themselves.
    let is_limit =
        |reason: &DenialReason| matches!(reason, DenialReason::RateLimited | DenialReason::CreditsExhausted);
    let counted = || seen.refused.iter().filter(|(reason, _)| !is_limit(reason));
    let refused = counted().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
    let (reason, _) = counted().max_by_key(|(_, count)| **count)?;
    let is_burst = refused >= REFUSALS && refused.saturating_mul(2) >= seen.requests;
    is_burst.then_some(Evidence::Refusals { requests: seen.requests, refused, reason: *reason })
}

fn pause(habits: Option<&Habits>, seen: &Sighting, minute: Timestamp) -> Option<Evidence> {
    // A node may have it in memory for longer than anybody used it there; the habits hear of every node.
    let last_used_at =
        seen.quiet_since?.max(habits.map_or(Timestamp::from_micros(i64::MIN), |p| p.last_used_at));
    let pause = minute.since(last_used_at);
    (pause >= DORMANT).then(|| Evidence::Pause { last_used_at, days: pause.as_secs() / DAY.as_secs() })
}

fn new_network(habits: &Habits, seen: &Sighting, minute: Timestamp) -> Option<Evidence> {
    let known = habits.networks(minute);
    let is_settled = habits.age(minute) >= SETTLED && (1..=FEW_NETWORKS).contains(&known.len());
    let networks: Vec<Network> = seen.networks.difference(&known).copied().collect();
    (is_settled && !networks.is_empty())
        .then(|| Evidence::NewNetwork { networks, known: known.into_iter().collect() })
}

fn new_country(habits: &Habits, seen: &BTreeSet<Country>, minute: Timestamp) -> Option<Evidence> {
    let (known, age) = habits.countries(minute);
    let is_settled = age >= SETTLED && (1..=FEW_COUNTRIES).contains(&known.len());
    let countries: Vec<Country> = seen.difference(&known).copied().collect();
    (is_settled && !countries.is_empty())
        .then(|| Evidence::NewCountry { countries, known: known.into_iter().collect() })
}

fn places(habits: &Habits, seen: &Sighting, minute: Timestamp) -> Option<Evidence> {
    let count = u32::try_from(seen.networks.len()).unwrap_or(u32::MAX);
    let most_before = habits.most_networks(minute);
    let is_many = habits.age(minute) >= KNOWN && count >= PLACES && count > most_before.saturating_mul(2);
    is_many.then(|| Evidence::Places { networks: seen.networks.iter().copied().collect(), most_before })
}

fn volume(habits: &Habits, seen: &Sighting, minute: Timestamp) -> Option<Evidence> {
    let busiest_before = habits.busiest(minute);
    let is_surge = habits.age(minute) >= KNOWN
        && seen.requests > REQUESTS
        && seen.requests > busiest_before.saturating_mul(TIMES);
    is_surge.then_some(Evidence::Volume { requests: seen.requests, busiest_before })
}

/// What is unusual about the networks of a minute.
pub fn examine_networks(seen: &BTreeMap<Network, NetworkSighting>) -> Vec<(Rule, Subject, Evidence)> {
    let mut found = Vec::new();
    let (mut failures, mut accounts) = (0_u64, BTreeSet::new());
    for (network, one) in seen {
        let subject = || Subject::Network(*network);
        if one.unknown_keys >= UNKNOWN_KEYS {
            let evidence = Evidence::UnknownKeys { requests: one.unknown_keys };
            found.push((Rule::RefusalsBursting, subject(), evidence));
        }
        if let Some(evidence) = sign_ins(one.failed_sign_ins, &one.accounts, FAILURES) {
            found.push((Rule::CredentialStuffing, subject(), evidence));
        }
        failures = failures.saturating_add(one.failed_sign_ins);
        accounts.extend(&one.accounts);
    }
    // Where one network did it alone, that says it all.
    let is_told = found.iter().any(|(rule, ..)| *rule == Rule::CredentialStuffing);
    if let (false, Some(evidence)) = (is_told, sign_ins(failures, &accounts, FAILURES_OF_ALL)) {
        found.push((Rule::CredentialStuffing, Subject::Everyone, evidence));
    }
    found
}

fn sign_ins(
    failures: u64,
    accounts: &BTreeSet<u64>,
    (most, most_accounts): (u64, usize),
) -> Option<Evidence> {
    let is_stuffing = failures >= most && accounts.len() >= most_accounts;
    is_stuffing
        .then(|| Evidence::SignIns { failures, accounts: accounts.len().try_into().unwrap_or(u64::MAX) })
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
