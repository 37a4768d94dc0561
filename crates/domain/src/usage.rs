//! Usage: what is counted together, how often it happened, and how long answers took.

use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use crate::decision::DenialReason;
use crate::id::{ApiId, WorkspaceId};
use crate::key::KeyVersion;
use crate::network::Network;
use crate::time::Timestamp;

/// How finely time is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grain {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
}

impl Grain {
    /// Every grain, finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The grain of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.as_str() == name)
    }

    /// How long one lasts.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day => 24 * 60 * 60,
        })
    }

    /// When the one began in which `at` lies.
    pub fn floor(self, at: Timestamp) -> Timestamp {
        let length = i64::try_from(self.duration().as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(at.micros().div_euclid(length).saturating_mul(length))
    }
}

/// What requests are counted together: those that are alike in all of this.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UsageName {
    /// The API.
    pub api: ApiId,
    /// Whose credential it was, where it was found.
    pub workspace: Option<WorkspaceId>,
    /// The credential's public id, where it was found.
    pub credential: Option<Arc<str>>,
    /// The contract's route as it is written there, `/v1/users/{id}`; none for a request of no route.
    pub route: Option<Arc<str>>,
    /// The status of the answer; none where we only gave a verdict.
    pub status: Option<u16>,
    /// Why it was refused; none where it was not.
    pub reason: Option<DenialReason>,
}

/// Where requests with a credential came from: those that are alike in all of this are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UsageOrigin {
    /// The API.
    pub api: ApiId,
    /// Whose credential it was.
    pub workspace: WorkspaceId,
    /// The credential's public id.
    pub credential: Arc<str>,
    /// Which version of a key was presented; none for what is no key.
    pub version: Option<KeyVersion>,
    /// The network; none where nobody knows the address, or too many networks use the credential to tell them apart.
    pub network: Option<Network>,
}

/// How often, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// How long the answers took that were timed.
    pub latency: Latency,
}

impl Tally {
    /// One request.
    pub fn one(took: Option<Duration>) -> Self {
        let mut latency = Latency::default();
        if let Some(took) = took {
            latency.add(took);
        }
        Self { requests: 1, latency }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.latency += other.latency;
    }
}

/// A histogram of how long answers took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// All of it together, in microseconds.
    pub sum: u64,
    /// How many took no longer than each of [`Latency::BOUNDS`] and longer than the one before; the last took longer
    /// than all.
    pub buckets: [u64; Latency::BUCKETS],
}

impl Latency {
    /// How many buckets there are.
    pub const BUCKETS: usize = Self::BOUNDS.len() + 1;

    /// The upper ends of all buckets but the last, in milliseconds, each inclusive.
    pub const BOUNDS: [u64; 9] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000];

    fn add(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let index = Self::BOUNDS.partition_point(|bound| bound * 1_000 < micros);
        self.sum = self.sum.saturating_add(micros);
        if let Some(bucket) = self.buckets.get_mut(index) {
            *bucket = bucket.saturating_add(1);
        }
    }

    /// How many answers were timed.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, bucket| sum.saturating_add(*bucket))
    }

    /// The upper end in milliseconds of the bucket in which the answer lies that a share of all, from 0 to 1, was not
    /// slower than. None when nothing was timed, or it lies in the last bucket, which has no end.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let mut seen = 0_u64;
        for (bucket, bound) in self.buckets.iter().zip(Self::BOUNDS) {
            seen = seen.saturating_add(*bucket);
            // Counts beyond 2^52 would lose their last digits, which no quantile shows.
            #[expect(clippy::cast_precision_loss, reason = "a quantile is no exact number")]
            if seen as f64 >= share * count as f64 {
                return Some(bound);
            }
        }
        None
    }
}

impl AddAssign for Latency {
    fn add_assign(&mut self, other: Self) {
        self.sum = self.sum.saturating_add(other.sum);
        for (mine, more) in self.buckets.iter_mut().zip(other.buckets) {
            *mine = mine.saturating_add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(millis: u64) -> Option<Duration> {
        Some(Duration::from_millis(millis))
    }

    #[test]
    fn time_is_divided_at_the_full_minute_hour_and_day_also_before_the_epoch() {
        let at = Timestamp::parse_rfc3339("2026-03-04T05:06:07.8Z").unwrap();
        let floor = |grain: Grain| grain.floor(at).to_string();
        assert_eq!(floor(Grain::Minute), "2026-03-04T05:06:00Z");
        assert_eq!(floor(Grain::Hour), "2026-03-04T05:00:00Z");
        assert_eq!(floor(Grain::Day), "2026-03-04T00:00:00Z");
        assert_eq!(Grain::Minute.floor(Timestamp::from_micros(-1)), Timestamp::from_seconds(-60));
    }

    #[test]
    fn a_bound_belongs_to_the_bucket_below_it() {
        for (took, bucket) in [(0, 0), (1, 0), (2, 1), (3, 2), (10, 3), (11, 4), (1_000, 8), (1_001, 9)] {
            assert_eq!(Tally::one(millis(took)).latency.buckets[bucket], 1, "{took} ms");
        }
    }

    #[test]
    fn a_quantile_is_the_end_of_its_bucket() {
        let mut tally = Tally::default();
        for took in 1..=100 {
            tally += Tally::one(millis(took));
        }
        assert_eq!(tally.latency.quantile(0.5), Some(50));
        assert_eq!(tally.latency.quantile(0.99), Some(100));
        assert_eq!(Tally::one(millis(5_000)).latency.quantile(0.5), None);
        assert_eq!(Latency::default().quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn the_order_in_which_tallies_are_added_makes_no_difference(
            mut took in proptest::collection::vec(proptest::option::of(0_u64..3_000), 0..50),
        ) {
            let sum = |took: &[Option<u64>]| {
                took.iter().fold(Tally::default(), |mut sum, took| {
                    sum += Tally::one(took.map(Duration::from_millis));
                    sum
                })
            };
            let forward = sum(&took);
            took.reverse();
            prop_assert_eq!(forward, sum(&took));
            prop_assert_eq!(forward.requests, took.len() as u64);
            prop_assert_eq!(forward.latency.count(), took.iter().flatten().count() as u64);
        }
    }
}
