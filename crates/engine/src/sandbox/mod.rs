//! Resets of test environments: planned ones and those that are asked for, each carried out once.
//!
//! A reset begins with its row, from when on nothing that the test environment had before works any more: what is loaded
//! is compared with the row. Then what is left of it is deleted, in short transactions that find less each time, and a
//! last one ends the reset. Whichever node looks after resets goes on with one that was interrupted. Both ends are
//! recorded, and told to the provider's webhooks: their receiver is the hook by which the API resets its own data.

mod carry_out;
mod error;
mod plan;

use claviger_domain::{ApiId, Environment, SandboxPolicy, SandboxReset, Timestamp};
use claviger_store::Conn;

pub use self::error::SandboxError;
use crate::engine::Engine;
use crate::error::Error;

/// What is to be said of an API's test environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// What its contract says.
    pub policy: SandboxPolicy,
    /// When it will be reset by itself the next time.
    pub next_at: Option<Timestamp>,
    /// The last reset; one without an end goes on.
    pub last: Option<SandboxReset>,
}

impl Engine {
    /// What is to be said of the test environment of a loaded API.
    ///
    /// # Errors
    /// When the API is not loaded, or the database fails.
    pub async fn find_sandbox(&self, api: ApiId) -> Result<Sandbox, SandboxError> {
        let policy = self.registry().find(api).ok_or(SandboxError::UnknownApi)?.policy.sandbox;
        let now = self.now();
        let mut read = self.store().read().await?;
        let next_at = match policy.schedule {
            Some(schedule) => {
                let planned = read.latest_planned_reset(api).await?;
                Some(schedule.next(now, planned.unwrap_or(now)))
            }
            None => None,
        };
        Ok(Sandbox { policy, next_at, last: read.find_newest_sandbox_reset(api).await? })
    }
}

/// Whether what was made at `made_at` in an environment of an API is from before its last reset. A clock that was ahead
/// at a reset and is right again ends nothing.
pub(crate) async fn is_reset(
    conn: &mut Conn,
    (api, environment): (ApiId, Environment),
    made_at: Timestamp,
    now: Timestamp,
) -> Result<bool, Error> {
    if environment != Environment::Test {
        return Ok(false);
    }
    let begun_at = conn.latest_begun_reset(api).await?;
    Ok(begun_at.is_some_and(|begun_at| begun_at <= now && made_at < begun_at))
}
