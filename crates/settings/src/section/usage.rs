//! `[usage]`: counting requests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whether requests are counted, and how long the counts are kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageSettings {
    /// Whether they are counted.
    pub enabled: bool,
    /// How long by the minute.
    #[serde(with = "crate::duration")]
    pub keep_minutes: Duration,
    /// How long by the hour.
    #[serde(with = "crate::duration")]
    pub keep_hours: Duration,
    /// How long by the day.
    #[serde(with = "crate::duration")]
    pub keep_days: Duration,
}
