//! Findings: what a rule of unusual activity found, and what became of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::decision::DenialReason;
use crate::id::{ApiId, FamilyId, FindingId, KeyId, WorkspaceId};
use crate::network::Network;
use crate::rule::{Response, Rule};
use crate::time::Timestamp;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A credential, by its public id.
    Credential(Arc<str>),
    /// Whoever is in a network.
    Network(Network),
    /// Nobody in particular: many networks together.
    Everyone,
}

impl Subject {
    /// The key it is about.
    pub fn key(&self) -> Option<KeyId> {
        match self {
            Self::Credential(id) => id.parse().ok(),
            Self::Network(_) | Self::Everyone => None,
        }
    }
}

/// The form on the wire and in the database: an id, a network or `*`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(id) => f.write_str(id),
            Self::Network(network) => network.fmt(f),
            Self::Everyone => f.write_str("*"),
        }
    }
}

impl FromStr for Subject {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.parse() {
            Ok(network) => Self::Network(network),
            Err(_) if text == "*" => Self::Everyone,
            Err(_) => Self::Credential(text.into()),
        })
    }
}

/// Where a leaked key was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakSource {
    /// Somebody who had the whole key reported it.
    Report,
    /// GitHub's secret scanning found it.
    Github,
}

/// What was used a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    /// A refresh token.
    RefreshToken,
    /// An authorization code.
    AuthorizationCode,
}

impl Replayed {
    /// What it is, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RefreshToken => "a refresh token",
            Self::AuthorizationCode => "an authorization code",
        }
    }
}

/// What a finding rests on: numbers, networks and countries, never a secret, never a whole address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Requests of a credential that were refused within a minute.
    Refusals {
        /// All it sent.
        requests: u64,
        /// Those that were refused.
        refused: u64,
        /// Why most of them were.
        reason: DenialReason,
    },
    /// Keys that nobody has, from one network within a minute.
    UnknownKeys {
        /// How often.
        requests: u64,
    },
    /// A network that a key came from, and those it came from before.
    NewNetwork {
        /// The new ones.
        networks: Vec<Network>,
        /// Those of the last 30 days.
        known: Vec<Network>,
    },
    /// A country that a key came from, and those it came from before.
    NewCountry {
        /// The new ones.
        countries: Vec<Country>,
        /// Those of the last 30 days.
        known: Vec<Country>,
    },
    /// Networks that a key was used from within one minute.
    Places {
        /// Some of them.
        networks: Vec<Network>,
        /// The most in any minute of the 14 days before.
        most_before: u32,
    },
    /// How long a key was not used.
    Pause {
        /// When it was last used before.
        last_used_at: Timestamp,
        /// How many days ago that was.
        days: u64,
    },
    /// How much a key was used within one minute.
    Volume {
        /// Its requests.
        requests: u64,
        /// Those of its busiest minute of the 14 days before.
        busiest_before: u64,
    },
    /// Sign-ins that failed within a minute.
    SignIns {
        /// How many.
        failures: u64,
        /// At how many accounts, as far as they were told apart.
        accounts: u64,
    },
    /// A token that was used twice.
    Replay {
        /// Which.
        what: Replayed,
        /// The family of tokens that ended with it.
        family: FamilyId,
    },
    /// A key seen in public.
    Leak {
        /// Who says so.
        source: LeakSource,
        /// Where, where that was said.
        place: Option<String>,
    },
    /// Where requests came from that should not have come.
    From {
        /// Some of the networks; none where nobody knows.
        networks: Vec<Network>,
    },
}

impl Evidence {
    /// The same in words, a sentence without its full stop.
    pub fn in_words(&self) -> String {
        match self {
            Self::Refusals { requests, refused, reason } => format!(
                "{refused} of {requests} requests within a minute were refused, most of them as {}",
                reason.code()
            ),
            Self::UnknownKeys { requests } => {
                format!("{requests} requests within a minute had keys that nobody has")
            }
            Self::NewNetwork { networks, known } => {
                format!("it came from {}; in the last 30 days it came from {}", list(networks), list(known))
            }
            Self::NewCountry { countries, known } => {
                format!("it came from {}; in the last 30 days it came from {}", list(countries), list(known))
            }
            Self::Places { networks, most_before } => format!(
                "within a minute it came from {} networks, among them {}; in the 14 days before never from more than \
                 {most_before}",
                networks.len(),
                list(networks)
            ),
            Self::Pause { last_used_at, days } => {
                format!("before, it was last used {days} days ago, at {last_used_at}")
            }
            Self::Volume { requests, busiest_before } => format!(
                "it sent {requests} requests within a minute; in the 14 days before never more than {busiest_before}"
            ),
            Self::SignIns { failures, accounts } => {
                format!("{failures} sign-ins at {accounts} accounts failed within a minute")
            }
            Self::Replay { what, family } => {
                format!("{} was used again; its tokens, {family}, have ended", what.as_str())
            }
            Self::Leak { source, place } => {
                let who = match source {
                    LeakSource::Report => "somebody who has it reported it",
                    LeakSource::Github => "GitHub's secret scanning reported it",
                };
                place.as_ref().map_or_else(|| who.to_owned(), |place| format!("{who}, seen at {place}"))
            }
            Self::From { networks } if networks.is_empty() => "where it came from is not known".to_owned(),
            Self::From { networks } => format!("it came from {}", list(networks)),
        }
    }
}

fn list(places: &[impl fmt::Display]) -> String {
    places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Something that a rule has just found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The rule.
    pub rule: Rule,
    /// What it is about.
    pub subject: Subject,
    /// The API, where there is one.
    pub api: Option<ApiId>,
    /// The credential's workspace, where there is one.
    pub workspace: Option<WorkspaceId>,
    /// What it rests on.
    pub evidence: Evidence,
    /// When.
    pub at: Timestamp,
}

/// An operator has seen a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What they noted; may be empty.
    pub note: String,
}

/// A finding. There is one of a rule and a subject: what is found again is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The rule that found it.
    pub rule: Rule,
    /// What it is about.
    pub subject: Subject,
    /// The API, where there is one.
    pub api: Option<ApiId>,
    /// The credential's workspace, where there is one.
    pub workspace: Option<WorkspaceId>,
    /// What it rests on, the last time it was found.
    pub evidence: Evidence,
    /// In how many minutes it was found.
    pub count: u64,
    /// When it was first found.
    pub first_seen_at: Timestamp,
    /// When it was last found.
    pub last_seen_at: Timestamp,
    /// What was done, and when; none until it is done.
    pub answer: Option<(Response, Timestamp)>,
    /// Who has seen it; none while it is open.
    pub acknowledged: Option<Acknowledgement>,
}

/// What came of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// Nothing like it was found before.
    New,
    /// It is counted with what is found already.
    Again,
    /// It had been acknowledged, was quiet since, and is open again.
    Reopened,
}

impl Finding {
    /// How long it has to be quiet for what comes after to be something new.
    pub const QUIET: std::time::Duration = std::time::Duration::from_secs(60 * 60);

    /// Whether nobody has acknowledged it.
    pub const fn is_open(&self) -> bool {
        self.acknowledged.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_round_trips_through_text() {
        let key = "key_00000000000000000000000000";
        for text in [key, "203.0.113.0/24", "2001:db8::/48", "*"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        assert!(key.parse::<Subject>().unwrap().key().is_some());
        assert_eq!("fam_1".parse::<Subject>().unwrap().key(), None);
    }

    #[test]
    fn evidence_round_trips_through_json_and_says_what_it_is_in_words() {
        let network: Network = "203.0.113.0/24".parse().unwrap();
        let at = Timestamp::from_seconds(0);
        let all = [
            Evidence::Refusals { requests: 60, refused: 40, reason: DenialReason::InsufficientScope },
            Evidence::UnknownKeys { requests: 200 },
            Evidence::NewNetwork { networks: vec![network], known: vec![network] },
            Evidence::Places { networks: vec![network; 5], most_before: 1 },
            Evidence::Pause { last_used_at: at, days: 120 },
            Evidence::Volume { requests: 7_000, busiest_before: 12 },
            Evidence::SignIns { failures: 40, accounts: 12 },
            Evidence::Replay { what: Replayed::RefreshToken, family: FamilyId::from_uuid(uuid::Uuid::nil()) },
            Evidence::Leak { source: LeakSource::Github, place: Some("https://example.com/a".to_owned()) },
            Evidence::From { networks: Vec::new() },
            Evidence::NewCountry {
                countries: vec!["FR".parse().unwrap()],
                known: vec!["CH".parse().unwrap(), "DE".parse().unwrap()],
            },
        ];
        let mut words = Vec::new();
        for evidence in all {
            let json = serde_json::to_string(&evidence).unwrap();
            assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence, "{json}");
            words.push(evidence.in_words());
        }
        assert_eq!(
            words[0],
            "40 of 60 requests within a minute were refused, most of them as INSUFFICIENT_SCOPE"
        );
        assert_eq!(words[3].matches("203.0.113.0/24").count(), 5);
        assert!(words[8].ends_with("seen at https://example.com/a"));
        assert_eq!(words[10], "it came from FR; in the last 30 days it came from CH, DE");
    }
}
