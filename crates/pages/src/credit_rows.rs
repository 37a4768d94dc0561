//! What a workspace was given of credits, for people.

use std::num::NonZeroU32;

use claviger_domain::{CreditGrant, CreditRefill, Timestamp};

use crate::moment::Moment;

/// Credits that were given at once.
pub(crate) struct GrantRow {
    pub(crate) amount: NonZeroU32,
    pub(crate) remaining: u32,
    pub(crate) note: Option<String>,
    pub(crate) given: Moment,
    pub(crate) ends: Option<Moment>,
    pub(crate) is_over: bool,
}

impl GrantRow {
    pub(crate) fn new(grant: &CreditGrant, now: Timestamp) -> Self {
        Self {
            amount: grant.amount,
            remaining: grant.remaining,
            note: grant.note.as_ref().map(ToString::to_string),
            given: Moment::ago(grant.created_at, now),
            ends: grant.expires_at.map(Moment::exact),
            is_over: grant.remaining == 0 || grant.expires_at.is_some_and(|end| end <= now),
        }
    }
}

/// What comes each month.
pub(crate) struct Refill {
    pub(crate) amount: NonZeroU32,
    pub(crate) day: u8,
    pub(crate) next: Moment,
}

impl Refill {
    pub(crate) fn of(refill: CreditRefill) -> Self {
        Self { amount: refill.amount, day: refill.anchor_day.into(), next: Moment::exact(refill.next_at) }
    }
}
