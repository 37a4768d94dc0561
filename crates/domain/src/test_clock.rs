//! A workspace's test clock: what it made before in the test environment is seen as so much older, to try what happens
//! when it ends.
//!
//! What is made afterwards is dated by the real time and seen by it, so that whoever is refused can get a new token and go
//! on, as they will have to when time has really passed.

use std::time::Duration;

use crate::environment::Environment;
use crate::id::WorkspaceId;
use crate::time::Timestamp;

/// How far a test clock is ahead: a second to 400 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lead(Duration);

/// No time that a test clock can be ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a test clock is one second to 400 days ahead")]
pub struct LeadError;

impl Lead {
    /// The longest.
    pub const MOST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl TryFrom<Duration> for Lead {
    type Error = LeadError;

    fn try_from(ahead: Duration) -> Result<Self, LeadError> {
        let is_fine = ahead >= Duration::from_secs(1) && ahead <= Self::MOST;
        if is_fine { Ok(Self(ahead)) } else { Err(LeadError) }
    }
}

/// A test clock that is ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestClock {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// By how much.
    pub ahead: Lead,
    /// Since when. What was made before is seen as older.
    pub set_at: Timestamp,
    /// Who put it ahead, as an actor is written.
    pub set_by: String,
}

impl TestClock {
    /// The instant at which something is judged that was made at `made_at`: `now` for everything live, and for what was made
    /// since the clock was put ahead; else as much later as the clock is ahead. Never before `now`.
    pub fn judged_at(&self, environment: Environment, made_at: Timestamp, now: Timestamp) -> Timestamp {
        match environment {
            Environment::Test if made_at < self.set_at => now.plus(self.ahead.0),
            Environment::Test | Environment::Live => now,
        }
    }

    /// Where an instant lies for something that was made at `made_at`: judged by the real time, it has come when the
    /// clock has reached it.
    pub fn comes_at(&self, environment: Environment, made_at: Timestamp, instant: Timestamp) -> Timestamp {
        match environment {
            Environment::Test if made_at < self.set_at => instant.minus(self.ahead.0),
            Environment::Test | Environment::Live => instant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn clock(ahead: u64, set_at: i64) -> TestClock {
        TestClock {
            workspace: WorkspaceId::from_uuid(Uuid::nil()),
            ahead: Duration::from_secs(ahead).try_into().unwrap(),
            set_at: Timestamp::from_seconds(set_at),
            set_by: "local".to_owned(),
        }
    }

    #[test]
    fn a_clock_is_ahead_by_a_second_to_four_hundred_days() {
        for bad in
            [Duration::ZERO, Duration::from_millis(999), Lead::MOST + Duration::from_micros(1), Duration::MAX]
        {
            assert_eq!(Lead::try_from(bad), Err(LeadError), "{bad:?}");
        }
        for good in [Duration::from_secs(1), Lead::MOST] {
            assert_eq!(Lead::try_from(good).unwrap().get(), good);
        }
    }

    proptest! {
        #[test]
        fn nothing_live_ever_sees_the_clock(ahead in 1_u64..34_560_000, set_at: i32, made_at: i32, now: i32) {
            let (made_at, now) = (Timestamp::from_seconds(made_at.into()), Timestamp::from_seconds(now.into()));
            let clock = clock(ahead, set_at.into());
            prop_assert_eq!(clock.judged_at(Environment::Live, made_at, now), now);
            prop_assert_eq!(clock.comes_at(Environment::Live, made_at, now), now);
        }

        #[test]
        fn what_was_made_before_is_judged_later_and_never_earlier_and_what_was_made_since_is_not(
            ahead in 1_u64..34_560_000, set_at in 0_i64..4_000_000_000, made_at in 0_i64..4_000_000_000,
            now in 0_i64..4_000_000_000, end in 0_i64..4_000_000_000,
        ) {
            let clock = clock(ahead, set_at);
            let [made, now, end] = [made_at, now, end].map(Timestamp::from_seconds);
            let at = clock.judged_at(Environment::Test, made, now);
            prop_assert!(at >= now);
            prop_assert_eq!(at == now, made_at >= set_at);
            // Moving the judge and moving what is judged are the same.
            let comes_at = clock.comes_at(Environment::Test, made, end);
            prop_assert_eq!(at >= end, now >= comes_at);
        }
    }
}
