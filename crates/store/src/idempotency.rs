//! Answers kept for callers who repeat a request with the same `Idempotency-Key`.

use claviger_domain::Timestamp;

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    BEGIN = "INSERT INTO idempotency (actor, key, request_hash, response, expires_at) VALUES ($1, $2, $3, NULL, $5) \
        ON CONFLICT (actor, key) DO UPDATE \
        SET request_hash = excluded.request_hash, response = NULL, expires_at = excluded.expires_at \
        WHERE idempotency.expires_at <= $4";
    FIND = "SELECT request_hash, response, expires_at FROM idempotency \
        WHERE actor = $1 AND key = $2 AND expires_at > $3";
    COMPLETE = "UPDATE idempotency SET response = $3 WHERE actor = $1 AND key = $2 AND response IS NULL";
    ABANDON = "DELETE FROM idempotency WHERE actor = $1 AND key = $2 AND response IS NULL";
    DELETE_EXPIRED = "DELETE FROM idempotency WHERE (actor, key) IN \
        (SELECT actor, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

/// Whose request, and what they call it. Two actors may use the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey<'k> {
    /// Who asks, as [`Actor`](claviger_domain::Actor) is written.
    pub actor: &'k str,
    /// The key they sent.
    pub key: &'k str,
}

/// What is known of an earlier request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The hash of what was asked: another hash under the same key is a mistake of the caller.
    pub request_hash: [u8; 32],
    /// The sealed answer; `None` while the request is still at work.
    pub response: Option<Vec<u8>>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Conn {
    /// What is known of an earlier request, unless it is forgotten at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_idempotency(
        &mut self,
        id: IdempotencyKey<'_>,
        now: Timestamp,
    ) -> Result<Option<Idempotency>, Error> {
        let row =
            fetch_optional!(self, (Vec<u8>, Option<Vec<u8>>, i64), FIND, id.actor, id.key, now.micros())?;
        let Some((request_hash, response, expires_at)) = row else { return Ok(None) };
        Ok(Some(Idempotency {
            request_hash: hash(&request_hash, "idempotency", "request_hash")?,
            response,
            expires_at: Timestamp::from_micros(expires_at),
        }))
    }
}

impl Tx {
    /// Claims a key for a request, which is then at work. Answers whether the claim is ours: not when an earlier
    /// request has it and is not forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_idempotency(
        &mut self,
        id: IdempotencyKey<'_>,
        request_hash: &[u8; 32],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let rows = execute!(
            self,
            BEGIN,
            id.actor,
            id.key,
            request_hash.as_slice(),
            now.micros(),
            expires_at.micros()
        )?;
        Ok(rows == 1)
    }

    /// Keeps the sealed answer of a request that is at work. Answers whether it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complete_idempotency(
        &mut self,
        id: IdempotencyKey<'_>,
        response: &[u8],
    ) -> Result<bool, Error> {
        Ok(execute!(self, COMPLETE, id.actor, id.key, response)? == 1)
    }

    /// Gives up the claim of a request that failed, so that it can be tried again. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn abandon_idempotency(&mut self, id: IdempotencyKey<'_>) -> Result<bool, Error> {
        Ok(execute!(self, ABANDON, id.actor, id.key)? == 1)
    }

    /// Deletes what is forgotten at `now`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_expired_idempotency(&mut self, now: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_EXPIRED, now.micros(), i64::from(limit))
    }
}
