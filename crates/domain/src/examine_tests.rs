use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;

const KEY: Examined<'static> =
    Examined { is_key: true, environment: Environment::Live, countries: &BTreeSet::new() };
const MINUTE: Duration = Duration::from_secs(60);

fn at(day: u32) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000).plus(DAY * day)
}

fn network(number: u8) -> Network {
    Network::of(Ipv4Addr::new(203, 0, number, 1).into())
}

/// An ordinary minute.
fn seen(requests: u64, networks: &[u8], last: Timestamp) -> Sighting {
    Sighting {
        requests,
        networks: networks.iter().copied().map(network).collect(),
        is_used: true,
        quiet_since: Some(last),
        ..Sighting::default()
    }
}

/// A key that did the same in one minute of each of the days before `day`.
fn habits(day: u32, requests: u64, networks: &[u8]) -> Habits {
    let mut habits = Habits::new(at(0));
    for past in 0..day {
        habits.learn(at(past), &seen(requests, networks, at(past.saturating_sub(1))));
    }
    habits
}

fn rules(habits: Option<&Habits>, seen: &Sighting, minute: Timestamp) -> Vec<Rule> {
    examine(KEY, habits, seen, minute).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn refusals_burst_from_thirty_on_and_when_they_are_half_of_all() {
    let refused = |requests, count, reason| {
        let refused = [(reason, count)].into();
        rules(None, &Sighting { refused, ..seen(requests, &[], at(0)) }, at(0))
    };
    assert_eq!(refused(60, 30, DenialReason::Expired), [Rule::RefusalsBursting]);
    assert_eq!(refused(29, 29, DenialReason::Expired), []);
    assert_eq!(refused(61, 30, DenialReason::Expired), []);
    assert_eq!(refused(900, 900, DenialReason::RateLimited), [], "a limit says so itself");
}

#[test]
fn a_country_is_new_to_a_settled_key_that_does_not_go_about() {
    let codes =
        |codes: &[&str]| codes.iter().map(|code| code.parse().unwrap()).collect::<BTreeSet<Country>>();
    let settled = |days: u32, countries: &[&str]| {
        let mut habits = habits(days, 1, &[1]);
        for day in 0..days {
            habits.learn_countries(at(day), &codes(countries));
        }
        habits
    };
    let rules = |habits: &Habits, day: u32, countries: &[&str]| {
        let what = Examined { countries: &codes(countries), ..KEY };
        examine(what, Some(habits), &seen(1, &[1], at(day - 1)), at(day))
    };
    let found = |countries: &[&str], known: &[&str]| Evidence::NewCountry {
        countries: codes(countries).into_iter().collect(),
        known: codes(known).into_iter().collect(),
    };
    assert_eq!(rules(&settled(7, &["DE"]), 7, &["FR"]), [(Rule::NewCountry, found(&["FR"], &["DE"]))]);
    assert_eq!(rules(&settled(7, &["DE"]), 7, &["DE"]), [], "where it always is");
    assert_eq!(rules(&settled(7, &["DE"]), 7, &[]), [], "nobody knows");
    assert_eq!(rules(&settled(6, &["DE"]), 6, &["FR"]), [], "not settled yet");
    assert_eq!(rules(&settled(7, &["CH", "DE"]), 7, &["DE", "FR"]).len(), 1);
    assert_eq!(rules(&settled(7, &["AT", "CH", "DE"]), 7, &["FR"]), [], "it goes about");
    assert_eq!(rules(&habits(30, 1, &[1]), 30, &["FR"]), [], "a file of countries is new itself");
}

#[test]
fn a_network_is_new_to_a_settled_key_only() {
    let other = |habits: &Habits, day| rules(Some(habits), &seen(1, &[9], at(day - 1)), at(day));
    assert_eq!(other(&habits(7, 1, &[1]), 7), [Rule::NewNetwork]);
    assert_eq!(other(&habits(6, 1, &[1]), 6), [], "not settled yet");
    assert_eq!(other(&habits(7, 1, &[1, 2, 3, 4]), 7), [], "it goes about");
    assert_eq!(rules(Some(&habits(7, 1, &[1])), &seen(1, &[1], at(6)), at(7)), [], "where it always is");
}

#[test]
fn many_places_are_more_than_twice_as_many_as_ever() {
    let five = |before: &[u8]| rules(Some(&habits(8, 1, before)), &seen(1, &[1, 2, 3, 4, 5], at(7)), at(8));
    assert!(five(&[1, 2]).contains(&Rule::ManyPlaces));
    assert!(!five(&[1, 2, 3]).contains(&Rule::ManyPlaces));
    let young = rules(Some(&habits(2, 1, &[1])), &seen(1, &[1, 2, 3, 4, 5], at(1)), at(2));
    assert_eq!(young, []);
}

#[test]
fn a_key_wakes_after_ninety_days_as_whoever_knows_best_says() {
    let woken = |last: Timestamp, habits: Option<&Habits>| rules(habits, &seen(1, &[1], last), at(100));
    assert_eq!(woken(at(10), None), [Rule::DormantWoken]);
    assert_eq!(woken(at(11), None), []);
    assert_eq!(woken(at(10), Some(&habits(90, 1, &[1]))), [], "another node saw it lately");
    assert_eq!(rules(None, &Sighting { requests: 1, ..Sighting::default() }, at(100)), [], "its first use");
}

#[test]
fn a_surge_is_more_than_ten_times_the_busiest_minute() {
    let surge = |requests, before| rules(Some(&habits(5, before, &[1])), &seen(requests, &[1], at(4)), at(5));
    assert_eq!(surge(701, 70), [Rule::VolumeSurge]);
    assert_eq!(surge(700, 70), []);
    assert_eq!(surge(600, 1), [], "that is not much for anybody");
}

#[test]
fn browsers_and_open_lines_matter_for_live_keys_only() {
    let shown = Sighting { in_browser: true, in_the_clear: true, ..seen(1, &[1], at(0)) };
    assert_eq!(rules(None, &shown, at(0)), [Rule::KeyInBrowser, Rule::KeyInTheClear]);
    let test = Examined { environment: Environment::Test, ..KEY };
    assert_eq!(examine(test, None, &shown, at(0)), []);
    let token = Examined { is_key: false, ..KEY };
    assert_eq!(examine(token, None, &shown, at(0)), []);
}

#[test]
fn stuffing_is_found_in_one_network_or_in_all_together() {
    let tried = |failures: u64, accounts: u64| NetworkSighting {
        failed_sign_ins: failures,
        accounts: (0..accounts).collect(),
        ..NetworkSighting::default()
    };
    let found = |networks: &[(u8, NetworkSighting)]| {
        let seen = networks.iter().map(|(number, seen)| (network(*number), seen.clone())).collect();
        examine_networks(&seen).into_iter().map(|(rule, subject, _)| (rule, subject)).collect::<Vec<_>>()
    };
    let one = (Rule::CredentialStuffing, Subject::Network(network(1)));
    assert_eq!(found(&[(1, tried(10, 5))]), std::slice::from_ref(&one));
    assert_eq!(found(&[(1, tried(9, 9))]), []);
    assert_eq!(found(&[(1, tried(50, 4))]), [], "somebody who forgot a password");
    let spread: Vec<_> = (0..30).map(|number| (number, tried(2, 2 + u64::from(number)))).collect();
    assert_eq!(found(&spread), [(Rule::CredentialStuffing, Subject::Everyone)]);
    let unknown = NetworkSighting { unknown_keys: 100, ..NetworkSighting::default() };
    assert_eq!(found(&[(1, unknown)]), [(Rule::RefusalsBursting, Subject::Network(network(1)))]);
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let reasons = proptest::sample::select(DenialReason::ALL.as_slice());
    (
        0..5_000_u64,
        proptest::collection::btree_map(reasons, 1..90_u64, 0..3),
        proptest::collection::vec(0..8_u8, 0..8),
        proptest::option::of(0..400_u32),
        any::<[bool; 3]>(),
    )
        .prop_map(|(requests, refused, networks, quiet, [in_browser, in_the_clear, is_canary])| {
            Sighting {
                requests,
                refused,
                quiet_since: quiet.map(at),
                in_browser,
                in_the_clear,
                is_canary,
                ..seen(requests, &networks, at(0))
            }
        })
}

proptest! {
    #[test]
    fn no_rule_is_found_twice_and_what_was_learnt_is_no_news(
        past in proptest::collection::vec(sighting(), 0..20),
        now in sighting(),
    ) {
        let mut habits = Habits::new(at(0));
        for (day, seen) in (1..).zip(&past) {
            habits.learn(at(day), seen);
        }
        let minute = at(30);
        let found = rules(Some(&habits), &now, minute);
        let distinct: BTreeSet<Rule> = found.iter().copied().collect();
        prop_assert_eq!(found.len(), distinct.len());
        habits.learn(minute, &now);
        let of_habits = [Rule::NewNetwork, Rule::ManyPlaces, Rule::VolumeSurge, Rule::DormantWoken];
        let again = Sighting { quiet_since: Some(minute), ..now };
        for rule in rules(Some(&habits), &again, minute.plus(MINUTE)) {
            prop_assert!(!of_habits.contains(&rule), "{} again a minute later", rule);
        }
    }

    #[test]
    fn a_key_that_does_the_same_every_day_is_never_found(
        requests in 0..5_000_u64,
        networks in proptest::collection::vec(0..20_u8, 1..16),
        days in 1..60_u32,
    ) {
        let mut habits = Habits::new(at(0));
        for day in 0..days {
            let today = seen(requests, &networks, at(day.saturating_sub(1)));
            let known = (day > 0).then_some(&habits);
            prop_assert_eq!(rules(known, &today, at(day)), []);
            habits.learn(at(day), &today);
        }
    }
}
