//! Upkeep: what keeps keys fresh. Old texts are better replaced, keys that nobody uses are named and switched off, and
//! ends are announced.

use std::time::Duration;

use crate::key::{Key, KeyState};
use crate::policy::{KeyKind, KeyUpkeep};
use crate::time::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Something that a working key may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// It ends within thirty days.
    EndsSoon,
    /// Its text is older than is advised.
    Overdue,
    /// Nobody has used it for long.
    Unused,
}

impl Care {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::EndsSoon, Self::Overdue, Self::Unused];
    /// How long before its end a key ends soon.
    pub const SOON: Duration = DAY.saturating_mul(30);

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndsSoon => "expiring",
            Self::Overdue => "overdue",
            Self::Unused => "unused",
        }
    }
}

impl KeyUpkeep {
    /// Whether a key needs this. One that does not work needs nothing.
    pub fn needs(&self, care: Care, key: &Key, now: Timestamp) -> bool {
        let is_past =
            |since: Timestamp, time: Option<Duration>| time.is_some_and(|time| now.since(since) > time);
        key.is_working(now)
            && match care {
                Care::EndsSoon => key.expires_at.is_some_and(|end| end < now.plus(Care::SOON)),
                Care::Overdue => {
                    is_past(key.text_made_at(), self.rotate_after) && key.kind == KeyKind::Single
                }
                Care::Unused => is_past(key.idle_since(), self.unused_after),
            }
    }

    /// Whether a key is to be switched off because nobody cares for it. Whoever makes, changes, rotates or enables a
    /// key cares for it, so that one that was enabled again is not switched off the next hour.
    pub fn is_abandoned(&self, key: &Key, now: Timestamp) -> bool {
        let Some(time) = self.disable_unused_after else { return false };
        let last = key.idle_since().max(key.updated_at);
        key.is_working(now) && now.since(last) >= time
    }
}

impl Key {
    /// Whether its state and dates let it work.
    pub fn is_working(&self, now: Timestamp) -> bool {
        self.state == KeyState::Active
            && self.not_before.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// When any of its texts was last used, to within a minute.
    pub fn last_used_at(&self) -> Option<Timestamp> {
        self.generations.iter().filter_map(|generation| generation.last_used_at).max()
    }

    /// Since when nobody has used it: its last use, else when it could first be used.
    pub fn idle_since(&self) -> Timestamp {
        let start = self.not_before.map_or(self.created_at, |start| start.max(self.created_at));
        self.last_used_at().map_or(start, |used| used.max(start))
    }

    /// When its newest text was made.
    pub fn text_made_at(&self) -> Timestamp {
        self.generations.first().map_or(self.created_at, |generation| generation.created_at)
    }
}

/// A letter about a key's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reminder {
    /// Thirty days before.
    Month,
    /// Seven days before.
    Week,
    /// One day before.
    Day,
}

impl Reminder {
    /// Every one, in the order in which they come.
    pub const ALL: [Self; 3] = [Self::Month, Self::Week, Self::Day];

    /// How many days before the end it comes.
    pub const fn days(self) -> u8 {
        match self {
            Self::Month => 30,
            Self::Week => 7,
            Self::Day => 1,
        }
    }

    /// How long before the end it comes.
    pub fn ahead(self) -> Duration {
        DAY * u32::from(self.days())
    }

    /// How long before the end the next one takes its place; nothing for the last.
    pub fn until(self) -> Duration {
        match self {
            Self::Month => Self::Week.ahead(),
            Self::Week => Self::Day.ahead(),
            Self::Day => Duration::ZERO,
        }
    }

    /// The one that is due at `now` for a key that was made at `made` and ends at `end`. Only the latest: who was not
    /// reminded in time is not reminded twice. None where the key was made after its time.
    pub fn due(made: Timestamp, end: Timestamp, now: Timestamp) -> Option<Self> {
        let is_now = |reminder: &Self| end <= now.plus(reminder.ahead()) && end > now.plus(reminder.until());
        Self::ALL.into_iter().find(is_now).filter(|reminder| made < end.minus(reminder.ahead()))
    }
}

#[cfg(test)]
#[path = "upkeep_tests.rs"]
mod tests;
