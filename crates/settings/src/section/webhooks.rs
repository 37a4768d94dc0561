//! `[webhooks]`: sending what happens to endpoints.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Breach;

/// A slower answer is none; while it is waited for, it takes room from others.
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// How messages to webhooks are sent and kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// The longest an endpoint may take to answer.
    #[serde(with = "crate::duration")]
    pub timeout: Duration,
    /// How long an endpoint may take no message before it is disabled.
    #[serde(with = "crate::duration")]
    pub disable_after: Duration,
    /// How long messages that were delivered or given up are kept.
    #[serde(with = "crate::duration")]
    pub keep: Duration,
}

impl WebhookSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if self.timeout.is_zero() || self.timeout > MOST_PATIENCE {
            breaches.push(Breach::new("webhooks.timeout", "must be more than nothing and at most 60s"));
        }
    }
}
