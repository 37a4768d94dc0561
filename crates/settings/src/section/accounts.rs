//! `[accounts]`: sign-ins and sessions.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Breach;

/// Sign-ins and the sessions they begin.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// Failed sign-ins a minute from one address before it is slowed.
    pub failed_sign_ins_per_minute: NonZeroU32,
    /// How long a session lasts however much it is used.
    #[serde(with = "crate::duration")]
    pub session_lifetime: Duration,
    /// How long a session lasts unused.
    #[serde(with = "crate::duration")]
    pub session_idle: Duration,
    /// Passwords hashed at once.
    pub hashers: NonZeroUsize,
    /// Sign-ins that may wait for a hasher.
    pub hash_queue: usize,
}

impl AccountSettings {
    pub(super) fn check(&self, breaches: &mut Vec<Breach>) {
        if self.session_idle > self.session_lifetime {
            breaches.push(Breach::new(
                "accounts.session_idle",
                "must not be longer than `accounts.session_lifetime`",
            ));
        }
    }
}
