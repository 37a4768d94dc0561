//! Credits: what a workspace may spend on requests that cost some.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use crate::id::{CreditGrantId, WorkspaceId};
use crate::text::{Label, TextError};
use crate::time::Timestamp;

/// Credits that a workspace was given at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditGrant {
    /// Its id.
    pub id: CreditGrantId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// How many were given.
    pub amount: NonZeroU32,
    /// How many are left.
    pub remaining: u32,
    /// What they were given for.
    pub note: Option<Label>,
    /// From then on, what is left cannot be spent.
    pub expires_at: Option<Timestamp>,
    /// When they were given.
    pub created_at: Timestamp,
    /// Who gave them; `system` for a refill.
    pub created_by: String,
}

/// A day of the month, 1 to 31; in shorter months their last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct AnchorDay(i8);

/// Not a day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day of the month is 1 to 31")]
pub struct AnchorDayError;

impl TryFrom<u8> for AnchorDay {
    type Error = AnchorDayError;

    fn try_from(day: u8) -> Result<Self, AnchorDayError> {
        match i8::try_from(day) {
            Ok(day @ 1..=31) => Ok(Self(day)),
            _ => Err(AnchorDayError),
        }
    }
}

impl From<AnchorDay> for u8 {
    fn from(day: AnchorDay) -> Self {
        day.0.unsigned_abs()
    }
}

impl AnchorDay {
    /// The first midnight UTC of such a day after this instant.
    pub fn next(self, after: Timestamp) -> Timestamp {
        let instant = jiff::Timestamp::from_microsecond(after.micros()).unwrap_or(jiff::Timestamp::MAX);
        let today = Offset::UTC.to_datetime(instant).date();
        let here = self.of_month(today);
        if here > today {
            return midnight(here);
        }
        let next_month = today.last_of_month().tomorrow().unwrap_or(Date::MAX);
        midnight(self.of_month(next_month))
    }

    fn of_month(self, month: Date) -> Date {
        let day = self.0.min(month.days_in_month());
        Date::new(month.year(), month.month(), day).unwrap_or(month)
    }
}

fn midnight(date: Date) -> Timestamp {
    let days = (date - Date::constant(1970, 1, 1)).get_days();
    Timestamp::from_seconds(i64::from(days) * 86_400)
}

/// So many credits each month; what is left of them ends with the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditRefill {
    /// How many.
    pub amount: NonZeroU32,
    /// On which day.
    pub anchor_day: AnchorDay,
    /// When the next are given.
    pub next_at: Timestamp,
}

/// What a workspace was charged on a day of UTC, in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditDay {
    /// The day's midnight.
    pub begin: Timestamp,
    /// Whether it is reserved for requests that are under way; else it is spent.
    pub is_reserved: bool,
    /// How many credits.
    pub credits: u64,
}

/// What a charge is known by: 1 to 100 printable ASCII characters without space. Of a workspace, each exists once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChargeId(String);

impl ChargeId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChargeId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > 100 {
            return Err(TextError::TooLong { max: 100 });
        }
        match text.chars().find(|c| !c.is_ascii_graphic()) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ChargeId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<ChargeId> for String {
    fn from(id: ChargeId) -> Self {
        id.0
    }
}

impl fmt::Display for ChargeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a charge has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChargeState {
    /// Taken from the balance, and given back when nobody says in time what became of it.
    Reserved,
    /// Spent.
    Committed,
    /// Given back.
    Refunded,
}

impl ChargeState {
    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Committed => "committed",
            Self::Refunded => "refunded",
        }
    }

    /// Whether a charge in this state may become one in that.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Reserved, Self::Committed | Self::Refunded) | (Self::Committed, Self::Refunded)
        )
    }
}

impl FromStr for ChargeState {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let known = [Self::Reserved, Self::Committed, Self::Refunded];
        known.into_iter().find(|state| state.as_str() == text).ok_or(TextError::Empty)
    }
}

/// Credits taken from a workspace's balance for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditCharge {
    /// Whose balance.
    pub workspace: WorkspaceId,
    /// What it is known by.
    pub id: ChargeId,
    /// How many.
    pub amount: NonZeroU32,
    /// From which grants, as many of each.
    pub parts: Vec<(CreditGrantId, u32)>,
    /// How far it has come.
    pub state: ChargeState,
    /// When a reservation is given back.
    pub ends_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// From which of these grants so many credits are taken, in their order; none when they do not suffice.
pub fn draw(grants: &[CreditGrant], amount: NonZeroU32, now: Timestamp) -> Option<Vec<(CreditGrantId, u32)>> {
    let mut wanted = amount.get();
    let mut parts = Vec::new();
    for grant in grants.iter().filter(|grant| grant.expires_at.is_none_or(|end| end > now)) {
        let taken = grant.remaining.min(wanted);
        if taken > 0 {
            parts.push((grant.id, taken));
            wanted -= taken;
        }
        if wanted == 0 {
            return Some(parts);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_day_is_the_last_of_a_month_that_is_too_short() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let day = |day: u8| AnchorDay::try_from(day).unwrap();
        for (anchor, after, next) in [
            (31, "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
            (31, "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"),
            (31, "2028-02-01T12:00:00Z", "2028-02-29T00:00:00Z"),
            (1, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            (15, "2026-05-14T23:59:59.999999Z", "2026-05-15T00:00:00Z"),
            (15, "2026-05-15T00:00:00Z", "2026-06-15T00:00:00Z"),
        ] {
            assert_eq!(day(anchor).next(at(after)), at(next), "{anchor} after {after}");
        }
        assert!([0, 32, 255].into_iter().all(|day| AnchorDay::try_from(day).is_err()));
    }

    #[test]
    fn a_charge_only_ever_moves_towards_its_end() {
        use ChargeState::{Committed, Refunded, Reserved};
        for (from, to, may) in [
            (Reserved, Committed, true),
            (Reserved, Refunded, true),
            (Committed, Refunded, true),
            (Committed, Reserved, false),
            (Refunded, Committed, false),
            (Refunded, Reserved, false),
            (Refunded, Refunded, false),
        ] {
            assert_eq!(from.may_become(to), may, "{from:?} to {to:?}");
        }
    }
}
