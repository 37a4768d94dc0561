//! Who accounts are at other OpenID providers.

use claviger_domain::{AccountId, Pool, Timestamp};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT account FROM upstream_identity WHERE pool = $1 AND issuer = $2 AND subject = $3";
    INSERT = "INSERT INTO upstream_identity (pool, issuer, subject, account, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    LIST = "SELECT issuer, subject, created_at FROM upstream_identity WHERE account = $1 ORDER BY created_at, issuer";
    DELETE = "DELETE FROM upstream_identity WHERE account = $1 AND issuer = $2";
    DELETE_ALL = "DELETE FROM upstream_identity WHERE account = $1";
}

/// Someone as another provider knows them: its issuer, and its name for them there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamIdentity {
    /// The provider.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

impl Conn {
    /// The account of a pool that belongs to this identity.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_upstream_identity(
        &mut self,
        pool: Pool,
        identity: &UpstreamIdentity,
    ) -> Result<Option<AccountId>, Error> {
        let UpstreamIdentity { issuer, subject } = identity;
        let row = fetch_optional!(self, (Uuid,), FIND, pool.to_string(), issuer.as_str(), subject.as_str())?;
        Ok(row.map(|(account,)| AccountId::from_uuid(account)))
    }

    /// Who an account is elsewhere, and since when that is known, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_upstream_identities(
        &mut self,
        account: AccountId,
    ) -> Result<Vec<(UpstreamIdentity, Timestamp)>, Error> {
        let rows = fetch_all!(self, (String, String, i64), LIST, account.uuid())?;
        let known =
            |(issuer, subject, at)| (UpstreamIdentity { issuer, subject }, Timestamp::from_micros(at));
        Ok(rows.into_iter().map(known).collect())
    }
}

impl Tx {
    /// Says whose account an identity belongs to.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it belongs to one of the pool already, or there is no such account; when the database
    /// fails.
    pub async fn insert_upstream_identity(
        &mut self,
        (pool, account): (Pool, AccountId),
        identity: &UpstreamIdentity,
        at: Timestamp,
    ) -> Result<(), Error> {
        let UpstreamIdentity { issuer, subject } = identity;
        execute!(
            self,
            INSERT,
            pool.to_string(),
            issuer.as_str(),
            subject.as_str(),
            account.uuid(),
            at.micros()
        )?;
        Ok(())
    }

    /// Forgets who an account is at one provider. Answers whether that was known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_upstream_identity(
        &mut self,
        account: AccountId,
        issuer: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, account.uuid(), issuer)? > 0)
    }

    /// Forgets every identity of an account. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_upstream_identities(&mut self, account: AccountId) -> Result<u64, Error> {
        execute!(self, DELETE_ALL, account.uuid())
    }
}
