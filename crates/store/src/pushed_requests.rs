//! Authorization requests that clients pushed beforehand (RFC 9126).

use claviger_domain::{ClientId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO pushed_request (lookup, client, request, created_at, expires_at, consumed_at) \
        VALUES ($1, $2, $3, $4, $5, NULL)";
    FIND = "SELECT client, request, created_at, expires_at, consumed_at FROM pushed_request WHERE lookup = $1";
    CONSUME = "UPDATE pushed_request SET consumed_at = $2 WHERE lookup = $1 AND consumed_at IS NULL";
    DELETE = "DELETE FROM pushed_request WHERE lookup IN \
        (SELECT lookup FROM pushed_request WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// A pushed request as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRequest {
    /// Who pushed it.
    pub client: ClientId,
    /// Its parameters, as JSON.
    pub request: String,
    /// When it was pushed.
    pub created_at: Timestamp,
    /// When it can no longer be begun.
    pub expires_at: Timestamp,
    /// When it was answered.
    pub consumed_at: Option<Timestamp>,
}

row! {
    struct PushedRow {
        client: Uuid,
        request: String,
        created_at: i64,
        expires_at: i64,
        consumed_at: Option<i64>,
    }
}

impl From<PushedRow> for PushedRequest {
    fn from(row: PushedRow) -> Self {
        Self {
            client: ClientId::from_uuid(row.client),
            request: row.request,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            consumed_at: row.consumed_at.map(Timestamp::from_micros),
        }
    }
}

impl Conn {
    /// The request whose URI has this keyed hash, answered and expired ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_pushed_request(&mut self, lookup: &[u8; 32]) -> Result<Option<PushedRequest>, Error> {
        Ok(fetch_optional!(self, PushedRow, FIND, lookup.as_slice())?.map(PushedRequest::from))
    }
}

impl Tx {
    /// Inserts a request that is not answered.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is there already, or the client is gone; when the database fails.
    pub async fn insert_pushed_request(
        &mut self,
        lookup: &[u8; 32],
        request: &PushedRequest,
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            lookup.as_slice(),
            request.client.uuid(),
            request.request.as_str(),
            request.created_at.micros(),
            request.expires_at.micros(),
        )?;
        Ok(())
    }

    /// Takes a request for answered. Answers whether it happened: of many that try, one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_pushed_request(&mut self, lookup: &[u8; 32], at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, CONSUME, lookup.as_slice(), at.micros())? == 1)
    }

    /// Deletes requests that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_pushed_requests(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
