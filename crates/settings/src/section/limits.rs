//! `[limits]`: counting requests together with other nodes, and those at our own endpoints.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Breach;
use crate::secret::Secret;

/// What counts for all nodes, and how often one address may ask us.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// The URL of a Valkey or Redis; none where each node counts for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Secret>,
    /// The longest wait for its answer.
    #[serde(with = "crate::duration")]
    pub patience: Duration,
    /// Requests a minute from one address at sign-in, token, consent and management endpoints.
    pub requests_per_minute: NonZeroU32,
}

impl LimitSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if !(Duration::from_millis(1)..=Duration::from_secs(1)).contains(&self.patience) {
            breaches.push(Breach::new("limits.patience", "must be 1ms to 1s: requests wait so long"));
        }
    }
}
