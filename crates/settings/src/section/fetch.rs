//! `[fetch]`: documents of others, such as the keys of clients.

use serde::{Deserialize, Serialize};

/// Which addresses of others are asked.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchSettings {
    /// Whether this machine itself may be asked, also without TLS: for development.
    pub allow_loopback: bool,
}
