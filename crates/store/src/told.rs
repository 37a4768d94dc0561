//! What was told to webhooks because time passed or requests came, so that it is told once however many nodes see it.

use claviger_domain::{ApiId, KeyId, Timestamp};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    LIST_ENDED = "SELECT k.id FROM api_key k WHERE k.api = $1 AND k.expires_at > $2 AND k.expires_at <= $3 \
        AND k.revoked_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM told_end t WHERE t.key = k.id AND t.expires_at = k.expires_at) \
        ORDER BY k.expires_at LIMIT $4";
    INSERT_END = "INSERT INTO told_end (key, expires_at, told_at) VALUES ($1, $2, $3) \
        ON CONFLICT (key, expires_at) DO NOTHING";
    DELETE_ENDS = "DELETE FROM told_end WHERE (key, expires_at) IN \
        (SELECT key, expires_at FROM told_end WHERE told_at < $1 ORDER BY told_at LIMIT $2)";
    PUT_LIMIT = "INSERT INTO told_limit (name, until) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE told_limit.until <= $3";
    DELETE_LIMITS = "DELETE FROM told_limit WHERE name IN \
        (SELECT name FROM told_limit WHERE until <= $1 ORDER BY until LIMIT $2)";
}

impl Conn {
    /// Keys of an API that ended after `since` and by `now`, were not revoked, and of whose end nobody was told, first
    /// those that ended first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ended_keys(
        &mut self,
        api: ApiId,
        (since, now): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<KeyId>, Error> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            LIST_ENDED,
            api.uuid(),
            since.micros(),
            now.micros(),
            i64::from(limit)
        )?;
        Ok(rows.into_iter().map(|(id,)| KeyId::from_uuid(id)).collect())
    }
}

impl Tx {
    /// Notes that a key's end is told. Answers whether it was not before: of many that try, one is told so.
    ///
    /// # Errors
    /// When there is no such key, or the database fails.
    pub async fn insert_told_end(
        &mut self,
        (key, ends_at): (KeyId, Timestamp),
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, INSERT_END, key.uuid(), ends_at.micros(), at.micros())? == 1)
    }

    /// Deletes notes of ends that were told before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_told_ends(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_ENDS, cutoff.micros(), i64::from(limit))
    }

    /// Notes that it is told that a limit is used up, and not told again before `until`. Answers whether that was not
    /// noted before, or is over at `now`: of many that try, one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_told_limit(
        &mut self,
        name: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, PUT_LIMIT, name, until.micros(), now.micros())? == 1)
    }

    /// Deletes notes of limits that are over at `now`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_told_limits(&mut self, now: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_LIMITS, now.micros(), i64::from(limit))
    }
}
