//! Work that needs no caller: writing "last used", calling the clean-up.

use crate::activity::{FLUSH_EVERY, Pending};
use crate::clean_up::CLEANUP_EVERY;
use crate::engine::Engine;
use crate::pace::Pace;

/// Rows written in one transaction.
const BATCH: u32 = 250;

impl Engine {
    pub(crate) async fn flush_activity_for_ever(&self, pending: &mut Pending) {
        let mut ticks = tokio::time::interval(FLUSH_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.flush_activity(pending, Some(Pace::begin())).await;
        }
    }

    /// Writes what was used since the last flush, at a pace where one is given. What cannot be written is lost: "last
    /// used" is a hint.
    pub(crate) async fn flush_activity(&self, pending: &mut Pending, mut pace: Option<Pace>) {
        self.flush_client_uses().await;
        loop {
            let uses = pending.drain(BATCH as usize);
            if uses.is_empty() {
                return;
            }
            let is_last = uses.len() < BATCH as usize;
            let written =
                self.store().write(move |tx| Box::pin(async move { tx.touch_generations(uses).await })).await;
            if let Err(error) = written {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "\"last used\" could not be written"
                );
                return;
            }
            if is_last {
                return;
            }
            if let Some(pace) = &mut pace {
                pace.rest().await;
            }
        }
    }

    pub(crate) async fn run_jobs(&self) {
        let mut ticks = tokio::time::interval(CLEANUP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(self.clean_up()).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the clean-up failed and will be tried again"
                );
            }
        }
    }
}
