//! Accounts and their password hashes.

use claviger_domain::{
    Account, AccountId, Email, Page, PageRequest, Pool, Profile, ScopeSet, Timestamp, WorkspaceId,
};
use claviger_secrets::PasswordHash;
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, pool, email, email_verified_at, name, given_name, family_name, locale, workspace, environment, \
         scopes, disabled_at, created_at, updated_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO account (", columns!(), ", email_folded) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    INSERT_PASSWORD = "INSERT INTO account_password (account, hash) VALUES ($1, $2)";
    FIND = concat!("SELECT ", columns!(), " FROM account WHERE id = $1");
    FIND_BY_EMAIL = concat!("SELECT ", columns!(), ", hash AS password FROM account \
        LEFT JOIN account_password ON account = id WHERE pool = $1 AND email_folded = $2");
    LIST = concat!("SELECT ", columns!(), " FROM account WHERE pool = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    // The hash that was read decides: of two changes at once, one wins and the other is told.
    REPLACE_PASSWORD = "UPDATE account_password SET hash = $3 WHERE account = $1 AND hash = $2";
    TOUCH = "UPDATE account SET updated_at = $2 WHERE id = $1";
}

/// An account with what proves that somebody is its owner.
#[derive(Clone, Debug)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The hash of its password, if it has one.
    pub password: Option<PasswordHash>,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: Uuid,
    pool: String,
    email: String,
    email_verified_at: Option<i64>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    locale: Option<String>,
    workspace: Option<Uuid>,
    environment: String,
    scopes: Option<String>,
    disabled_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
struct AccountWithPassword {
    #[sqlx(flatten)]
    account: AccountRow,
    password: Option<String>,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        let scopes = row.scopes.as_deref().map(ScopeSet::parse_spaced).transpose();
        Ok(Self {
            id: AccountId::from_uuid(row.id),
            pool: row.pool.parse().map_err(|_| Error::corrupt("account", "pool"))?,
            email: row.email.parse().map_err(|_| Error::corrupt("account", "email"))?,
            email_verified_at: row.email_verified_at.map(Timestamp::from_micros),
            profile: Profile {
                name: row.name,
                given_name: row.given_name,
                family_name: row.family_name,
                locale: row.locale,
            },
            workspace: row.workspace.map(WorkspaceId::from_uuid),
            environment: row.environment.parse().map_err(|_| Error::corrupt("account", "environment"))?,
            scopes: scopes.map_err(|_| Error::corrupt("account", "scopes"))?,
            disabled_at: row.disabled_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

impl TryFrom<AccountWithPassword> for AccountRecord {
    type Error = Error;

    fn try_from(row: AccountWithPassword) -> Result<Self, Error> {
        Ok(Self {
            account: row.account.try_into()?,
            password: row
                .password
                .map(|text| PasswordHash::parse(&text))
                .transpose()
                .map_err(|_| Error::corrupt("account_password", "hash"))?,
        })
    }
}

impl Conn {
    /// The account with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_account(&mut self, id: AccountId) -> Result<Option<Account>, Error> {
        fetch_optional!(self, AccountRow, FIND, id.uuid())?.map(Account::try_from).transpose()
    }

    /// The account of a pool that has this address, in whatever case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_account_by_email(
        &mut self,
        pool: Pool,
        email: &Email,
    ) -> Result<Option<AccountRecord>, Error> {
        fetch_optional!(self, AccountWithPassword, FIND_BY_EMAIL, pool.to_string(), email.folded())?
            .map(AccountRecord::try_from)
            .transpose()
    }

    /// Accounts of a pool, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_accounts(&mut self, pool: Pool, page: PageRequest) -> Result<Page<Account>, Error> {
        let before = page.before.unwrap_or(Uuid::max());
        let limit = i64::from(page.limit) + 1;
        let rows = fetch_all!(self, AccountRow, LIST, pool.to_string(), before, limit)?;
        let rows = rows.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |account| account.id.uuid()))
    }
}

impl Tx {
    /// Inserts an account.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `account_pool_email_folded_key` when the pool has such an address, or with
    /// `account_pkey` when the id is taken; when the database fails.
    pub async fn insert_account(
        &mut self,
        account: &Account,
        password: Option<&PasswordHash>,
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            account.id.uuid(),
            account.pool.to_string(),
            account.email.as_str(),
            account.email_verified_at.map(Timestamp::micros),
            account.profile.name.as_deref(),
            account.profile.given_name.as_deref(),
            account.profile.family_name.as_deref(),
            account.profile.locale.as_deref(),
            account.workspace.map(WorkspaceId::uuid),
            account.environment.as_str(),
            account.scopes.as_ref().map(ToString::to_string),
            account.disabled_at.map(Timestamp::micros),
            account.created_at.micros(),
            account.updated_at.micros(),
            account.email.folded(),
        )?;
        if let Some(hash) = password {
            execute!(self, INSERT_PASSWORD, account.id.uuid(), hash.to_text())?;
        }
        Ok(())
    }

    /// Gives an account another password hash in place of the one that was read. Answers whether it still had that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_password(
        &mut self,
        id: AccountId,
        (old, new): (&PasswordHash, &PasswordHash),
        at: Timestamp,
    ) -> Result<bool, Error> {
        let is_done = execute!(self, REPLACE_PASSWORD, id.uuid(), old.to_text(), new.to_text())? == 1;
        if is_done {
            execute!(self, TOUCH, id.uuid(), at.micros())?;
        }
        Ok(is_done)
    }
}
