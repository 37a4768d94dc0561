//! Telling webhooks of what nobody does: a key's end that came, a limit that was used up. Whichever node sees it first
//! tells it, and no other does.

mod ends;
mod limits;

use std::time::Duration;

use crate::engine::Engine;
use crate::error::Error;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(60);

impl Engine {
    /// Tells webhooks of the keys that have ended, and of the limits that were used up on this node since the last call.
    /// [`Engine::run`] does it every minute, and tells of limits every second, with the counts, and before it ends.
    ///
    /// # Errors
    /// When the database fails. The next call tells what this one did not.
    pub async fn tell_tidings(&self) -> Result<(), Error> {
        self.tell_of_reached_limits().await?;
        self.tell_of_ended_keys().await
    }

    pub(crate) async fn tell_for_ever(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(self.tell_tidings()).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "webhooks could not be told what happened; it will be tried again");
            }
        }
    }
}
