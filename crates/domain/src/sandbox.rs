//! The reset of a test environment: when it comes, what it ends, what is known of one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{ApiId, ResetId};
use crate::time::Timestamp;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
const WEEK: i64 = 7 * DAY;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// The first, as ISO 8601 counts them.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth, on which the Unix epoch began.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The last.
    Sunday,
}

impl Weekday {
    /// Every day, in order.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The word in contracts, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// Days from the day of the week that the Unix epoch began on.
    const fn since_epoch(self) -> i64 {
        (self as i64 + 4) % 7
    }
}

/// A time of day in UTC, to the minute, written `03:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(i64);

/// The text is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of day in UTC, from `00:00` to `23:59`")]
pub struct TimeOfDayError;

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let (hours, minutes) = text.split_once(':').ok_or(TimeOfDayError)?;
        let number = |text: &str, below: i64| {
            let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|number| is_plain && *number < below).ok_or(TimeOfDayError)
        };
        Ok(Self(number(hours, 24)? * 60 + number(minutes, 60)?))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// When a test environment is reset by itself. UTC has no summer time, so that one reset follows the other by exactly a
/// day or a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetSchedule {
    /// On which day of the week; none for every day.
    pub weekday: Option<Weekday>,
    /// At which time of the day.
    pub at: TimeOfDay,
}

impl ResetSchedule {
    /// The last time that was planned at or before `now`.
    pub fn latest(self, now: Timestamp) -> Timestamp {
        let first = self.first();
        let passed = now.seconds().saturating_sub(first).div_euclid(self.period());
        Timestamp::from_seconds(first.saturating_add(passed.saturating_mul(self.period())))
    }

    /// The reset that is due: the last one planned, unless it lies at or before `since`, when this schedule took effect or
    /// the last reset was due. However many were missed, one is due; and a clock that jumps back makes none due again.
    pub fn due(self, now: Timestamp, since: Timestamp) -> Option<Timestamp> {
        Some(self.latest(now)).filter(|due| *due > since)
    }

    /// The next one that will be due after `now` and `since`.
    pub fn next(self, now: Timestamp, since: Timestamp) -> Timestamp {
        let latest = self.latest(now.max(since));
        Timestamp::from_seconds(latest.seconds().saturating_add(self.period()))
    }

    /// Seconds between two.
    const fn period(self) -> i64 {
        if self.weekday.is_some() { WEEK } else { DAY }
    }

    /// The first one since the Unix epoch, in seconds.
    fn first(self) -> i64 {
        self.weekday.map_or(0, Weekday::since_epoch) * DAY + self.at.0 * MINUTE
    }
}

/// `every Sunday at 03:00 UTC`, `every day at 03:00 UTC`.
impl fmt::Display for ResetSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.weekday {
            Some(day) => {
                let (first, rest) = day.as_str().split_at(1);
                write!(f, "every {}{rest} at {} UTC", first.to_ascii_uppercase(), self.at)
            }
            None => write!(f, "every day at {} UTC", self.at),
        }
    }
}

/// What a reset does to the keys of the test environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeysAtReset {
    /// They go on working: partners have them in their configuration.
    #[default]
    Keep,
    /// They are revoked.
    Revoke,
}

impl KeysAtReset {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Keep, Self::Revoke];

    /// The word in contracts, on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Revoke => "revoke",
        }
    }
}

/// What made a reset begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResetCause {
    /// Its time had come.
    Schedule,
    /// Somebody asked for it.
    Request,
}

impl ResetCause {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Schedule, Self::Request];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Request => "request",
        }
    }
}

/// What an API's contract says of its test environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SandboxPolicy {
    /// When it is reset by itself; none for never.
    pub schedule: Option<ResetSchedule>,
    /// What a reset does to keys.
    pub keys: KeysAtReset,
}

/// How much a reset has ended so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResetCounts {
    /// Families of tokens.
    pub tokens: u64,
    /// What users had allowed.
    pub grants: u64,
    /// Sessions of test users.
    pub sessions: u64,
    /// Keys.
    pub keys: u64,
}

/// A reset of an API's test environment. Of one API, one goes on at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxReset {
    /// Its id.
    pub id: ResetId,
    /// Whose test environment.
    pub api: ApiId,
    /// What made it begin.
    pub cause: ResetCause,
    /// When it was due; of one that was asked for, when it was.
    pub due_at: Timestamp,
    /// What it does to keys.
    pub keys: KeysAtReset,
    /// When it began. What the test environment had before ends.
    pub begun_at: Timestamp,
    /// Who began it, as an actor is written.
    pub begun_by: String,
    /// When all was done; none while it goes on.
    pub ended_at: Option<Timestamp>,
    /// What it has ended so far.
    pub counts: ResetCounts,
}

#[cfg(test)]
#[path = "sandbox_tests.rs"]
mod tests;
