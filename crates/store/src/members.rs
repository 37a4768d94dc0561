//! Members of workspaces.

use claviger_domain::{AccountId, Member, Membership, Role, Timestamp, Workspace, WorkspaceId};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "m.workspace, m.account, m.role, a.email, a.name, m.created_at, m.created_by, m.updated_at, m.updated_by"
    };
}

statements! {
    INSERT = "INSERT INTO member (workspace, account, role, created_at, created_by, updated_at, updated_by) \
        VALUES ($1, $2, $3, $4, $5, $4, $5)";
    FIND = concat!("SELECT ", columns!(), " FROM member m JOIN account a ON a.id = m.account \
        WHERE m.workspace = $1 AND m.account = $2");
    LIST = concat!("SELECT ", columns!(), " FROM member m JOIN account a ON a.id = m.account \
        WHERE m.workspace = $1 ORDER BY m.account LIMIT $2");
    LIST_OF_ACCOUNT = "SELECT workspace, account, role FROM member WHERE account = $1 \
        ORDER BY workspace LIMIT $2";
    COUNT_OWNERS = "SELECT COUNT(*) FROM member WHERE workspace = $1 AND role = 'owner'";
    // Changes nothing, but of two who change the members of a workspace at once, one waits for the other.
    HOLD = "UPDATE workspace SET name = name WHERE id = $1";
    ASSIGN = "UPDATE member SET role = $3, updated_at = $4, updated_by = $5 \
        WHERE workspace = $1 AND account = $2";
    DELETE = "DELETE FROM member WHERE workspace = $1 AND account = $2";
}

row! {
    struct MembershipRow {
        workspace: Uuid,
        account: Uuid,
        role: String,
    }
}

impl TryFrom<MembershipRow> for Membership {
    type Error = Error;

    fn try_from(row: MembershipRow) -> Result<Self, Error> {
        Ok(Self {
            workspace: WorkspaceId::from_uuid(row.workspace),
            account: AccountId::from_uuid(row.account),
            role: row.role.parse().map_err(|_| Error::corrupt("member", "role"))?,
        })
    }
}

row! {
    struct MemberRow {
        #[sqlx(flatten)]
        membership: MembershipRow,
        email: String,
        name: Option<String>,
        created_at: i64,
        created_by: String,
        updated_at: i64,
        updated_by: String,
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;

    fn try_from(row: MemberRow) -> Result<Self, Error> {
        Ok(Self {
            membership: row.membership.try_into()?,
            email: row.email.parse().map_err(|_| Error::corrupt("account", "email"))?,
            name: row.name,
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
            updated_at: Timestamp::from_micros(row.updated_at),
            updated_by: row.updated_by,
        })
    }
}

impl Conn {
    /// A member of a workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_member(
        &mut self,
        workspace: WorkspaceId,
        account: AccountId,
    ) -> Result<Option<Member>, Error> {
        fetch_optional!(self, MemberRow, FIND, workspace.uuid(), account.uuid())?
            .map(Member::try_from)
            .transpose()
    }

    /// The members of a workspace, in the order in which their accounts were made, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_members(&mut self, workspace: WorkspaceId, limit: u16) -> Result<Vec<Member>, Error> {
        fetch_all!(self, MemberRow, LIST, workspace.uuid(), i64::from(limit))?
            .into_iter()
            .map(Member::try_from)
            .collect()
    }

    /// The workspaces that an account is a member of, and as what, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_memberships(
        &mut self,
        account: AccountId,
        limit: u16,
    ) -> Result<Vec<Membership>, Error> {
        fetch_all!(self, MembershipRow, LIST_OF_ACCOUNT, account.uuid(), i64::from(limit))?
            .into_iter()
            .map(Membership::try_from)
            .collect()
    }

    /// How many owners a workspace has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_owners(&mut self, workspace: WorkspaceId) -> Result<u64, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_OWNERS, workspace.uuid())?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

impl Tx {
    /// Keeps others from changing the members of a workspace until the transaction ends, and answers it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_members(&mut self, workspace: WorkspaceId) -> Result<Option<Workspace>, Error> {
        execute!(self, HOLD, workspace.uuid())?;
        self.find_workspace(workspace).await
    }

    /// Makes an account a member.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is one already, or there is no such workspace or account; when the database fails.
    pub async fn insert_member(
        &mut self,
        membership: &Membership,
        at: Timestamp,
        by: &str,
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            membership.workspace.uuid(),
            membership.account.uuid(),
            membership.role.as_str(),
            at.micros(),
            by,
        )?;
        Ok(())
    }

    /// Gives a member another role. Answers whether there is such a member.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn assign_role(
        &mut self,
        (workspace, account): (WorkspaceId, AccountId),
        role: Role,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        let assigned =
            execute!(self, ASSIGN, workspace.uuid(), account.uuid(), role.as_str(), at.micros(), by)?;
        Ok(assigned == 1)
    }

    /// Makes someone no member any more. Answers whether they were one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_member(&mut self, workspace: WorkspaceId, account: AccountId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, workspace.uuid(), account.uuid())? == 1)
    }
}
