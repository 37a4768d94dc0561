//! Times of webhooks.

use std::time::Duration;

/// How messages to webhooks are sent and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookOptions {
    /// The longest an endpoint may take to answer.
    pub timeout: Duration,
    /// How long an endpoint may take no message before it is disabled.
    pub disable_after: Duration,
    /// How long messages that ended are kept.
    pub keep: Duration,
}

impl Default for WebhookOptions {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        Self { timeout: Duration::from_secs(15), disable_after: day * 5, keep: day * 30 }
    }
}
