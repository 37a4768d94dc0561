//! Quotas by the calendar, in UTC.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::civil::{Date, date};
use jiff::tz::Offset;

use super::Left;
use crate::time::Timestamp;

/// How far the clock may be before a period that was counted in already and still mean that period: threads that look
/// at the clock one after the other may count in the other order.
const BEFORE: Duration = Duration::from_secs(1);

/// A stretch of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the first to the last.
    Month,
}

/// The quota comes back whole when a period begins. What was counted is one number, [`Calendar::FRESH`] at first: the
/// period's number in the upper half, the count in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    requests: u32,
    period: Period,
}

impl Calendar {
    /// Nothing was counted yet.
    pub const FRESH: u64 = 0;

    /// `requests` in each period.
    pub const fn new(requests: NonZeroU32, period: Period) -> Self {
        Self { requests: requests.get(), period }
    }

    /// What is left for a request of this cost, which is not counted.
    pub fn look(&self, counted: u64, cost: NonZeroU32, now: Timestamp) -> Left {
        let (number, used) = self.current(counted, now);
        let fits = used.checked_add(cost.get()).is_some_and(|after| after <= self.requests);
        let end = self.period.start(number.saturating_add(1));
        Left {
            remaining: self.requests.saturating_sub(used),
            reset_at: if used == 0 { now } else { end },
            retry_at: (!fits).then_some(end),
        }
    }

    /// Counts a request of this cost, if there is room: then the first is what was counted from now on.
    pub fn take(&self, counted: u64, cost: NonZeroU32, now: Timestamp) -> (Option<u64>, Left) {
        let left = self.look(counted, cost, now);
        if !left.has_room() {
            return (None, left);
        }
        let after = self.charge(counted, cost, now);
        let (number, used) = unpack(after);
        let reset_at = self.period.start(number.saturating_add(1));
        (Some(after), Left { remaining: self.requests.saturating_sub(used), reset_at, retry_at: None })
    }

    /// Counts a request, whether or not there is room.
    pub fn charge(&self, counted: u64, cost: NonZeroU32, now: Timestamp) -> u64 {
        let (number, used) = self.current(counted, now);
        pack(number, used.saturating_add(cost.get()))
    }

    /// Takes back that a request was counted, an instant ago.
    pub const fn give_back(counted: u64, cost: NonZeroU32) -> u64 {
        let (number, used) = unpack(counted);
        pack(number, used.saturating_sub(cost.get()))
    }

    /// Whether all of the quota is back, so that it makes no difference what was counted.
    pub fn is_fresh(&self, counted: u64, now: Timestamp) -> bool {
        self.current(counted, now).1 == 0
    }

    /// The present period and what was counted in it.
    fn current(&self, counted: u64, now: Timestamp) -> (u32, u32) {
        let (number, used) = unpack(counted);
        let present = self.period.number(now);
        if number < present {
            return (present, 0);
        }
        if number > present && self.period.start(number).since(now) <= BEFORE {
            return (number, used);
        }
        // After a jump back, what was counted is of the present period.
        (present, used)
    }
}

impl Period {
    /// Counted from 1970 on; all that is earlier is 0.
    fn number(self, at: Timestamp) -> u32 {
        match self {
            Self::Day => u32::try_from(at.seconds().div_euclid(86_400)).unwrap_or(0),
            Self::Month => {
                let day = day_of(at);
                let months = (i32::from(day.year()) - 1970) * 12 + i32::from(day.month()) - 1;
                u32::try_from(months).unwrap_or(0)
            }
        }
    }

    /// The instant at which the period of this number begins.
    fn start(self, number: u32) -> Timestamp {
        match self {
            Self::Day => Timestamp::from_seconds(i64::from(number) * 86_400),
            Self::Month => {
                let (year, month) = (1970 + number / 12, 1 + number % 12);
                let (year, month) = (i16::try_from(year).unwrap_or(9999), i8::try_from(month).unwrap_or(12));
                let first = Date::new(year, month, 1).unwrap_or(Date::MAX);
                let days = (first - date(1970, 1, 1)).get_days();
                Timestamp::from_seconds(i64::from(days) * 86_400)
            }
        }
    }
}

fn day_of(at: Timestamp) -> Date {
    let instant = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::MAX);
    Offset::UTC.to_datetime(instant).date()
}

const fn pack(number: u32, used: u32) -> u64 {
    (number as u64) << 32 | used as u64
}

const fn unpack(counted: u64) -> (u32, u32) {
    ((counted >> 32) as u32, (counted & u32::MAX as u64) as u32)
}
