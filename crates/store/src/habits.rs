//! What is known of keys' habits, by their public ids.

use claviger_domain::{Habits, Timestamp};

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT habits FROM habit WHERE credential = $1";
    PUT = "INSERT INTO habit (credential, habits, updated_at) VALUES ($1, $2, $3) \
        ON CONFLICT (credential) DO UPDATE SET habits = excluded.habits, updated_at = excluded.updated_at";
    DELETE = "DELETE FROM habit WHERE credential IN \
        (SELECT credential FROM habit WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)";
}

impl Conn {
    /// The habits of a credential, if it has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_habits(&mut self, credential: &str) -> Result<Option<Habits>, Error> {
        let Some((habits,)) = fetch_optional!(self, (String,), FIND, credential)? else { return Ok(None) };
        serde_json::from_str(&habits).map(Some).map_err(|_| Error::corrupt("habit", "habits"))
    }
}

impl Tx {
    /// Writes the habits of a credential in place of those it had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_habits(
        &mut self,
        credential: &str,
        habits: &Habits,
        at: Timestamp,
    ) -> Result<(), Error> {
        let json = serde_json::to_string(habits).map_err(Error::internal)?;
        execute!(self, PUT, credential, json, at.micros())?;
        Ok(())
    }

    /// Deletes habits that were last written before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_habits(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
