//! Key pairs that sign the tokens of an API. Private halves are sealed before they get here.

use claviger_domain::{Algorithm, ApiId, SigningKey, SigningKeyId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    LIST = "SELECT id, api, algorithm, private, public_jwk, created_at, activates_at, retires_at, removes_at \
        FROM signing_key WHERE api = $1 ORDER BY id DESC";
    // Earlier ends are kept: whatever signs no more begins again for no successor.
    RETIRE = "UPDATE signing_key SET retires_at = $3, removes_at = $4 \
        WHERE api = $1 AND algorithm = $2 AND (retires_at IS NULL OR retires_at > $3)";
    INSERT = "INSERT INTO signing_key (id, api, algorithm, private, public_jwk, created_at, activates_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    DELETE = "DELETE FROM signing_key WHERE id IN \
        (SELECT id FROM signing_key WHERE api = $1 AND removes_at <= $2 ORDER BY id LIMIT $3)";
}

/// A signing key with its private half.
#[derive(Clone)]
pub struct StoredSigningKey {
    /// What is known of it.
    pub key: SigningKey,
    /// Its PKCS #8 form, sealed.
    pub private: Vec<u8>,
}

/// Not what is sealed.
impl std::fmt::Debug for StoredSigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSigningKey").field("key", &self.key).finish_non_exhaustive()
    }
}

row! {
    struct SigningKeyRow {
        id: Uuid,
        api: Uuid,
        algorithm: String,
        private: Vec<u8>,
        public_jwk: String,
        created_at: i64,
        activates_at: i64,
        retires_at: Option<i64>,
        removes_at: Option<i64>,
    }
}

impl TryFrom<SigningKeyRow> for StoredSigningKey {
    type Error = Error;

    fn try_from(row: SigningKeyRow) -> Result<Self, Error> {
        let algorithm = Algorithm::from_name(&row.algorithm);
        let key = SigningKey {
            id: SigningKeyId::from_uuid(row.id),
            api: ApiId::from_uuid(row.api),
            algorithm: algorithm.ok_or(Error::corrupt("signing_key", "algorithm"))?,
            public_jwk: row.public_jwk,
            created_at: Timestamp::from_micros(row.created_at),
            activates_at: Timestamp::from_micros(row.activates_at),
            retires_at: row.retires_at.map(Timestamp::from_micros),
            removes_at: row.removes_at.map(Timestamp::from_micros),
        };
        Ok(Self { key, private: row.private })
    }
}

impl Conn {
    /// The signing keys of an API, newest first, removed ones included until they are deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_signing_keys(&mut self, api: ApiId) -> Result<Vec<StoredSigningKey>, Error> {
        fetch_all!(self, SigningKeyRow, LIST, api.uuid())?
            .into_iter()
            .map(StoredSigningKey::try_from)
            .collect()
    }
}

impl Tx {
    /// Inserts the newest key of its API and algorithm. The earlier ones retire when it begins to sign, unless they
    /// did before, and are then removed at `predecessors_remove_at`. Its own end is not looked at: it has none.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another transaction made the newest key at the same time, or there is no such API; when
    /// the database fails.
    pub async fn insert_signing_key(
        &mut self,
        StoredSigningKey { key, private }: &StoredSigningKey,
        predecessors_remove_at: Timestamp,
    ) -> Result<(), Error> {
        let (api, algorithm) = (key.api.uuid(), key.algorithm.as_str());
        let activates_at = key.activates_at.micros();
        execute!(self, RETIRE, api, algorithm, activates_at, predecessors_remove_at.micros())?;
        execute!(
            self,
            INSERT,
            key.id.uuid(),
            api,
            algorithm,
            private.as_slice(),
            key.public_jwk.as_str(),
            key.created_at.micros(),
            activates_at,
        )?;
        Ok(())
    }

    /// Deletes keys of an API that were removed at `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_removed_signing_keys(
        &mut self,
        api: ApiId,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        execute!(self, DELETE, api.uuid(), cutoff.micros(), i64::from(limit))
    }
}
