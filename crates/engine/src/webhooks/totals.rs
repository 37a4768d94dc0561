//! How sending goes, for whoever watches.

use std::time::Duration;

use crate::engine::Engine;
use crate::error::Error;
use crate::webhook_counts::WebhookTotals;

/// Messages that wait are counted no further.
const MOST_COUNTED: u32 = 100_000;

/// What waits to be sent to webhooks, by whatever node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookBacklog {
    /// Messages that wait, counted no further than a hundred thousand.
    pub waiting: u64,
    /// How long the oldest of them has waited; nothing where none waits.
    pub oldest: Duration,
}

impl Engine {
    /// What became of messages on this node since it started.
    pub fn webhook_totals(&self) -> WebhookTotals {
        self.webhook_counts().read()
    }

    /// What waits to be sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_backlog(&self) -> Result<WebhookBacklog, Error> {
        let (waiting, made_at) = self.store().read().await?.webhook_backlog(MOST_COUNTED).await?;
        let oldest = made_at.map(|at| self.now().since(at)).unwrap_or_default();
        Ok(WebhookBacklog { waiting, oldest })
    }
}
