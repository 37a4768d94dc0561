//! Generations of a key's text: a rotation adds one and lets the older end.

use std::net::IpAddr;

use claviger_domain::{KeyGeneration, KeyId, SecretId, Timestamp};

use crate::conn::execute;
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    // Two rotations at once take the same number, and the second is a conflict.
    INSERT = "INSERT INTO key_generation (id, key, number, lookup, prefix, last_four, created_at, retires_at, \
        last_used_at, last_used_address, last_used_agent) \
        VALUES ($1, $2, (SELECT COALESCE(MAX(number), 0) + 1 FROM key_generation WHERE key = $2), \
        $3, $4, $5, $6, $7, $8, $9, $10)";
    RETIRE = "UPDATE key_generation SET retires_at = $2 \
        WHERE id = $1 AND (retires_at IS NULL OR retires_at > $2)";
    TOUCH = "UPDATE key_generation SET last_used_at = $2, last_used_address = $3, last_used_agent = $4 \
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    DELETE_RETIRED = "DELETE FROM key_generation WHERE id IN \
        (SELECT id FROM key_generation WHERE retires_at < $1 ORDER BY retires_at LIMIT $2)";
}

/// A use of a key, to be written down with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The generation that was presented.
    pub secret: SecretId,
    /// When.
    pub at: Timestamp,
    /// From which address, as far as it is known.
    pub address: Option<IpAddr>,
    /// By which user agent, already cut to a decent length.
    pub agent: Option<String>,
}

impl Tx {
    /// Adds the newest generation of a key.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id or the keyed hash is taken, the key does not exist, or someone else is adding
    /// one at this moment; when the database fails.
    pub async fn insert_generation(&mut self, key: KeyId, generation: &KeyGeneration) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            generation.id.uuid(),
            key.uuid(),
            generation.lookup.as_slice(),
            &*generation.hint.prefix,
            &*generation.hint.last_four,
            generation.created_at.micros(),
            generation.retires_at.map(Timestamp::micros),
            generation.last_used_at.map(Timestamp::micros),
            generation.last_used_address.as_deref(),
            generation.last_used_agent.as_deref(),
        )?;
        Ok(())
    }

    /// Lets a generation end at `at`, unless it ends by then anyway. Answers whether that changed anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_generation(&mut self, id: SecretId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, RETIRE, id.uuid(), at.micros())? == 1)
    }

    /// Writes down uses of keys, where they are later than what is there. `updated_at` stays: use is no edit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_generations(&mut self, mut touches: Vec<Touch>) -> Result<(), Error> {
        // In one order on every node, or two of them could each wait for the other's row.
        touches.sort_unstable_by_key(|touch| (touch.secret, touch.at));
        for touch in touches {
            let address = touch.address.map(|address| address.to_string());
            execute!(self, TOUCH, touch.secret.uuid(), touch.at.micros(), address, touch.agent)?;
        }
        Ok(())
    }

    /// Deletes generations that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_retired_generations(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_RETIRED, cutoff.micros(), i64::from(limit))
    }
}
