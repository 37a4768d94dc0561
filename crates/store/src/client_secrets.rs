//! Secrets of clients.

use claviger_domain::{ClientId, ClientSecret, ClientSecretId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::execute;
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO client_secret (id, client, lookup, last_four, created_at, retires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    RETIRE = "UPDATE client_secret SET retires_at = $2 \
        WHERE client = $1 AND (retires_at IS NULL OR retires_at > $2)";
    DELETE_ALL = "DELETE FROM client_secret WHERE client = $1";
    DELETE_RETIRED = "DELETE FROM client_secret WHERE id IN \
        (SELECT id FROM client_secret WHERE retires_at < $1 ORDER BY retires_at LIMIT $2)";
}

row! {
    /// A secret beside its client, or nothing where it has none.
    pub(crate) struct ClientSecretRow {
        s_id: Option<Uuid>,
        s_lookup: Option<Vec<u8>>,
        s_last_four: Option<String>,
        s_created_at: Option<i64>,
        s_retires_at: Option<i64>,
    }
}

impl ClientSecretRow {
    pub(crate) fn into_secret(self) -> Result<Option<ClientSecret>, Error> {
        // All of them are null together.
        let (Some(id), Some(lookup), Some(last_four), Some(created_at)) =
            (self.s_id, self.s_lookup, self.s_last_four, self.s_created_at)
        else {
            return Ok(None);
        };
        Ok(Some(ClientSecret {
            id: ClientSecretId::from_uuid(id),
            lookup: hash(&lookup, "client_secret", "lookup")?,
            last_four,
            created_at: Timestamp::from_micros(created_at),
            retires_at: self.s_retires_at.map(Timestamp::from_micros),
        }))
    }
}

impl Tx {
    /// Inserts a secret.
    ///
    /// # Errors
    /// [`Error::Conflict`] when id or hash are taken, or the client does not exist; when the database fails.
    pub async fn insert_client_secret(
        &mut self,
        client: ClientId,
        secret: &ClientSecret,
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            secret.id.uuid(),
            client.uuid(),
            secret.lookup.as_slice(),
            secret.last_four.as_str(),
            secret.created_at.micros(),
            secret.retires_at.map(Timestamp::micros),
        )?;
        Ok(())
    }

    /// Lets a client's secrets end at this instant, but for those that end sooner. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_client_secrets(&mut self, client: ClientId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, RETIRE, client.uuid(), at.micros())
    }

    /// Deletes every secret of a client. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_client_secrets(&mut self, client: ClientId) -> Result<u64, Error> {
        execute!(self, DELETE_ALL, client.uuid())
    }

    /// Deletes secrets that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_retired_client_secrets(
        &mut self,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        execute!(self, DELETE_RETIRED, cutoff.micros(), i64::from(limit))
    }
}
