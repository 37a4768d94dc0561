//! Resets of test environments, and what they delete. Every deletion is bounded and finds less the next time, so that a
//! reset that was interrupted is gone on with by beginning again.

use claviger_domain::{
    ApiId, KeyId, KeysAtReset, Pool, ResetCause, ResetCounts, ResetId, SandboxReset, Timestamp,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, api, cause, due_at, keys, begun_at, begun_by, ended_at, tokens, grants, sessions, revoked_keys"
    };
}

/// Deletes rows of a table that were there before a reset and hang on an owner of the test environment: the table, its
/// key, its column with the owner, the owners' table, and their column with the API or its pool.
macro_rules! delete_old {
    ($table:literal, $key:literal of $owner:literal in $owners:literal, $api:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $owner,
            " IN (SELECT id FROM ",
            $owners,
            " WHERE ",
            $api,
            " = $1 AND environment = 'test') AND created_at < $2 LIMIT $3)"
        )
    };
}

statements! {
    // Neither one that was carried out nor another beside one that goes on.
    INSERT = concat!("INSERT INTO sandbox_reset (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, 0, 0, 0) ON CONFLICT DO NOTHING");
    FIND = concat!("SELECT ", columns!(), " FROM sandbox_reset WHERE id = $1");
    FIND_NEWEST = concat!("SELECT ", columns!(), " FROM sandbox_reset WHERE api = $1 ORDER BY id DESC LIMIT 1");
    LIST_UNENDED = concat!("SELECT ", columns!(), " FROM sandbox_reset WHERE ended_at IS NULL ORDER BY api");
    LATEST_PLANNED = "SELECT MAX(due_at) FROM sandbox_reset WHERE api = $1 AND cause = 'schedule'";
    LATEST_BEGUN = "SELECT MAX(begun_at) FROM sandbox_reset WHERE api = $1";
    COUNT = "UPDATE sandbox_reset SET tokens = tokens + $2, grants = grants + $3, sessions = sessions + $4, \
        revoked_keys = revoked_keys + $5 WHERE id = $1 AND ended_at IS NULL";
    END = "UPDATE sandbox_reset SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    DELETE_FAMILIES_OF_KEYS = delete_old!("token_family", "id" of "key" in "api_key", "api");
    DELETE_FAMILIES_OF_CLIENTS = delete_old!("token_family", "id" of "client" in "client", "api");
    DELETE_FAMILIES_OF_ACCOUNTS = delete_old!("token_family", "id" of "account" in "account", "pool");
    // Codes and families go with their grant.
    DELETE_GRANTS = delete_old!("client_grant", "id" of "client" in "client", "api");
    DELETE_DEVICE_CODES = delete_old!("device_code", "lookup" of "client" in "client", "api");
    DELETE_PUSHED_REQUESTS = delete_old!("pushed_request", "lookup" of "client" in "client", "api");
    DELETE_SESSIONS = delete_old!("session", "id" of "account" in "account", "pool");
    LIST_KEYS = "SELECT id FROM api_key WHERE api = $1 AND environment = 'test' AND revoked_at IS NULL \
        AND created_at < $2 ORDER BY id LIMIT $3";
}

row! {
    struct ResetRow {
        id: Uuid,
        api: Uuid,
        cause: String,
        due_at: i64,
        keys: String,
        begun_at: i64,
        begun_by: String,
        ended_at: Option<i64>,
        tokens: i64,
        grants: i64,
        sessions: i64,
        revoked_keys: i64,
    }
}

impl TryFrom<ResetRow> for SandboxReset {
    type Error = Error;

    fn try_from(row: ResetRow) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("sandbox_reset", column);
        let count = |number: i64, column| u64::try_from(number).map_err(|_| corrupt(column));
        let cause = ResetCause::ALL.into_iter().find(|cause| cause.as_str() == row.cause);
        let keys = KeysAtReset::ALL.into_iter().find(|keys| keys.as_str() == row.keys);
        Ok(Self {
            id: ResetId::from_uuid(row.id),
            api: ApiId::from_uuid(row.api),
            cause: cause.ok_or_else(|| corrupt("cause"))?,
            due_at: Timestamp::from_micros(row.due_at),
            keys: keys.ok_or_else(|| corrupt("keys"))?,
            begun_at: Timestamp::from_micros(row.begun_at),
            begun_by: row.begun_by,
            ended_at: row.ended_at.map(Timestamp::from_micros),
            counts: ResetCounts {
                tokens: count(row.tokens, "tokens")?,
                grants: count(row.grants, "grants")?,
                sessions: count(row.sessions, "sessions")?,
                keys: count(row.revoked_keys, "revoked_keys")?,
            },
        })
    }
}

impl Conn {
    /// The reset with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_sandbox_reset(&mut self, id: ResetId) -> Result<Option<SandboxReset>, Error> {
        fetch_optional!(self, ResetRow, FIND, id.uuid())?.map(SandboxReset::try_from).transpose()
    }

    /// The newest reset of an API.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_newest_sandbox_reset(&mut self, api: ApiId) -> Result<Option<SandboxReset>, Error> {
        fetch_optional!(self, ResetRow, FIND_NEWEST, api.uuid())?.map(SandboxReset::try_from).transpose()
    }

    /// The resets that go on, or were interrupted: at most one of each API.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_unended_sandbox_resets(&mut self) -> Result<Vec<SandboxReset>, Error> {
        fetch_all!(self, ResetRow, LIST_UNENDED)?.into_iter().map(SandboxReset::try_from).collect()
    }

    /// The last planned time at which an API's reset was carried out, or is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_planned_reset(&mut self, api: ApiId) -> Result<Option<Timestamp>, Error> {
        let (due_at,) = fetch_one!(self, (Option<i64>,), LATEST_PLANNED, api.uuid())?;
        Ok(due_at.map(Timestamp::from_micros))
    }

    /// When the last reset of an API began: what its test environment had before is no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_begun_reset(&mut self, api: ApiId) -> Result<Option<Timestamp>, Error> {
        let (begun_at,) = fetch_one!(self, (Option<i64>,), LATEST_BEGUN, api.uuid())?;
        Ok(begun_at.map(Timestamp::from_micros))
    }

    /// Keys of an API's test environment that are from before `cutoff` and not revoked, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_test_keys(
        &mut self,
        api: ApiId,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<Vec<KeyId>, Error> {
        let rows = fetch_all!(self, (Uuid,), LIST_KEYS, api.uuid(), cutoff.micros(), i64::from(limit))?;
        Ok(rows.into_iter().map(|(id,)| KeyId::from_uuid(id)).collect())
    }
}

impl Tx {
    /// Begins a reset. Answers whether it is the one: of a planned time, and of an API at one time, there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_sandbox_reset(&mut self, reset: &SandboxReset) -> Result<bool, Error> {
        let inserted = execute!(
            self,
            INSERT,
            reset.id.uuid(),
            reset.api.uuid(),
            reset.cause.as_str(),
            reset.due_at.micros(),
            reset.keys.as_str(),
            reset.begun_at.micros(),
            reset.begun_by.as_str()
        )?;
        Ok(inserted == 1)
    }

    /// Adds to what a reset has ended. Answers whether it goes on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_sandbox_reset(&mut self, id: ResetId, more: ResetCounts) -> Result<bool, Error> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let [tokens, grants, sessions, keys] =
            [more.tokens, more.grants, more.sessions, more.keys].map(number);
        Ok(execute!(self, COUNT, id.uuid(), tokens, grants, sessions, keys)? == 1)
    }

    /// Ends a reset. Answers whether it went on until now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sandbox_reset(&mut self, id: ResetId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, END, id.uuid(), at.micros())? == 1)
    }

    /// Deletes what the test environment of an API has from before `cutoff`: tokens, what users allowed, codes, and
    /// sessions of its test users; at most `limit` rows of each. Answers how much that was; nothing when nothing is left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_test_state(
        &mut self,
        api: ApiId,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<ResetCounts, Error> {
        let (id, pool) = (api.uuid(), Pool::Api(api).to_string());
        let (cutoff, limit) = (cutoff.micros(), i64::from(limit));
        let mut tokens = execute!(self, DELETE_FAMILIES_OF_KEYS, id, cutoff, limit)?;
        tokens += execute!(self, DELETE_FAMILIES_OF_CLIENTS, id, cutoff, limit)?;
        tokens += execute!(self, DELETE_FAMILIES_OF_ACCOUNTS, pool.as_str(), cutoff, limit)?;
        let grants = execute!(self, DELETE_GRANTS, id, cutoff, limit)?;
        execute!(self, DELETE_DEVICE_CODES, id, cutoff, limit)?;
        execute!(self, DELETE_PUSHED_REQUESTS, id, cutoff, limit)?;
        let sessions = execute!(self, DELETE_SESSIONS, pool.as_str(), cutoff, limit)?;
        Ok(ResetCounts { tokens, grants, sessions, keys: 0 })
    }
}
