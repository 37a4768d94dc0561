//! Keys: one row, and one row per generation of its text.

use claviger_domain::{ApiId, Key, KeyId, KeyState, Restriction, Timestamp, WorkspaceId};

use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::key_rows::{
    KeyRecord, KeyWithGeneration, RecordRow, generation_columns, into_keys, into_record, key_columns,
};
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO api_key (id, api, workspace, environment, kind, name, name_folded, scopes, disabled_at, \
        revoked_at, not_before, expires_at, addresses, limits, metadata, secret, created_at, created_by, updated_at, \
        updated_by, restriction, is_canary) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
    FIND = concat!("SELECT ", key_columns!(), ", ", generation_columns!(), " \
        FROM api_key k JOIN key_generation g ON g.key = k.id \
        WHERE k.id = $1 AND k.workspace = COALESCE($2, k.workspace) ORDER BY g.number DESC");
    FIND_BY_LOOKUP = concat!("SELECT ", key_columns!(), ", ", generation_columns!(), ", \
        w.suspended_at AS w_suspended_at, w.plan AS w_plan, b.collection AS b_collection, b.value AS b_value \
        FROM key_generation g \
        JOIN api_key k ON k.id = g.key \
        JOIN workspace w ON w.id = k.workspace \
        LEFT JOIN key_belonging b ON b.key = k.id AND b.verified_at IS NOT NULL \
        WHERE g.lookup = $1 ORDER BY b.collection, b.value");
    UPDATE = "UPDATE api_key SET name = $3, name_folded = $4, scopes = $5, not_before = $6, expires_at = $7, \
        addresses = $8, limits = $9, metadata = $10, updated_at = $11, updated_by = $12 \
        WHERE id = $1 AND updated_at = $2";
    DISABLE = "UPDATE api_key SET disabled_at = $2, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND disabled_at IS NULL AND revoked_at IS NULL";
    ENABLE = "UPDATE api_key SET disabled_at = NULL, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND disabled_at IS NOT NULL AND revoked_at IS NULL";
    REVOKE = "UPDATE api_key SET revoked_at = $2, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND revoked_at IS NULL";
    // One that is quarantined already is not made milder.
    RESTRICT = "UPDATE api_key SET restriction = $2, updated_at = $3, updated_by = $4 \
        WHERE id = $1 AND revoked_at IS NULL AND (restriction IS NULL OR restriction = 'throttled' AND $2 = 'read_only')";
    LIFT_RESTRICTION = "UPDATE api_key SET restriction = NULL, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND restriction IS NOT NULL AND revoked_at IS NULL";
    REPLACE_SECRET = "UPDATE api_key SET secret = $2, updated_at = $3, updated_by = $4 \
        WHERE id = $1 AND revoked_at IS NULL";
    // Two selects, so that each can use the index of its column.
    DELETE_ENDED = "DELETE FROM api_key WHERE id IN ( \
        SELECT id FROM api_key WHERE api = $1 AND revoked_at < $2 \
        UNION SELECT id FROM api_key WHERE api = $1 AND expires_at < $2 LIMIT $3)";
}

impl Conn {
    /// The key with this id, if it is in the workspace; `None` means in any, which only operators may ask for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_key(&mut self, id: KeyId, within: Option<WorkspaceId>) -> Result<Option<Key>, Error> {
        let within = within.map(WorkspaceId::uuid);
        let rows = fetch_all!(self, KeyWithGeneration, FIND, id.uuid(), within)?;
        Ok(into_keys(rows)?.pop())
    }

    /// Everything that verification needs of the key, or key pair, one of whose generations has this keyed hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_key_by_lookup(&mut self, lookup: &[u8; 32]) -> Result<Option<KeyRecord>, Error> {
        into_record(fetch_all!(self, RecordRow, FIND_BY_LOOKUP, lookup.as_slice())?)
    }
}

impl Tx {
    /// Inserts a key with its generations.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id or a keyed hash is taken, or API or workspace does not exist; when the
    /// database fails.
    pub async fn insert_key(&mut self, key: &Key) -> Result<(), Error> {
        let (disabled_at, revoked_at) = match key.state {
            KeyState::Active => (None, None),
            KeyState::Disabled { since } => (Some(since.micros()), None),
            KeyState::Revoked { at } => (None, Some(at.micros())),
        };
        let documents = Documents::of(key)?;
        execute!(
            self,
            INSERT,
            key.id.uuid(),
            key.api.uuid(),
            key.workspace.uuid(),
            key.environment.as_str(),
            key.kind.as_str(),
            key.name.as_str(),
            fold(key.name.as_str()),
            key.scopes.to_string(),
            disabled_at,
            revoked_at,
            key.not_before.map(Timestamp::micros),
            key.expires_at.map(Timestamp::micros),
            documents.addresses,
            documents.limits,
            documents.metadata,
            key.secret.as_ref().map(<[u8; 32]>::as_slice),
            key.created_at.micros(),
            key.created_by.as_str(),
            key.updated_at.micros(),
            key.updated_by.as_str(),
            key.restriction.map(Restriction::as_str),
            i64::from(key.is_canary),
        )?;
        for generation in key.generations.iter().rev() {
            self.insert_generation(key.id, generation).await?;
        }
        Ok(())
    }

    /// Writes the parts of a key that a [`KeyPatch`](claviger_domain::KeyPatch) can change, unless someone else has
    /// written since it was read with `read_at` as its `updated_at`. Answers whether it happened.
    ///
    /// The stored `updated_at` is later than `read_at` even when the clock has not moved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_key(&mut self, key: &Key, read_at: Timestamp) -> Result<bool, Error> {
        let updated_at = key.updated_at.micros().max(read_at.micros().saturating_add(1));
        let documents = Documents::of(key)?;
        let rows = execute!(
            self,
            UPDATE,
            key.id.uuid(),
            read_at.micros(),
            key.name.as_str(),
            fold(key.name.as_str()),
            key.scopes.to_string(),
            key.not_before.map(Timestamp::micros),
            key.expires_at.map(Timestamp::micros),
            documents.addresses,
            documents.limits,
            documents.metadata,
            updated_at,
            key.updated_by.as_str(),
        )?;
        Ok(rows == 1)
    }

    /// Switches a working key off. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_key(&mut self, id: KeyId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, DISABLE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Switches a disabled key on again. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enable_key(&mut self, id: KeyId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, ENABLE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Restricts a key that is not revoked, unless it is restricted as much already. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restrict_key(
        &mut self,
        id: KeyId,
        restriction: Restriction,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, RESTRICT, id.uuid(), restriction.as_str(), at.micros(), by)? == 1)
    }

    /// Lifts the restriction of a key that is not revoked. Answers whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lift_restriction(&mut self, id: KeyId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, LIFT_RESTRICTION, id.uuid(), at.micros(), by)? == 1)
    }

    /// Ends a key for good. Answers whether it happened: of many that try, one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_key(&mut self, id: KeyId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, REVOKE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Gives a key that is not revoked a secret, which ends the one it had. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_secret(
        &mut self,
        id: KeyId,
        secret: &[u8; 32],
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, REPLACE_SECRET, id.uuid(), secret.as_slice(), at.micros(), by)? == 1)
    }

    /// Deletes keys of an API that were revoked or expired before `cutoff`, with all that hangs on them, at most
    /// `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_ended_keys(
        &mut self,
        api: ApiId,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        execute!(self, DELETE_ENDED, api.uuid(), cutoff.micros(), i64::from(limit))
    }
}

/// The form in which names are compared with what someone searches for.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The parts of a key that are kept as JSON.
struct Documents {
    addresses: String,
    limits: String,
    metadata: String,
}

impl Documents {
    fn of(key: &Key) -> Result<Self, Error> {
        Ok(Self {
            addresses: serde_json::to_string(&key.addresses).map_err(Error::internal)?,
            limits: serde_json::to_string(&key.limits).map_err(Error::internal)?,
            metadata: serde_json::to_string(key.metadata.as_object()).map_err(Error::internal)?,
        })
    }
}
