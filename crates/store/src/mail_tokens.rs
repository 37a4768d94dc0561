//! What was sent by mail, to be used once.

use claviger_domain::{AccountId, Email, MailPurpose, Timestamp};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO mail_token (lookup, account, purpose, email, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    FIND_LIVING = "SELECT account, email FROM mail_token \
        WHERE lookup = $1 AND purpose = $2 AND consumed_at IS NULL AND expires_at > $3";
    COUNT_SINCE = "SELECT COUNT(*) FROM mail_token WHERE account = $1 AND created_at > $2";
    CONSUME = "UPDATE mail_token SET consumed_at = $3 \
        WHERE lookup = $1 AND purpose = $2 AND consumed_at IS NULL AND expires_at > $3";
    CONSUME_ALL = "UPDATE mail_token SET consumed_at = $3 \
        WHERE account = $1 AND purpose = $2 AND consumed_at IS NULL";
    DELETE = "DELETE FROM mail_token WHERE lookup IN \
        (SELECT lookup FROM mail_token WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// A token that was sent by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailToken {
    /// Whose account it is for.
    pub account: AccountId,
    /// What it is good for.
    pub purpose: MailPurpose,
    /// Where it was sent, which is what its use proves.
    pub email: Email,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Conn {
    /// The account and address of an unused token that is good at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_mail_token(
        &mut self,
        lookup: &[u8; 32],
        purpose: MailPurpose,
        now: Timestamp,
    ) -> Result<Option<(AccountId, Email)>, Error> {
        let found = fetch_optional!(
            self,
            (Uuid, String),
            FIND_LIVING,
            lookup.as_slice(),
            purpose.as_str(),
            now.micros()
        )?;
        found
            .map(|(account, email)| {
                let email = email.parse().map_err(|_| Error::corrupt("mail_token", "email"))?;
                Ok((AccountId::from_uuid(account), email))
            })
            .transpose()
    }

    /// How many tokens were made for an account since then, used or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_mail_tokens(&mut self, account: AccountId, since: Timestamp) -> Result<u32, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_SINCE, account.uuid(), since.micros())?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

impl Tx {
    /// Inserts a token under its keyed hash.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the hash is taken, or there is no such account; when the database fails.
    pub async fn insert_mail_token(&mut self, token: &MailToken, lookup: &[u8; 32]) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            lookup.as_slice(),
            token.account.uuid(),
            token.purpose.as_str(),
            token.email.as_str(),
            token.created_at.micros(),
            token.expires_at.micros(),
        )?;
        Ok(())
    }

    /// Uses a token. Answers whether it was good and not used before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_mail_token(
        &mut self,
        lookup: &[u8; 32],
        purpose: MailPurpose,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, CONSUME, lookup.as_slice(), purpose.as_str(), at.micros())? == 1)
    }

    /// Makes every token of an account for this purpose worthless. Answers how many were good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_mail_tokens(
        &mut self,
        account: AccountId,
        purpose: MailPurpose,
        at: Timestamp,
    ) -> Result<u64, Error> {
        execute!(self, CONSUME_ALL, account.uuid(), purpose.as_str(), at.micros())
    }

    /// Deletes tokens that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_mail_tokens(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
