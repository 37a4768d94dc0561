//! Passkeys of accounts.

use claviger_domain::{AccountId, PasskeyId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, account, name, state, created_at, last_used_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO passkey (", columns!(), ", credential) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    FIND_BY_CREDENTIAL = concat!("SELECT ", columns!(), " FROM passkey WHERE credential = $1");
    LIST = concat!("SELECT ", columns!(), " FROM passkey WHERE account = $1 ORDER BY id DESC");
    // The state that was read decides: of two uses at once, the later counter is not overwritten by the earlier.
    USE = "UPDATE passkey SET state = $3, last_used_at = $4 WHERE id = $1 AND state = $2";
    DELETE = "DELETE FROM passkey WHERE id = $1 AND account = $2";
    DELETE_ALL = "DELETE FROM passkey WHERE account = $1";
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// Its public key and counter, as JSON.
    pub state: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

row! {
    struct PasskeyRow {
        id: Uuid,
        account: Uuid,
        name: String,
        state: String,
        created_at: i64,
        last_used_at: Option<i64>,
    }
}

impl From<PasskeyRow> for StoredPasskey {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: PasskeyId::from_uuid(row.id),
            account: AccountId::from_uuid(row.account),
            name: row.name,
            state: row.state,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        }
    }
}

impl Conn {
    /// The passkey whose authenticator's id for it has this keyed hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_passkey(&mut self, credential: &[u8; 32]) -> Result<Option<StoredPasskey>, Error> {
        let row = fetch_optional!(self, PasskeyRow, FIND_BY_CREDENTIAL, credential.as_slice())?;
        Ok(row.map(StoredPasskey::from))
    }

    /// An account's passkeys, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_passkeys(&mut self, account: AccountId) -> Result<Vec<StoredPasskey>, Error> {
        let rows = fetch_all!(self, PasskeyRow, LIST, account.uuid())?;
        Ok(rows.into_iter().map(StoredPasskey::from).collect())
    }
}

impl Tx {
    /// Inserts a passkey under the keyed hash of its authenticator's id for it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is registered already, or there is no such account; when the database fails.
    pub async fn insert_passkey(
        &mut self,
        passkey: &StoredPasskey,
        credential: &[u8; 32],
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            passkey.id.uuid(),
            passkey.account.uuid(),
            passkey.name.as_str(),
            passkey.state.as_str(),
            passkey.created_at.micros(),
            passkey.last_used_at.map(Timestamp::micros),
            credential.as_slice(),
        )?;
        Ok(())
    }

    /// Notes a use, with the state that comes after the one that was read. Answers whether it was still that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_passkey(
        &mut self,
        id: PasskeyId,
        (old, new): (&str, &str),
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, USE, id.uuid(), old, new, at.micros())? == 1)
    }

    /// Deletes a passkey of this account. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_passkey(&mut self, id: PasskeyId, account: AccountId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, id.uuid(), account.uuid())? == 1)
    }

    /// Deletes every passkey of an account. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_passkeys(&mut self, account: AccountId) -> Result<u64, Error> {
        execute!(self, DELETE_ALL, account.uuid())
    }
}
