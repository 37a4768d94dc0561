//! Workspaces.

use claviger_domain::{
    Label, Page, PageRequest, PlanName, Timestamp, Workspace, WorkspaceId, WorkspaceState,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, name, plan, suspended_at, created_at, created_by, updated_at, updated_by"
    };
}

statements! {
    INSERT = concat!("INSERT INTO workspace (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    FIND = concat!("SELECT ", columns!(), " FROM workspace WHERE id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM workspace WHERE id < $1 ORDER BY id DESC LIMIT $2");
    UPDATE = "UPDATE workspace SET name = $2, plan = $3, updated_at = $4, updated_by = $5 WHERE id = $1";
    SUSPEND = "UPDATE workspace SET suspended_at = $2, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND suspended_at IS NULL";
    RESUME = "UPDATE workspace SET suspended_at = NULL, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND suspended_at IS NOT NULL";
}

row! {
    struct WorkspaceRow {
        id: Uuid,
        name: String,
        plan: Option<String>,
        suspended_at: Option<i64>,
        created_at: i64,
        created_by: String,
        updated_at: i64,
        updated_by: String,
    }
}

impl TryFrom<WorkspaceRow> for Workspace {
    type Error = Error;

    fn try_from(row: WorkspaceRow) -> Result<Self, Error> {
        Ok(Self {
            id: WorkspaceId::from_uuid(row.id),
            name: row.name.parse().map_err(|_| Error::corrupt("workspace", "name"))?,
            plan: plan_of(row.plan)?,
            state: state_of(row.suspended_at),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
            updated_at: Timestamp::from_micros(row.updated_at),
            updated_by: row.updated_by,
        })
    }
}

pub(crate) fn plan_of(column: Option<String>) -> Result<Option<PlanName>, Error> {
    column.map(|name| name.parse()).transpose().map_err(|_| Error::corrupt("workspace", "plan"))
}

pub(crate) fn state_of(suspended_at: Option<i64>) -> WorkspaceState {
    match suspended_at {
        None => WorkspaceState::Active,
        Some(since) => WorkspaceState::Suspended { since: Timestamp::from_micros(since) },
    }
}

impl Conn {
    /// The workspace with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_workspace(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
        fetch_optional!(self, WorkspaceRow, FIND, id.uuid())?.map(Workspace::try_from).transpose()
    }

    /// Workspaces, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_workspaces(&mut self, page: PageRequest) -> Result<Page<Workspace>, Error> {
        let before = page.before.unwrap_or(Uuid::max());
        let rows = fetch_all!(self, WorkspaceRow, LIST, before, i64::from(page.limit) + 1)?;
        let rows = rows.into_iter().map(Workspace::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |workspace| workspace.id.uuid()))
    }
}

impl Tx {
    /// Inserts a workspace.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken; when the database fails.
    pub async fn insert_workspace(&mut self, workspace: &Workspace) -> Result<(), Error> {
        let suspended_at = match workspace.state {
            WorkspaceState::Active => None,
            WorkspaceState::Suspended { since } => Some(since.micros()),
        };
        execute!(
            self,
            INSERT,
            workspace.id.uuid(),
            workspace.name.as_str(),
            workspace.plan.as_ref().map(PlanName::as_str),
            suspended_at,
            workspace.created_at.micros(),
            workspace.created_by.as_str(),
            workspace.updated_at.micros(),
            workspace.updated_by.as_str(),
        )?;
        Ok(())
    }

    /// Gives a workspace a name and a plan. Answers whether it exists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_workspace(
        &mut self,
        id: WorkspaceId,
        (name, plan): (&Label, Option<&PlanName>),
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        let plan = plan.map(PlanName::as_str);
        Ok(execute!(self, UPDATE, id.uuid(), name.as_str(), plan, at.micros(), by)? == 1)
    }

    /// Switches an active workspace off. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspend_workspace(
        &mut self,
        id: WorkspaceId,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, SUSPEND, id.uuid(), at.micros(), by)? == 1)
    }

    /// Switches a suspended workspace on again. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume_workspace(
        &mut self,
        id: WorkspaceId,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, RESUME, id.uuid(), at.micros(), by)? == 1)
    }
}
