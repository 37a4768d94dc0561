//! What may be presented once: ids of assertions and of proofs, by their keyed hash.

use claviger_domain::Timestamp;

use crate::conn::execute;
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO seen_once (lookup, expires_at) VALUES ($1, $3) \
        ON CONFLICT (lookup) DO UPDATE SET expires_at = excluded.expires_at WHERE seen_once.expires_at <= $2";
    DELETE_EXPIRED = "DELETE FROM seen_once WHERE lookup IN \
        (SELECT lookup FROM seen_once WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

impl Tx {
    /// Notes that something was presented, until `expires_at`. Answers whether it is the first time: of many at once,
    /// one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_seen_once(
        &mut self,
        lookup: &[u8; 32],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, INSERT, lookup.as_slice(), now.micros(), expires_at.micros())? == 1)
    }

    /// Forgets what expired at `now`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_expired_seen_once(&mut self, now: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_EXPIRED, now.micros(), i64::from(limit))
    }
}
