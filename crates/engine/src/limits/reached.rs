//! Limits that were used up, noted for those who want to be told of them.
//!
//! They are noted where a request is refused, so that one that is allowed pays nothing; most refusals pay one atomic
//! load. Everything is bounded: what finds no room is not told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claviger_domain::{ApiId, Limit, LimitState, Pace, Principal, Timestamp, WorkspaceId};

use super::bucket::Bucket;
use super::buckets::Owner;

/// Limits that may wait to be told.
const MOST: usize = 1_000;
/// A limit is told once in its window, and no more often than this.
const SELDOM: Duration = Duration::from_secs(60 * 60);

/// A limit that was used up.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    pub(crate) api: ApiId,
    pub(crate) limit: Arc<Limit>,
    /// Whose requests it counts: the id of a credential, a workspace, a client or a user. None for everyone's.
    pub(crate) whose: Option<Arc<str>>,
    /// The workspace that it stopped; none where it stopped everyone.
    pub(crate) workspace: Option<WorkspaceId>,
    /// When a request was refused.
    pub(crate) at: Timestamp,
    /// When one may be allowed again.
    pub(crate) retry_at: Timestamp,
    /// It is not told again before.
    pub(crate) until: Timestamp,
}

/// Those that wait to be told.
#[derive(Default)]
pub(super) struct ReachedLimits(Mutex<Vec<Reached>>);

impl ReachedLimits {
    /// Notes one, unless it was noted in this window or nobody is told of its kind: an address is a stranger's.
    pub(super) fn note(
        &self,
        bucket: &Bucket,
        (state, owner): (&LimitState, &Owner),
        principal: &Principal,
        now: Timestamp,
    ) {
        let retry_at = state.retry_at.unwrap_or(now);
        let until = match state.limit.pace {
            // The next quota, not the same instant of the next day.
            Pace::Day | Pace::Month => retry_at,
            Pace::Even { .. } | Pace::Rolling { .. } => now.plus(state.limit.window().max(SELDOM)),
        };
        if !bucket.is_noted_anew(until, now) {
            return;
        }
        let is_everyones = matches!(owner, Owner::Everyone);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.push(Reached {
                api: principal.api,
                limit: Arc::clone(&state.limit),
                whose: owner.id(),
                workspace: (!is_everyones).then_some(principal.workspace),
                at: now,
                retry_at,
                until,
            });
        }
    }

    /// Takes back those that could not be told, before those that were noted since.
    pub(super) fn give_back(&self, mut untold: Vec<Reached>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untold.append(&mut waiting);
        untold.truncate(MOST);
        *waiting = untold;
    }

    pub(super) fn take(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    use uuid::Uuid;

    fn reached(at: i64) -> Reached {
        let once = NonZeroU32::MIN;
        let at = Timestamp::from_seconds(at);
        Reached {
            api: ApiId::from_uuid(Uuid::from_u128(1)),
            limit: Arc::new(Limit::even("own".parse().unwrap(), once, once)),
            whose: None,
            workspace: None,
            at,
            retry_at: at,
            until: at,
        }
    }

    #[test]
    fn what_could_not_be_told_waits_in_its_order_and_no_more_than_has_room() {
        let limits = ReachedLimits::default();
        limits.give_back(vec![reached(1), reached(2)]);
        let untold = limits.take();
        limits.give_back(vec![reached(3)]);
        limits.give_back(untold);
        let times = |all: Vec<Reached>| all.into_iter().map(|one| one.at.seconds()).collect::<Vec<_>>();
        assert_eq!(times(limits.take()), [1, 2, 3]);
        limits.give_back((0..2_000).map(reached).collect());
        assert_eq!(limits.take().len(), MOST);
    }
}
