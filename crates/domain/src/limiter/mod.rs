//! The limiters: pure functions from what was counted before, the time and a request's cost to what is left.
//!
//! A clock that jumps forward is time that passed. One that jumps back forgives nothing, and locks nobody out for
//! longer than the quota takes to come back.

mod calendar;
mod even;
mod rolling;

pub use calendar::{Calendar, Period};
pub use even::Even;
pub use rolling::{Rolling, RollingState};

use crate::time::Timestamp;

/// What a limiter says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Requests that could follow at once.
    pub remaining: u32,
    /// When the whole quota is there again.
    pub reset_at: Timestamp,
    /// Whether there is no room for the request, and if so, when there is.
    pub retry_at: Option<Timestamp>,
}

impl Left {
    /// Whether there is room for the request.
    pub const fn has_room(&self) -> bool {
        self.retry_at.is_none()
    }
}

#[cfg(test)]
mod limiter_tests;
