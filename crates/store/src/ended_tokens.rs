//! Tokens that have no row of their own and were ended before their date.

use claviger_domain::Timestamp;

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO ended_token (lookup, expires_at) VALUES ($1, $2) ON CONFLICT (lookup) DO NOTHING";
    FIND = "SELECT expires_at FROM ended_token WHERE lookup = $1";
    DELETE = "DELETE FROM ended_token WHERE lookup IN \
        (SELECT lookup FROM ended_token WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

impl Conn {
    /// Whether the token with this keyed hash was ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_token_ended(&mut self, lookup: &[u8; 32]) -> Result<bool, Error> {
        Ok(fetch_optional!(self, (i64,), FIND, lookup.as_slice())?.is_some())
    }
}

impl Tx {
    /// Notes that a token has ended, until it would have ended by itself. Answers whether that is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_ended_token(
        &mut self,
        lookup: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, INSERT, lookup.as_slice(), expires_at.micros())? == 1)
    }

    /// Deletes those that would have ended by themselves before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_ended_tokens(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
