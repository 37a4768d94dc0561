//! What the installation remembers of itself, such as the check value of its master key.

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT value FROM setting WHERE name = $1";
    INSERT = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    REPLACE = "UPDATE setting SET value = $2 WHERE name = $1";
}

impl Conn {
    /// The value of a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_setting(&mut self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(fetch_optional!(self, (Vec<u8>,), FIND, name)?.map(|(value,)| value))
    }
}

impl Tx {
    /// Sets what has no value yet. Answers whether it had none: of two nodes that start at once, one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_setting(&mut self, name: &str, value: &[u8]) -> Result<bool, Error> {
        Ok(execute!(self, INSERT, name, value)? == 1)
    }

    /// Gives a setting another value. Answers whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_setting(&mut self, name: &str, value: &[u8]) -> Result<bool, Error> {
        Ok(execute!(self, REPLACE, name, value)? == 1)
    }
}
