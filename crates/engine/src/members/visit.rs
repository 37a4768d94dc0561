//! Somebody who is signed in goes to one of their workspaces.

use claviger_domain::{Actor, Call, Member, Membership, Pool, Who, Workspace, WorkspaceId};

use super::MemberError;
use crate::engine::Engine;
use crate::sessions::SignedIn;

/// The most workspaces that somebody can choose from.
const MOST_LISTED: u16 = 200;

/// The proof that somebody who is signed in is a member of a workspace at this moment. Only the engine makes one.
#[derive(Clone, Debug)]
pub struct Visit {
    workspace: Workspace,
    membership: Membership,
    call: Call,
}

impl Visit {
    /// The actor of what they do there.
    pub fn actor(&self) -> Actor {
        Actor::new(Who::Member(self.membership), self.call.clone())
    }

    /// Where they are.
    pub const fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// As what.
    pub const fn membership(&self) -> &Membership {
        &self.membership
    }
}

impl Engine {
    /// Lets somebody into a workspace. Asked for each request, so that who was removed is out with the next one.
    ///
    /// # Errors
    /// [`MemberError::UnknownWorkspace`] when they are no member of it; when a second factor is due, or the database
    /// fails.
    pub async fn visit(&self, who: &SignedIn, workspace: WorkspaceId) -> Result<Visit, MemberError> {
        who.require_complete()?;
        if who.account().pool != Pool::Members {
            return Err(MemberError::UnknownWorkspace);
        }
        let mut read = self.store().read().await?;
        let member = read.find_member(workspace, who.account().id).await?;
        let Member { membership, .. } = member.ok_or(MemberError::UnknownWorkspace)?;
        let workspace = read.find_workspace(workspace).await?.ok_or(MemberError::UnknownWorkspace)?;
        Ok(Visit { workspace, membership, call: who.call().clone() })
    }

    /// The workspaces that somebody can go to.
    ///
    /// # Errors
    /// When a second factor is due, or the database fails.
    pub async fn list_visits(&self, who: &SignedIn) -> Result<Vec<Visit>, MemberError> {
        who.require_complete()?;
        let mut read = self.store().read().await?;
        let mut visits = Vec::new();
        for membership in read.list_memberships(who.account().id, MOST_LISTED).await? {
            if let Some(workspace) = read.find_workspace(membership.workspace).await? {
                visits.push(Visit { workspace, membership, call: who.call().clone() });
            }
        }
        Ok(visits)
    }
}
