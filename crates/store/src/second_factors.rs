//! Time-based codes and recovery codes.

use claviger_domain::{AccountId, Timestamp};

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT secret, confirmed_at, used_step FROM totp WHERE account = $1";
    COUNT_CODES = "SELECT COUNT(*) FROM recovery_code WHERE account = $1 AND used_at IS NULL";
    // One that was confirmed stays: whoever replaces it has to remove it first.
    BEGIN = "INSERT INTO totp (account, secret, confirmed_at, used_step) VALUES ($1, $2, NULL, 0) \
        ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, used_step = 0 \
        WHERE totp.confirmed_at IS NULL";
    // The secret that the code was made of decides: another may have been begun meanwhile.
    CONFIRM = "UPDATE totp SET confirmed_at = $4, used_step = $3 \
        WHERE account = $1 AND secret = $2 AND confirmed_at IS NULL";
    USE_STEP = "UPDATE totp SET used_step = $2 \
        WHERE account = $1 AND used_step < $2 AND confirmed_at IS NOT NULL";
    DELETE = "DELETE FROM totp WHERE account = $1";
    INSERT_CODE = "INSERT INTO recovery_code (account, lookup) VALUES ($1, $2)";
    USE_CODE = "UPDATE recovery_code SET used_at = $3 \
        WHERE account = $1 AND lookup = $2 AND used_at IS NULL";
    DELETE_CODES = "DELETE FROM recovery_code WHERE account = $1";
}

/// The secret of an account's time-based codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTotp {
    /// The secret, sealed.
    pub secret: Vec<u8>,
    /// Since when its codes are asked for; none until one was shown.
    pub confirmed_at: Option<Timestamp>,
}

row! {
    struct TotpRow {
        secret: Vec<u8>,
        confirmed_at: Option<i64>,
    }
}

impl Conn {
    /// The secret of an account's codes, confirmed or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_totp(&mut self, account: AccountId) -> Result<Option<StoredTotp>, Error> {
        let row = fetch_optional!(self, TotpRow, FIND, account.uuid())?;
        Ok(row.map(|row| StoredTotp {
            secret: row.secret,
            confirmed_at: row.confirmed_at.map(Timestamp::from_micros),
        }))
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_recovery_codes(&mut self, account: AccountId) -> Result<u32, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_CODES, account.uuid())?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

impl Tx {
    /// Gives an account a sealed secret that is not confirmed yet, in place of any that was not either. Answers whether
    /// it did; a confirmed one stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_totp(&mut self, account: AccountId, secret: &[u8]) -> Result<bool, Error> {
        Ok(execute!(self, BEGIN, account.uuid(), secret)? == 1)
    }

    /// Confirms the secret that was read by the step of a code of it, which is thereby used. Answers whether it was
    /// still there and not confirmed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm_totp(
        &mut self,
        account: AccountId,
        secret: &[u8],
        step: i64,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, CONFIRM, account.uuid(), secret, step, at.micros())? == 1)
    }

    /// Uses a step, and with it all before. Answers whether none so late was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_totp_step(&mut self, account: AccountId, step: i64) -> Result<bool, Error> {
        Ok(execute!(self, USE_STEP, account.uuid(), step)? == 1)
    }

    /// Removes an account's authenticator and its recovery codes. Answers whether there was an authenticator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_totp(&mut self, account: AccountId) -> Result<bool, Error> {
        execute!(self, DELETE_CODES, account.uuid())?;
        Ok(execute!(self, DELETE, account.uuid())? == 1)
    }

    /// Gives an account recovery codes, by their keyed hashes, in place of all that it had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_recovery_codes(
        &mut self,
        account: AccountId,
        lookups: &[[u8; 32]],
    ) -> Result<(), Error> {
        execute!(self, DELETE_CODES, account.uuid())?;
        for lookup in lookups {
            execute!(self, INSERT_CODE, account.uuid(), lookup.as_slice())?;
        }
        Ok(())
    }

    /// Uses a recovery code. Answers whether the account had it unused.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_recovery_code(
        &mut self,
        account: AccountId,
        lookup: &[u8; 32],
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, USE_CODE, account.uuid(), lookup.as_slice(), at.micros())? == 1)
    }
}
