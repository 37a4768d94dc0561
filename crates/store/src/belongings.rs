//! Values that belong to a key, such as redox's destinations. Verification sees only the verified ones.

use claviger_domain::{CollectionName, KeyId, Timestamp};

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    LIST = "SELECT collection, value, created_at, verified_at FROM key_belonging WHERE key = $1 \
        ORDER BY collection, value";
    INSERT = "INSERT INTO key_belonging (key, collection, value, created_at, verified_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key, collection, value) DO NOTHING";
    VERIFY = "UPDATE key_belonging SET verified_at = $4 \
        WHERE key = $1 AND collection = $2 AND value = $3 AND verified_at IS NULL";
    DELETE = "DELETE FROM key_belonging WHERE key = $1 AND collection = $2 AND value = $3";
}

/// A value that someone says belongs to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The list it stands in.
    pub collection: CollectionName,
    /// The value.
    pub value: String,
    /// When it was claimed.
    pub created_at: Timestamp,
    /// When the claim was verified.
    pub verified_at: Option<Timestamp>,
}

row! {
    struct BelongingRow {
        collection: String,
        value: String,
        created_at: i64,
        verified_at: Option<i64>,
    }
}

impl TryFrom<BelongingRow> for Belonging {
    type Error = Error;

    fn try_from(row: BelongingRow) -> Result<Self, Error> {
        Ok(Self {
            collection: row.collection.parse().map_err(|_| Error::corrupt("key_belonging", "collection"))?,
            value: row.value,
            created_at: Timestamp::from_micros(row.created_at),
            verified_at: row.verified_at.map(Timestamp::from_micros),
        })
    }
}

impl Conn {
    /// All values of a key, verified or not, by collection and value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_belongings(&mut self, key: KeyId) -> Result<Vec<Belonging>, Error> {
        fetch_all!(self, BelongingRow, LIST, key.uuid())?.into_iter().map(Belonging::try_from).collect()
    }
}

impl Tx {
    /// Inserts a value unless it is there. Answers whether it was inserted.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key does not exist; when the database fails.
    pub async fn insert_belonging(&mut self, key: KeyId, belonging: &Belonging) -> Result<bool, Error> {
        let rows = execute!(
            self,
            INSERT,
            key.uuid(),
            belonging.collection.as_str(),
            belonging.value.as_str(),
            belonging.created_at.micros(),
            belonging.verified_at.map(Timestamp::micros),
        )?;
        Ok(rows == 1)
    }

    /// Marks an unverified value as verified. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_belonging(
        &mut self,
        key: KeyId,
        collection: &CollectionName,
        value: &str,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, VERIFY, key.uuid(), collection.as_str(), value, at.micros())? == 1)
    }

    /// Deletes a value. Answers whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_belonging(
        &mut self,
        key: KeyId,
        collection: &CollectionName,
        value: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, key.uuid(), collection.as_str(), value)? == 1)
    }
}
