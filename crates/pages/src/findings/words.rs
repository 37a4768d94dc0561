//! What rules find, for people.

use std::fmt::Display;

use claviger_domain::{Evidence, LeakSource, Replayed, Rule};

use crate::words::{Phrase, say};

/// What a rule is called.
pub(crate) const fn title(rule: Rule) -> Phrase {
    match rule {
        Rule::RefusalsBursting => say("rule-refusals"),
        Rule::NewNetwork => say("rule-network"),
        Rule::NewCountry => say("rule-country"),
        Rule::ManyPlaces => say("rule-places"),
        Rule::DormantWoken => say("rule-dormant"),
        Rule::VolumeSurge => say("rule-volume"),
        Rule::CredentialStuffing => say("rule-stuffing"),
        Rule::RefreshReplayed => say("rule-replayed"),
        Rule::LeakedKey => say("rule-leaked"),
        Rule::KeyInBrowser => say("rule-browser"),
        Rule::KeyInTheClear => say("rule-clear"),
        Rule::CanaryUsed => say("rule-canary"),
    }
}

/// What it sees.
pub(crate) const fn sees(rule: Rule) -> Phrase {
    match rule {
        Rule::RefusalsBursting => say("rule-refusals-sees"),
        Rule::NewNetwork => say("rule-network-sees"),
        Rule::NewCountry => say("rule-country-sees"),
        Rule::ManyPlaces => say("rule-places-sees"),
        Rule::DormantWoken => say("rule-dormant-sees"),
        Rule::VolumeSurge => say("rule-volume-sees"),
        Rule::CredentialStuffing => say("rule-stuffing-sees"),
        Rule::RefreshReplayed => say("rule-replayed-sees"),
        Rule::LeakedKey => say("rule-leaked-sees"),
        Rule::KeyInBrowser => say("rule-browser-sees"),
        Rule::KeyInTheClear => say("rule-clear-sees"),
        Rule::CanaryUsed => say("rule-canary-sees"),
    }
}

/// What innocent thing looks the same.
pub(crate) const fn innocent(rule: Rule) -> Phrase {
    match rule {
        Rule::RefusalsBursting => say("rule-refusals-innocent"),
        Rule::NewNetwork => say("rule-network-innocent"),
        Rule::NewCountry => say("rule-country-innocent"),
        Rule::ManyPlaces => say("rule-places-innocent"),
        Rule::DormantWoken => say("rule-dormant-innocent"),
        Rule::VolumeSurge => say("rule-volume-innocent"),
        Rule::CredentialStuffing => say("rule-stuffing-innocent"),
        Rule::RefreshReplayed => say("rule-replayed-innocent"),
        Rule::LeakedKey => say("rule-leaked-innocent"),
        Rule::KeyInBrowser => say("rule-browser-innocent"),
        Rule::KeyInTheClear => say("rule-clear-innocent"),
        Rule::CanaryUsed => say("rule-canary-innocent"),
    }
}

/// What a finding rests on, a sentence without its full stop.
pub(crate) fn evidence(evidence: &Evidence) -> Phrase {
    match evidence {
        Evidence::Refusals { requests, refused, reason } => say("evidence-refusals")
            .count("refused", refused)
            .count("requests", requests)
            .with("reason", reason.code()),
        Evidence::UnknownKeys { requests } => say("evidence-unknown-keys").count("requests", requests),
        Evidence::NewNetwork { networks, known } => {
            say("evidence-network").with("networks", list(networks)).with("known", list(known))
        }
        Evidence::NewCountry { countries, known } => {
            say("evidence-network").with("networks", list(countries)).with("known", list(known))
        }
        Evidence::Places { networks, most_before } => say("evidence-places")
            .count("count", networks.len())
            .with("networks", list(networks))
            .count("before", most_before),
        Evidence::Pause { last_used_at, days } => {
            say("evidence-pause").count("days", days).with("at", last_used_at)
        }
        Evidence::Volume { requests, busiest_before } => {
            say("evidence-volume").count("requests", requests).count("before", busiest_before)
        }
        Evidence::SignIns { failures, accounts } => {
            say("evidence-sign-ins").count("failures", failures).count("accounts", accounts)
        }
        Evidence::Replay { what, family } => {
            let what = match what {
                Replayed::RefreshToken => say("evidence-refresh-token"),
                Replayed::AuthorizationCode => say("evidence-authorization-code"),
            };
            say("evidence-replay").with("what", what).with("family", family)
        }
        Evidence::Leak { source, place } => {
            let who = match source {
                LeakSource::Report => say("evidence-reported"),
                LeakSource::Github => say("evidence-github"),
            };
            match place {
                None => who,
                Some(place) => say("evidence-seen-at").with("who", who).with("place", place),
            }
        }
        Evidence::From { networks } if networks.is_empty() => say("evidence-from-nowhere"),
        Evidence::From { networks } => say("evidence-from").with("networks", list(networks)),
    }
}

fn list(places: &[impl Display]) -> String {
    places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use claviger_domain::Network;

    use super::*;

    #[test]
    fn pages_say_in_english_what_rules_say_of_themselves() {
        for rule in Rule::ALL {
            assert_eq!(title(*rule).to_string(), rule.title());
            assert_eq!(sees(*rule).to_string(), rule.sees());
            assert_eq!(innocent(*rule).to_string(), rule.innocent());
        }
    }

    #[test]
    fn evidence_reads_in_english_as_it_reads_in_mails() {
        let network: Network = "192.0.2.0/24".parse().unwrap();
        let networks = || vec![network, network];
        let all = [
            Evidence::UnknownKeys { requests: 100 },
            Evidence::NewNetwork { networks: networks(), known: networks() },
            Evidence::Places { networks: networks(), most_before: 1 },
            Evidence::Volume { requests: 700, busiest_before: 9 },
            Evidence::SignIns { failures: 50, accounts: 25 },
            Evidence::Leak { source: LeakSource::Github, place: Some("a gist".to_owned()) },
            Evidence::Leak { source: LeakSource::Report, place: None },
            Evidence::From { networks: Vec::new() },
            Evidence::From { networks: networks() },
        ];
        for found in all {
            assert_eq!(evidence(&found).to_string(), found.in_words());
        }
    }
}
