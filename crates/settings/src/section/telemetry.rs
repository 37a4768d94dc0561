//! `[telemetry]`: sending spans and numbers to a collector.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::Breach;
use crate::origin::Upstream;
use crate::pairs::{Pairs, PairsError};
use crate::secret::Secret;

/// Where spans and numbers are sent by OTLP, and which.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// The collector's address, without `/v1/traces`; none where nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp: Option<Upstream>,
    /// Fields that are sent to it, which may hold a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Secret>,
    /// `service.name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Other attributes of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Pairs>,
    /// The share of the traces that begin here, from 0 to 1.
    pub sample_ratio: f64,
    /// Whether a caller's `traceparent` is continued.
    pub follow_callers: bool,
    /// How often numbers are sent.
    #[serde(with = "crate::duration")]
    pub interval: Duration,
    /// The longest the collector may take to answer.
    #[serde(with = "crate::duration")]
    pub timeout: Duration,
}

impl TelemetrySettings {
    /// What `service.name` is: the setting, else the resource's, else `claviger`.
    pub fn service_name(&self) -> &str {
        let of_resource =
            || self.resource.iter().flat_map(Pairs::iter).find(|(name, _)| *name == "service.name");
        self.service.as_deref().or_else(|| of_resource().map(|(_, value)| value)).unwrap_or("claviger")
    }

    /// The fields that are sent to the collector, marked as secret.
    ///
    /// # Errors
    /// When they are no pairs, or no fields. Settings where they are not are refused when they are loaded.
    pub fn header_fields(&self) -> Result<Vec<(HeaderName, HeaderValue)>, PairsError> {
        let Some(headers) = &self.headers else { return Ok(Vec::new()) };
        let pairs = Pairs::parse(headers.expose())?;
        let field = |(name, value): (&str, &str)| {
            let name = HeaderName::try_from(name).map_err(|_| PairsError)?;
            let mut value = HeaderValue::try_from(value).map_err(|_| PairsError)?;
            value.set_sensitive(true);
            Ok((name, value))
        };
        pairs.iter().map(field).collect()
    }

    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if let Err(error) = self.header_fields() {
            breaches.push(Breach::new("telemetry.headers", error.to_string()));
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            breaches.push(Breach::new("telemetry.sample_ratio", "must be 0 to 1: the share of the traces"));
        }
        let patience = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
        for (key, duration) in [("telemetry.interval", self.interval), ("telemetry.timeout", self.timeout)] {
            if !patience.contains(&duration) {
                breaches.push(Breach::new(key, "must be 1s to 1h"));
            }
        }
    }
}
