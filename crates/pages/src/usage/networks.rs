//! Networks by how often something came from them, as pages show them.

use std::cmp::Reverse;

use claviger_domain::{Network, Timestamp};

use crate::moment::Moment;
use crate::words::say;

/// Networks that are shown; the others are one line.
const SHOWN: usize = 8;
/// The length of the longest bar.
const LONGEST: u64 = 100;

/// A network, and how often something came from it.
pub(crate) struct NetworkRow {
    /// The network, or that these are the others.
    pub(crate) network: String,
    pub(crate) requests: u64,
    /// How long its bar is, of a hundred.
    pub(crate) bar: u64,
    /// The minute of the latest request, where it is known.
    pub(crate) last_seen: Option<Moment>,
}

/// The networks that most came from, and one line for all others and for what nobody told apart.
pub(crate) fn network_rows(
    uses: impl Iterator<Item = (Option<Network>, u64, Option<Timestamp>)>,
    now: Timestamp,
) -> Vec<NetworkRow> {
    let (mut known, unknown): (Vec<_>, Vec<_>) = uses.partition(|(network, ..)| network.is_some());
    known.sort_by_key(|(network, requests, _)| (Reverse(*requests), *network));
    let rest = known.split_off(known.len().min(SHOWN));
    let other = rest
        .into_iter()
        .chain(unknown)
        .reduce(|sum, (_, requests, seen)| (None, sum.1.saturating_add(requests), sum.2.max(seen)));
    let most = known.iter().chain(&other).map(|(_, requests, _)| *requests).max().unwrap_or_default().max(1);
    let row = |(network, requests, seen): (Option<Network>, u64, Option<Timestamp>)| NetworkRow {
        network: network
            .map_or_else(|| say("usage-other-networks").to_string(), |network| network.to_string()),
        requests,
        bar: scaled(requests, most),
        last_seen: seen.map(|at| Moment::ago(at, now)),
    };
    known.into_iter().chain(other.map(|(_, requests, seen)| (None, requests, seen))).map(row).collect()
}

/// How long a bar is where `most` is the longest; what is not nothing is seen.
fn scaled(count: u64, most: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    let length = u128::from(count) * u128::from(LONGEST) / u128::from(most);
    u64::try_from(length).unwrap_or(LONGEST).clamp(1, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn used(number: u8, requests: u64) -> (Option<Network>, u64, Option<Timestamp>) {
        let seen = NOW.minus(std::time::Duration::from_secs(60 * u64::from(number)));
        (Some(Network::of([203, 0, number, 7].into())), requests, Some(seen))
    }

    #[test]
    fn most_come_first_and_those_that_are_too_many_or_unknown_are_one_line() {
        let uses = (1..=10).map(|number| used(number, u64::from(number) * 10)).chain([(None, 5, Some(NOW))]);
        let rows = network_rows(uses, NOW);
        let shown: Vec<_> = rows.iter().map(|row| (row.network.as_str(), row.requests, row.bar)).collect();
        assert_eq!(shown.len(), SHOWN + 1);
        assert_eq!(shown[0], ("203.0.10.0/24", 100, 100));
        assert_eq!(shown[SHOWN], ("Others, or not known", 35, 35));
        let seen: Vec<_> = rows.iter().filter_map(|row| row.last_seen.as_ref()).collect();
        assert_eq!((seen[0].text.as_str(), seen[SHOWN].text.as_str()), ("10 minutes ago", "just now"));
    }

    #[test]
    fn one_of_very_many_is_seen_and_nothing_is_no_line() {
        let rows = network_rows([used(1, u64::MAX), used(2, 1)].into_iter(), NOW);
        assert_eq!(rows.iter().map(|row| row.bar).collect::<Vec<_>>(), [100, 1]);
        assert!(network_rows(std::iter::empty(), NOW).is_empty());
    }
}
