//! Workspaces: make, read, change, suspend, resume.

use claviger_domain::{
    Action, Actor, ChangeKind, ErrorKind, Event, Label, NotAllowed, Page, PageRequest, PlanName, Workspace,
    WorkspaceId, WorkspaceState,
};
use claviger_store::Tx;
use futures_util::future::BoxFuture;

use crate::engine::Engine;
use crate::error::Error;
use crate::idempotency::{IdempotencyKey, Repeat};

/// What a new workspace is to be.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// What people call it.
    pub name: Label,
    /// The plan whose limits apply.
    pub plan: Option<PlanName>,
}

/// A change to a workspace; `None` leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct WorkspacePatch {
    /// A new name.
    pub name: Option<Label>,
    /// A new plan; `Some(None)` for the default.
    pub plan: Option<Option<PlanName>>,
}

/// Why a workspace could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// No loaded API has a plan of this name.
    #[error("no API has a plan `{0}`")]
    UnknownPlan(PlanName),
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// Only the provider does this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl WorkspaceError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWorkspace => ErrorKind::NotFound,
            Self::UnknownPlan(_) | Self::IdempotencyMismatch => ErrorKind::InvalidRequest,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::UnknownPlan(_) => Some("/plan"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for WorkspaceError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for WorkspaceError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Makes a workspace.
    ///
    /// # Errors
    /// When no API has the plan, or the database fails.
    pub async fn create_workspace(
        &self,
        actor: &Actor,
        new: NewWorkspace,
        once: Option<IdempotencyKey>,
    ) -> Result<Workspace, WorkspaceError> {
        actor.require_provider()?;
        if let Some(once) = &once
            && let Some(earlier) = self.repeat_workspace(actor, once).await?
        {
            return Ok(earlier);
        }
        self.check_plan(new.plan.as_ref())?;
        let now = self.now();
        let workspace = Workspace {
            id: WorkspaceId::generate_at(now, self.entropy()),
            name: new.name,
            plan: new.plan,
            state: WorkspaceState::Active,
            created_at: now,
            created_by: actor.to_string(),
            updated_at: now,
            updated_by: actor.to_string(),
        };
        let id = workspace.id.to_string();
        let outcome = once.as_ref().map(|once| self.seal_outcome(actor, once, &id, None)).transpose()?;
        let (row, audit) = (workspace.clone(), self.auditor(actor, now));
        let written = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(outcome) = &outcome
                        && !outcome.insert(tx).await?
                    {
                        return Ok(false);
                    }
                    tx.insert_workspace(&row).await?;
                    audit.record(tx, Event::made(Action::WorkspaceCreated, &row)).await?;
                    Ok::<_, WorkspaceError>(true)
                })
            })
            .await?;
        match (written, &once) {
            (false, Some(once)) => {
                self.repeat_workspace(actor, once).await?.ok_or(WorkspaceError::IdempotencyMismatch)
            }
            _ => Ok(workspace),
        }
    }

    async fn repeat_workspace(
        &self,
        actor: &Actor,
        once: &IdempotencyKey,
    ) -> Result<Option<Workspace>, WorkspaceError> {
        let mut conn = self.store().read().await?;
        match self.find_repeat(&mut conn, actor, once).await? {
            Repeat::First => Ok(None),
            Repeat::Mismatch => Err(WorkspaceError::IdempotencyMismatch),
            Repeat::Again(earlier) => {
                let id = earlier.id.parse().map_err(|_| WorkspaceError::IdempotencyMismatch)?;
                self.find_workspace(id).await.map(Some)
            }
        }
    }

    /// The workspace with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_workspace(&self, id: WorkspaceId) -> Result<Workspace, WorkspaceError> {
        self.store().read().await?.find_workspace(id).await?.ok_or(WorkspaceError::UnknownWorkspace)
    }

    /// A page of workspaces, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_workspaces(&self, page: PageRequest) -> Result<Page<Workspace>, WorkspaceError> {
        Ok(self.store().read().await?.list_workspaces(page).await?)
    }

    /// Changes a workspace's name or plan.
    ///
    /// # Errors
    /// When there is no such workspace or plan, or the database fails.
    pub async fn update_workspace(
        &self,
        actor: &Actor,
        id: WorkspaceId,
        patch: WorkspacePatch,
    ) -> Result<Workspace, WorkspaceError> {
        actor.require_provider()?;
        if let Some(plan) = &patch.plan {
            self.check_plan(plan.as_ref())?;
        }
        let (now, by) = (self.now(), actor.to_string());
        self.change_workspace((actor, Action::WorkspaceUpdated), id, move |tx| {
            Box::pin(async move {
                let mut row = tx.find_workspace(id).await?.ok_or(WorkspaceError::UnknownWorkspace)?;
                row.name = patch.name.unwrap_or(row.name);
                row.plan = patch.plan.unwrap_or(row.plan);
                Ok(tx.update_workspace(id, (&row.name, row.plan.as_ref()), now, &by).await?)
            })
        })
        .await
    }

    /// Stops every credential of a workspace until it is resumed. Twice is fine.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn suspend_workspace(
        &self,
        actor: &Actor,
        id: WorkspaceId,
    ) -> Result<Workspace, WorkspaceError> {
        actor.require_provider()?;
        let (now, by) = (self.now(), actor.to_string());
        self.change_workspace((actor, Action::WorkspaceSuspended), id, move |tx| {
            Box::pin(async move { Ok(tx.suspend_workspace(id, now, &by).await?) })
        })
        .await
    }

    /// Lets the credentials of a suspended workspace work again. Twice is fine.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn resume_workspace(
        &self,
        actor: &Actor,
        id: WorkspaceId,
    ) -> Result<Workspace, WorkspaceError> {
        actor.require_provider()?;
        let (now, by) = (self.now(), actor.to_string());
        self.change_workspace((actor, Action::WorkspaceResumed), id, move |tx| {
            Box::pin(async move { Ok(tx.resume_workspace(id, now, &by).await?) })
        })
        .await
    }

    /// Runs one change of a workspace, records it and tells every node if it changed anything, and answers what it is
    /// now.
    async fn change_workspace<F>(
        &self,
        (actor, action): (&Actor, Action),
        id: WorkspaceId,
        change: F,
    ) -> Result<Workspace, WorkspaceError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<bool, WorkspaceError>> + Clone + Send + 'static,
    {
        let now = self.now();
        let audit = self.auditor(actor, now);
        let workspace = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_workspace(id).await?.ok_or(WorkspaceError::UnknownWorkspace)?;
                    let is_news = change(tx).await?;
                    let after = tx.find_workspace(id).await?.ok_or(WorkspaceError::UnknownWorkspace)?;
                    if is_news {
                        audit.record(tx, Event::changed(action, &before, &after)).await?;
                        tx.append_change(&ChangeKind::Workspace(id), now).await?;
                    }
                    Ok::<_, WorkspaceError>(after)
                })
            })
            .await?;
        self.apply(&ChangeKind::Workspace(id));
        Ok(workspace)
    }

    fn check_plan(&self, plan: Option<&PlanName>) -> Result<(), WorkspaceError> {
        match plan {
            Some(plan) if !self.list_apis().iter().any(|entry| entry.policy.plans.contains_key(plan)) => {
                Err(WorkspaceError::UnknownPlan(plan.clone()))
            }
            _ => Ok(()),
        }
    }
}
