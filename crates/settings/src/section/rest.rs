//! `[contracts]`, `[gateway]`, `[verify]`, `[tokens]` and `[log]`: sections of a few plain keys.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Breach;

/// Where contracts are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractSettings {
    /// The directory of their files.
    pub directory: PathBuf,
    /// Whether a changed file is loaded at once.
    pub watch: bool,
}

/// How the gateway treats upstreams.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// Reaching an upstream.
    #[serde(with = "crate::duration")]
    pub connect_timeout: Duration,
    /// From the end of a request to the upstream's first header byte.
    #[serde(with = "crate::duration")]
    pub answer_timeout: Duration,
    /// Between two pieces of a body, either way.
    #[serde(with = "crate::duration")]
    pub idle_timeout: Duration,
    /// The largest request body that is passed on.
    pub request_body_bytes: u64,
    /// Idle connections kept per upstream.
    pub idle_connections: usize,
    /// How long they are kept.
    #[serde(with = "crate::duration")]
    pub idle_connection_timeout: Duration,
    /// Whether the upstream sees the host that the client asked for.
    pub keep_host: bool,
}

/// What verification keeps in memory.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifySettings {
    /// Credentials kept.
    pub cached_credentials: NonZeroUsize,
    /// Unknown credentials remembered.
    pub cached_unknown: NonZeroUsize,
    /// How long memory is trusted without hearing from the database.
    #[serde(with = "crate::duration")]
    pub lease: Duration,
    /// How often the database is asked for changes.
    #[serde(with = "crate::duration")]
    pub poll: Duration,
}

/// How tokens are sold.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// Failed logins a minute from one address, or at one credential, beyond which they are slowed.
    pub failed_logins_per_minute: NonZeroU32,
    /// Failed proofs a minute of OAuth clients at one address, or of one client, beyond which those that fail are
    /// slowed.
    pub failed_client_proofs_per_minute: NonZeroU32,
    /// Clients a minute that may register themselves from one address.
    pub registrations_per_minute: NonZeroU32,
    /// How long a key signs tokens before another takes over.
    #[serde(with = "crate::duration")]
    pub signing_key_rotation: Duration,
    /// How long the next key stands in the JWK set before it signs.
    #[serde(with = "crate::duration")]
    pub signing_key_announcement: Duration,
}

/// What is logged, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// Levels by module.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl VerifySettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if self.lease < self.poll.saturating_mul(2) {
            breaches.push(Breach::new(
                "verify.lease",
                "must be at least twice `verify.poll`, else memory is never trusted",
            ));
        }
    }
}
