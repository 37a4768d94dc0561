//! Usage of a credential, a workspace or everything, as pages show it.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{DenialReason, Grain, Latency, Network, Timestamp};
use claviger_engine::UsagePart;
use claviger_engine::{UsageError, UsageQuery, UsageSum};

use super::chart::{Amount, Chart};
use super::networks::{NetworkRow, network_rows};
use crate::fields::Fields;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// How much time a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// The last day, by the hour.
    Day,
    /// The last thirty days, by the day.
    Month,
}

impl Span {
    /// What the address asks for; a day where it asks for nothing.
    pub(crate) fn read(query: &Fields) -> Self {
        if query.get("usage") == Self::Month.word() { Self::Month } else { Self::Day }
    }

    /// The word in the address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// For people.
    pub(crate) const fn title(self) -> Phrase {
        match self {
            Self::Day => say("usage-last-24-hours"),
            Self::Month => say("usage-last-30-days"),
        }
    }

    pub(super) const fn grain(self) -> Grain {
        match self {
            Self::Day => Grain::Hour,
            Self::Month => Grain::Day,
        }
    }

    const fn count(self) -> u32 {
        match self {
            Self::Day => 24,
            Self::Month => 30,
        }
    }

    /// When each bar begins, oldest first; the last is the one that `now` lies in.
    pub(super) fn instants(self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let (newest, length) = (self.grain().floor(now), self.grain().duration());
        (0..self.count()).rev().map(move |back| newest.minus(length * back))
    }
}

/// A line of the table.
pub(crate) struct UsageRow {
    pub(crate) at: Moment,
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    /// What half of the answers were not slower than, and what nearly all were not.
    pub(crate) half: String,
    pub(crate) most: String,
}

/// Why some were refused.
pub(crate) struct ReasonRow {
    pub(crate) code: &'static str,
    pub(crate) requests: u64,
}

/// All that a page shows of usage.
pub(crate) struct UsagePicture {
    pub(crate) span: Span,
    /// The other span, to go to.
    pub(crate) other: Span,
    pub(crate) chart: Chart,
    pub(crate) requests: u64,
    pub(crate) refused: u64,
    pub(crate) half: String,
    pub(crate) most: String,
    pub(crate) from: Moment,
    pub(crate) reasons: Vec<ReasonRow>,
    /// Times in which something happened, newest first.
    pub(crate) rows: Vec<UsageRow>,
    /// Where a credential is used from, most first; nothing for what is no credential.
    pub(crate) networks: Vec<NetworkRow>,
}

/// What one bar, or all together, come to.
#[derive(Clone, Copy, Default)]
struct Sum {
    amount: Amount,
    latency: Latency,
}

impl Sum {
    fn add(&mut self, sum: &UsageSum) {
        let part = if sum.part.is_empty() { &mut self.amount.allowed } else { &mut self.amount.refused };
        *part = part.saturating_add(sum.tally.requests);
        self.latency += sum.tally.latency;
    }
}

impl UsagePicture {
    /// The usage that exists for the reader: of a credential, of their workspace, or of everything.
    pub(crate) async fn of(
        state: &PagesState,
        reader: &Reader,
        credential: Option<String>,
        span: Span,
    ) -> Result<Self, UsageError> {
        let now = state.engine.clock().now();
        let from = span.instants(now).next().unwrap_or(now);
        let query = UsageQuery {
            grain: span.grain(),
            from,
            to: now.plus(Duration::from_micros(1)),
            api: None,
            workspace: None,
            credential,
            by: Some(UsagePart::Reason),
        };
        let networks = match query.credential {
            Some(_) => {
                let query = UsageQuery { by: Some(UsagePart::Network), ..query.clone() };
                state.engine.usage_for(&reader.actor(), query).await?
            }
            None => Vec::new(),
        };
        let sums = state.engine.usage_for(&reader.actor(), query).await?;
        Ok(Self { networks: by_network(&networks, now), ..Self::from_sums(span, now, &sums) })
    }

    fn from_sums(span: Span, now: Timestamp, sums: &[UsageSum]) -> Self {
        let mut by_time: BTreeMap<Timestamp, Sum> =
            span.instants(now).map(|at| (at, Sum::default())).collect();
        let (mut total, mut reasons) = (Sum::default(), BTreeMap::<&'static str, u64>::new());
        for sum in sums {
            total.add(sum);
            by_time.entry(sum.at).or_default().add(sum);
            if let Some(reason) = DenialReason::from_name(&sum.part) {
                *reasons.entry(reason.code()).or_default() += sum.tally.requests;
            }
        }
        let amounts: Vec<_> = by_time.values().map(|sum| sum.amount).collect();
        let mut reasons: Vec<_> =
            reasons.into_iter().map(|(code, requests)| ReasonRow { code, requests }).collect();
        reasons.sort_by_key(|row| std::cmp::Reverse(row.requests));
        Self {
            span,
            other: if span == Span::Day { Span::Month } else { Span::Day },
            chart: Chart::of(&amounts),
            requests: total.amount.total(),
            refused: total.amount.refused,
            half: within(&total.latency, 0.5),
            most: within(&total.latency, 0.99),
            from: Moment::exact(by_time.keys().next().copied().unwrap_or(now)),
            reasons,
            rows: by_time.iter().rev().filter(|(_, sum)| sum.amount.total() > 0).map(row).collect(),
            networks: Vec::new(),
        }
    }
}

/// Where it came from in all of the time.
fn by_network(sums: &[UsageSum], now: Timestamp) -> Vec<NetworkRow> {
    let mut all = BTreeMap::<Option<Network>, u64>::new();
    for sum in sums {
        // What is no network is one that nobody told apart.
        let requests = all.entry(sum.part.parse().ok()).or_default();
        *requests = requests.saturating_add(sum.tally.requests);
    }
    network_rows(all.into_iter().map(|(network, requests)| (network, requests, None)), now)
}

fn row((at, sum): (&Timestamp, &Sum)) -> UsageRow {
    UsageRow {
        at: Moment::exact(*at),
        requests: sum.amount.total(),
        refused: sum.amount.refused,
        half: within(&sum.latency, 0.5),
        most: within(&sum.latency, 0.99),
    }
}

/// What a share of the answers were not slower than.
fn within(latency: &Latency, share: f64) -> String {
    match latency.quantile(share) {
        Some(bound) => format!("{bound} ms"),
        None if latency.count() == 0 => "–".to_owned(),
        None => say("usage-over-1-s").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::Tally;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn sum(hours_ago: u32, part: &str, millis: u64) -> UsageSum {
        let at = Grain::Hour.floor(NOW).minus(Duration::from_secs(3_600) * hours_ago);
        let tally = Tally::one(Some(Duration::from_millis(millis)));
        UsageSum { at, part: part.to_owned(), tally }
    }

    #[test]
    fn a_day_has_a_bar_for_each_hour_and_a_row_for_each_in_which_something_happened() {
        let sums = [sum(23, "", 3), sum(0, "", 7), sum(0, "expired", 2_000), sum(0, "revoked", 1)];
        let picture = UsagePicture::from_sums(Span::Day, NOW, &sums);
        assert_eq!((picture.requests, picture.refused, picture.chart.most), (4, 2, 3));
        assert_eq!(picture.chart.width, 240);
        assert_eq!(picture.chart.bars.iter().map(|bar| bar.x).collect::<Vec<_>>(), [1, 231, 231]);
        let rows: Vec<_> = picture.rows.iter().map(|row| (row.requests, row.refused)).collect();
        assert_eq!(rows, [(3, 2), (1, 0)], "newest first");
        let codes: Vec<_> = picture.reasons.iter().map(|row| (row.code, row.requests)).collect();
        assert_eq!(codes, [("EXPIRED", 1), ("REVOKED", 1)]);
        assert_eq!((picture.half.as_str(), picture.most.as_str()), ("5 ms", "over 1 s"));
    }

    #[test]
    fn what_came_from_a_network_adds_up_over_the_time() {
        let from = |hours_ago, network| sum(hours_ago, network, 1);
        let sums =
            [from(3, "203.0.113.0/24"), from(1, ""), from(0, "198.51.100.0/24"), from(0, "203.0.113.0/24")];
        let rows: Vec<_> =
            by_network(&sums, NOW).into_iter().map(|row| (row.network, row.requests)).collect();
        let named = |name: &str, requests| (name.to_owned(), requests);
        assert_eq!(
            rows,
            [named("203.0.113.0/24", 2), named("198.51.100.0/24", 1), named("Others, or not known", 1)]
        );
    }

    #[test]
    fn nothing_is_a_picture_too() {
        let picture = UsagePicture::from_sums(Span::Month, NOW, &[]);
        assert!(picture.rows.is_empty() && picture.chart.bars.is_empty() && picture.reasons.is_empty());
        assert_eq!((picture.half.as_str(), picture.chart.width), ("–", 300));
    }
}
