//! Upkeep of keys: those that nobody uses are switched off where their contract says so, and ends are announced by mail.
//! One node at a time does it.

mod care;
mod disable;
mod remind;

use std::time::Duration;

use claviger_domain::{NodeId, Timestamp};

use crate::engine::Engine;
use crate::error::Error;

/// How often keys are looked after.
pub(crate) const UPKEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What a round of upkeep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Keys that were switched off.
    pub disabled: usize,
    /// Letters that were handed over to be sent.
    pub letters: usize,
}

impl Engine {
    /// Looks after keys once; a bounded number of them, so that what is left waits for the next round. [`Engine::run`]
    /// does it every hour. `None` when it is another node's turn.
    ///
    /// # Errors
    /// When the database fails; the next round goes on where this one stopped.
    pub async fn keep_up(&self) -> Result<Option<Upkeep>, Error> {
        let now: Timestamp = self.now();
        let node: NodeId = self.feed().node();
        let until = now.plus(UPKEEP_EVERY * 2);
        let is_mine = self
            .store()
            .write(move |tx| Box::pin(async move { tx.acquire_job("upkeep", node, now, until).await }))
            .await?;
        if !is_mine {
            return Ok(None);
        }
        let disabled = self.disable_abandoned_keys(now).await?;
        let letters = self.send_reminders(now).await?;
        if disabled + letters > 0 {
            tracing::info!(disabled, letters, "looked after keys");
        }
        Ok(Some(Upkeep { disabled, letters }))
    }

    pub(crate) async fn keep_up_for_ever(&self) {
        let mut ticks = tokio::time::interval(UPKEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(self.keep_up()).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "keys could not be looked after; it will be tried again");
            }
        }
    }
}
