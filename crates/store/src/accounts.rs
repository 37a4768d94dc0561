//! Accounts and their password hashes.

use claviger_domain::{
    Account, AccountId, Email, Page, PageRequest, Pool, Profile, ScopeSet, Timestamp, WorkspaceId,
};
use claviger_secrets::PasswordHash;
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_optional, survey};
use crate::error::Error;
use crate::key_lists::pattern;
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
    FIND_RECORD = concat!("SELECT ", columns!(), ", hash AS password FROM account \
        LEFT JOIN account_password ON account = id WHERE id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM account WHERE pool = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    SEARCH = concat!("SELECT ", columns!(), " FROM account WHERE pool = $1 AND id < $2 AND id >= $5 \
        AND email_folded LIKE $4 ESCAPE '!' ORDER BY id DESC LIMIT $3");
    // The last one that a page of a search looks at.
    FLOOR = "SELECT id FROM account WHERE pool = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3";
    // The hash that was read decides: of two changes at once, one wins and the other is told.
    REPLACE_PASSWORD = "UPDATE account_password SET hash = $3 WHERE account = $1 AND hash = $2";
    // Changes nothing, but waits for whoever changes the password, and keeps others waiting.
    HOLD_PASSWORD = "UPDATE account_password SET hash = hash WHERE account = $1 AND hash = $2";
    SET_PASSWORD = "INSERT INTO account_password (account, hash) VALUES ($1, $2) \
        ON CONFLICT (account) DO UPDATE SET hash = excluded.hash";
    TOUCH = "UPDATE account SET updated_at = $2 WHERE id = $1";
    UPDATE_PROFILE = "UPDATE account SET name = $2, given_name = $3, family_name = $4, locale = $5, \
        updated_at = $6 WHERE id = $1";
    ASSIGN_WORKSPACE = "UPDATE account SET workspace = $2, updated_at = $3 WHERE id = $1";
    LIMIT_SCOPES = "UPDATE account SET scopes = $2, updated_at = $3 WHERE id = $1";
    // The address that was proved decides: it may have been changed since.
    VERIFY_EMAIL = "UPDATE account SET email_verified_at = $3, updated_at = $3 \
        WHERE id = $1 AND email_folded = $2 AND email_verified_at IS NULL";
    // The address that was read decides: of two changes at once, one wins and the other is told.
    CHANGE_EMAIL = "UPDATE account SET email = $3, email_folded = $4, email_verified_at = $5, updated_at = $5 \
        WHERE id = $1 AND email_folded = $2";
    DISABLE = "UPDATE account SET disabled_at = $2, updated_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    ENABLE = "UPDATE account SET disabled_at = NULL, updated_at = $2 WHERE id = $1 AND disabled_at IS NOT NULL";
    DELETE = "DELETE FROM account WHERE id = $1";
}

/// An account with what proves that somebody is its owner.
#[derive(Clone, Debug)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The hash of its password, if it has one.
    pub password: Option<PasswordHash>,
}

row! {
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
}

row! {
    struct AccountWithPassword {
        #[sqlx(flatten)]
        account: AccountRow,
        password: Option<String>,
    }
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

    /// The account with this id, and its password's hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_account_record(&mut self, id: AccountId) -> Result<Option<AccountRecord>, Error> {
        fetch_optional!(self, AccountWithPassword, FIND_RECORD, id.uuid())?
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
        let rows = survey!(self, AccountRow, LIST, pool.to_string(), before, limit)?;
        into_page(rows, page)
    }

    /// Accounts of a pool whose address contains a text, in whatever case, newest first.
    ///
    /// It looks at so many accounts and no more (see [`StoreOptions::look`](crate::StoreOptions::look)): a page may have
    /// fewer rows than were asked for, and even none, and still not be the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search_accounts(
        &mut self,
        pool: Pool,
        text: &str,
        page: PageRequest,
    ) -> Result<Page<Account>, Error> {
        let before = page.before.unwrap_or(Uuid::max());
        let limit = i64::from(page.limit) + 1;
        let (pool, place) = (pool.to_string(), self.look() - 1);
        let floor = fetch_optional!(self, (Uuid,), FLOOR, pool.as_str(), before, place)?.map(|(id,)| id);
        let last = floor.unwrap_or(Uuid::nil());
        let rows = survey!(self, AccountRow, SEARCH, pool.as_str(), before, limit, pattern(text), last)?;
        let Page { rows, next } = into_page(rows, page)?;
        Ok(Page { rows, next: next.or(floor) })
    }
}

fn into_page(rows: Vec<AccountRow>, page: PageRequest) -> Result<Page<Account>, Error> {
    let rows = rows.into_iter().map(Account::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_overfull(rows, page.limit, |account| account.id.uuid()))
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

    /// Keeps the password that was read from being changed until the transaction ends. Answers whether it was still
    /// the one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_password(&mut self, id: AccountId, hash: &PasswordHash) -> Result<bool, Error> {
        Ok(execute!(self, HOLD_PASSWORD, id.uuid(), hash.to_text())? == 1)
    }

    /// Gives an account this password, whether or not it had one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such account; when the database fails.
    pub async fn set_password(
        &mut self,
        id: AccountId,
        hash: &PasswordHash,
        at: Timestamp,
    ) -> Result<(), Error> {
        execute!(self, SET_PASSWORD, id.uuid(), hash.to_text())?;
        execute!(self, TOUCH, id.uuid(), at.micros())?;
        Ok(())
    }

    /// Changes what an account's owner is called. Answers whether there is such an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_profile(
        &mut self,
        id: AccountId,
        profile: &Profile,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let Profile { name, given_name, family_name, locale } = profile;
        let updated = execute!(
            self,
            UPDATE_PROFILE,
            id.uuid(),
            name.as_deref(),
            given_name.as_deref(),
            family_name.as_deref(),
            locale.as_deref(),
            at.micros(),
        )?;
        Ok(updated == 1)
    }

    /// Says for which workspace an account acts. Answers whether there is such an account.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such workspace; when the database fails.
    pub async fn assign_workspace(
        &mut self,
        id: AccountId,
        workspace: Option<WorkspaceId>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let workspace = workspace.map(WorkspaceId::uuid);
        Ok(execute!(self, ASSIGN_WORKSPACE, id.uuid(), workspace, at.micros())? == 1)
    }

    /// Says what an account may do at most. Answers whether there is such an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn limit_scopes(
        &mut self,
        id: AccountId,
        scopes: Option<&ScopeSet>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let scopes = scopes.map(ToString::to_string);
        Ok(execute!(self, LIMIT_SCOPES, id.uuid(), scopes, at.micros())? == 1)
    }

    /// Notes that an address is its owner's. Answers whether that was news, and of the address the account has now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_account_email(
        &mut self,
        id: AccountId,
        email: &Email,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, VERIFY_EMAIL, id.uuid(), email.folded(), at.micros())? == 1)
    }

    /// Gives an account another address, which is known to be its owner's, in place of the one that was read. Answers
    /// whether it still had that.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `account_pool_email_folded_key` when another account of the pool has the address; when
    /// the database fails.
    pub async fn change_account_email(
        &mut self,
        id: AccountId,
        (old, new): (&Email, &Email),
        at: Timestamp,
    ) -> Result<bool, Error> {
        let (old, text, folded) = (old.folded(), new.as_str(), new.folded());
        Ok(execute!(self, CHANGE_EMAIL, id.uuid(), old, text, folded, at.micros())? == 1)
    }

    /// Disables an account. Answers whether it was enabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_account(&mut self, id: AccountId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, DISABLE, id.uuid(), at.micros())? == 1)
    }

    /// Enables an account. Answers whether it was disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enable_account(&mut self, id: AccountId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, ENABLE, id.uuid(), at.micros())? == 1)
    }

    /// Deletes an account with all that belongs to it: sessions, factors, grants, tokens. Answers whether there was
    /// one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_account(&mut self, id: AccountId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, id.uuid())? == 1)
    }
}
