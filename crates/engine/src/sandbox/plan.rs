//! Which resets are due, and going on with those that were interrupted. One node at a time looks.

use std::time::Duration;

use claviger_domain::{Actor, ApiId, NodeId, ResetCause, ResetSchedule, Timestamp};

use crate::engine::Engine;
use crate::error::Error;

/// How often resets are looked after.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long a node that looks after them is taken for the one that does: so soon after its death another goes on.
const LEASE: Duration = Duration::from_secs(20);

/// For whom a reset is carried out, and so for how long.
pub(super) enum Turn {
    /// For whoever asked for it: to its end.
    Asked,
    /// Because this node looks after resets, until then unless it renews its lease.
    Lease(Timestamp),
}

/// The schedule that is in force, and since when: kept, so that a schedule that is new or another one resets nothing at
/// once for a time that was never planned.
struct InForce {
    since: Timestamp,
    schedule: String,
}

impl InForce {
    fn read(value: &[u8]) -> Option<Self> {
        let (since, schedule) = std::str::from_utf8(value).ok()?.split_once(' ')?;
        Some(Self { since: Timestamp::from_micros(since.parse().ok()?), schedule: schedule.to_owned() })
    }

    fn to_value(&self) -> Vec<u8> {
        format!("{} {}", self.since.micros(), self.schedule).into_bytes()
    }
}

impl Engine {
    /// Carries out the resets that are due and goes on with those that were interrupted. [`Engine::run`] does it every
    /// fifteen seconds. Answers how many were finished; none when it is another node's turn.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn reset_due_sandboxes(&self) -> Result<Option<usize>, Error> {
        let now = self.now();
        let mut turn = Turn::Lease(now);
        if !self.goes_on(&mut turn).await? {
            return Ok(None);
        }
        let mut finished = 0;
        let unended = self.store().read().await?.list_unended_sandbox_resets().await?;
        for reset in unended {
            finished += usize::from(self.finish_reset(&reset, &mut turn).await?);
        }
        for entry in self.list_apis() {
            let (api, policy) = (entry.api.id, entry.policy.sandbox);
            let Some(schedule) = policy.schedule else { continue };
            let since = self.planned_since(api, schedule, now).await?;
            let Some(due_at) = schedule.due(now, since) else { continue };
            let planned = (ResetCause::Schedule, due_at);
            if let Some(reset) = self.begin_reset(&Actor::SYSTEM, (api, policy), planned).await? {
                finished += usize::from(self.finish_reset(&reset, &mut turn).await?);
            }
        }
        Ok(Some(finished))
    }

    /// Whether a reset goes on here. A lease is renewed when half of it is over; where another node has it by then, that
    /// one finishes what is left.
    pub(super) async fn goes_on(&self, turn: &mut Turn) -> Result<bool, Error> {
        let (now, node): (Timestamp, NodeId) = (self.now(), self.feed().node());
        let Turn::Lease(until) = turn else { return Ok(true) };
        // Beyond its length, the clock has jumped back.
        if (now.plus(LEASE / 2)..=now.plus(LEASE)).contains(until) {
            return Ok(true);
        }
        let renewed = now.plus(LEASE);
        *until = renewed;
        let acquired = self
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("sandbox", node, now, renewed).await }))
            .await?;
        Ok(acquired)
    }

    /// From when on planned times count: since this schedule is in force, and since the last one that was carried out.
    async fn planned_since(
        &self,
        api: ApiId,
        schedule: ResetSchedule,
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        let (name, schedule) = (format!("sandbox-schedule {api}"), schedule.to_string());
        let mut read = self.store().read().await?;
        let carried_out = read.latest_planned_reset(api).await?;
        let known = read.find_setting(&name).await?.as_deref().and_then(InForce::read);
        drop(read);
        let in_force = match known {
            Some(known) if known.schedule == schedule => known,
            _ => {
                let begun = InForce { since: now, schedule };
                let value = begun.to_value();
                self.store()
                    .write::<_, Error, _>(move |tx| {
                        Box::pin(async move {
                            if !tx.insert_setting(&name, &value).await? {
                                tx.replace_setting(&name, &value).await?;
                            }
                            Ok(())
                        })
                    })
                    .await?;
                begun
            }
        };
        Ok(carried_out.map_or(in_force.since, |at| at.max(in_force.since)))
    }

    pub(crate) async fn keep_sandboxes(&self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(self.reset_due_sandboxes()).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "test environments could not be looked after; it will be tried again");
            }
        }
    }
}
