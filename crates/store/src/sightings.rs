//! What nodes saw, minute by minute, until somebody has looked at it.

use claviger_domain::{Seen, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO sighting (id, minute, seen) VALUES ($1, $2, $3)";
    OLDEST = "SELECT minute FROM sighting WHERE minute < $1 ORDER BY minute LIMIT 1";
    LIST = "SELECT id, seen FROM sighting WHERE minute = $1 ORDER BY id LIMIT $2";
    DELETE = "DELETE FROM sighting WHERE id = $1";
    DELETE_OLD = "DELETE FROM sighting WHERE id IN \
        (SELECT id FROM sighting WHERE minute < $1 ORDER BY minute LIMIT $2)";
}

row! {
    struct SightingRow {
        id: Uuid,
        seen: String,
    }
}

impl Conn {
    /// The oldest minute before `before` of which something is there to be looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_sighting(&mut self, before: Timestamp) -> Result<Option<Timestamp>, Error> {
        let found = fetch_optional!(self, (i64,), OLDEST, before.micros())?;
        Ok(found.map(|(minute,)| Timestamp::from_micros(minute)))
    }

    /// What nodes saw in a minute, `most` of their reports at most, each with the name to delete it by.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sightings(&mut self, minute: Timestamp, most: u32) -> Result<Vec<(Uuid, Seen)>, Error> {
        let rows = fetch_all!(self, SightingRow, LIST, minute.micros(), i64::from(most))?;
        let parse = |row: SightingRow| {
            let seen = serde_json::from_str(&row.seen).map_err(|_| Error::corrupt("sighting", "seen"))?;
            Ok((row.id, seen))
        };
        rows.into_iter().map(parse).collect()
    }
}

impl Tx {
    /// Writes what one node saw in a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_sighting(&mut self, id: Uuid, minute: Timestamp, seen: &Seen) -> Result<(), Error> {
        let json = serde_json::to_string(seen).map_err(Error::internal)?;
        execute!(self, INSERT, id, minute.micros(), json)?;
        Ok(())
    }

    /// Deletes a report that was looked at. Answers whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_sighting(&mut self, id: Uuid) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, id)? == 1)
    }

    /// Deletes reports of minutes before `cutoff` that nobody looked at, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_sightings(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_OLD, cutoff.micros(), i64::from(limit))
    }
}
