//! What the upkeep of keys asks for: keys that nobody uses, keys that end, and what was said of their ends.

use claviger_domain::{ApiId, KeyId, Reminder, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, execute, survey};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    // A key whose token works is in use, whoever presents it.
    LIST_IDLE = "SELECT k.id FROM api_key k WHERE k.api = $1 AND k.id > $2 AND k.updated_at <= $3 \
        AND k.revoked_at IS NULL AND k.disabled_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4) \
        AND (k.not_before IS NULL OR k.not_before <= $3) \
        AND NOT EXISTS (SELECT 1 FROM key_generation g WHERE g.key = k.id AND g.last_used_at > $3) \
        AND NOT EXISTS (SELECT 1 FROM token_family f \
            WHERE f.key = k.id AND f.ended_at IS NULL AND f.access_ends_at > $4) \
        ORDER BY k.id LIMIT $5";
    LIST_ENDING = "SELECT k.id, k.workspace, k.name, k.expires_at FROM api_key k \
        WHERE k.api = $1 AND k.expires_at > $2 AND k.expires_at <= $3 AND k.created_at < k.expires_at - $4 \
        AND k.revoked_at IS NULL AND k.disabled_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM reminder r WHERE r.key = k.id AND r.expires_at = k.expires_at AND r.days = $5) \
        ORDER BY k.expires_at LIMIT $6";
    INSERT_REMINDER = "INSERT INTO reminder (key, expires_at, days, sent_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (key, expires_at, days) DO NOTHING";
}

/// A key that ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingKey {
    /// Its id.
    pub id: KeyId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl Conn {
    /// Working keys of an API that were made or changed by `cutoff`, were not used since, and have no token that works at
    /// `now`: those after a key, in the order of their ids, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_idle_keys(
        &mut self,
        (api, after): (ApiId, Option<KeyId>),
        cutoff: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<KeyId>, Error> {
        let after = after.map_or(Uuid::nil(), KeyId::uuid);
        let rows = survey!(
            self,
            (Uuid,),
            LIST_IDLE,
            api.uuid(),
            after,
            cutoff.micros(),
            now.micros(),
            i64::from(limit)
        )?;
        Ok(rows.into_iter().map(|(id,)| KeyId::from_uuid(id)).collect())
    }

    /// Keys of an API for which this reminder is due and was not sent yet, first those that end first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ending_keys(
        &mut self,
        api: ApiId,
        reminder: Reminder,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<EndingKey>, Error> {
        let rows = survey!(
            self,
            (Uuid, Uuid, String, i64),
            LIST_ENDING,
            api.uuid(),
            now.plus(reminder.until()).micros(),
            now.plus(reminder.ahead()).micros(),
            i64::try_from(reminder.ahead().as_micros()).unwrap_or(i64::MAX),
            i64::from(reminder.days()),
            i64::from(limit)
        )?;
        let key = |(id, workspace, name, ends_at)| EndingKey {
            id: KeyId::from_uuid(id),
            workspace: WorkspaceId::from_uuid(workspace),
            name,
            ends_at: Timestamp::from_micros(ends_at),
        };
        Ok(rows.into_iter().map(key).collect())
    }
}

impl Tx {
    /// Notes that a reminder is sent. Answers whether it was not before: of many that try, one is told so.
    ///
    /// # Errors
    /// When there is no such key, or the database fails.
    pub async fn insert_reminder(
        &mut self,
        (key, ends_at): (KeyId, Timestamp),
        reminder: Reminder,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let days = i64::from(reminder.days());
        Ok(execute!(self, INSERT_REMINDER, key.uuid(), ends_at.micros(), days, at.micros())? == 1)
    }
}
