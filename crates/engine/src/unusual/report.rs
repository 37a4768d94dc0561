//! Writing what this node saw, once a minute.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{FindingId, Grain, Seen};

use crate::engine::Engine;
use crate::error::Error;
use crate::pace::Pace;

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// Credentials and networks in one row.
const ROW: usize = 256;

impl Engine {
    /// Writes what this node saw, looks at what all nodes saw if that is its turn, and does what is to be done about it.
    /// [`Engine::run`] does it every minute. What is seen in a minute is looked at in the one after it.
    ///
    /// # Errors
    /// When the database fails; the next call goes on where this one stopped.
    pub async fn watch_activity(&self) -> Result<(), Error> {
        self.write_usage().await;
        self.watch_minute(None).await
    }

    /// The same without usage, which is written every second where this runs.
    async fn watch_minute(&self, pace: Option<Pace>) -> Result<(), Error> {
        self.report_sightings().await?;
        self.examine_sightings(pace).await?;
        self.answer_findings().await
    }

    pub(crate) async fn watch_for_ever(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = Box::pin(self.watch_minute(Some(Pace::begin()))).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "unusual activity could not be looked for and will be again");
            }
        }
    }

    /// Writes what was seen since the last report before the node stops.
    pub(crate) async fn report_at_end(&self) {
        if let Err(error) = self.report_sightings().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "what this node saw in its last minute is lost");
        }
    }

    /// How many credentials and networks this node did not watch since it started, for want of room.
    pub fn unwatched(&self) -> u64 {
        self.watch().unwatched()
    }

    async fn report_sightings(&self) -> Result<(), Error> {
        let seen = self.watch().drain();
        if seen.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let minute = Grain::Minute.floor(now);
        let rows: Vec<_> = parts(seen)
            .into_iter()
            .map(|part| (FindingId::generate_at(now, self.entropy()).uuid(), part))
            .collect();
        self.store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move {
                    for (id, part) in &rows {
                        tx.insert_sighting(*id, minute, part).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// The same in pieces, so that no row is a large one.
fn parts(seen: Seen) -> Vec<Seen> {
    let Seen { credentials, networks } = seen;
    let mut parts = Vec::new();
    let mut credentials = credentials.into_iter().peekable();
    while credentials.peek().is_some() {
        let piece = credentials.by_ref().take(ROW).collect();
        parts.push(Seen { credentials: piece, networks: BTreeMap::new() });
    }
    let mut networks = networks.into_iter().peekable();
    while networks.peek().is_some() {
        let piece = networks.by_ref().take(ROW).collect();
        parts.push(Seen { credentials: BTreeMap::new(), networks: piece });
    }
    parts
}
