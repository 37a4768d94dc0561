//! The members of a workspace: listed, given another role, removed.

use claviger_domain::{AccountId, Action, Actor, Event, Member, Right, Role, Who, WorkspaceId};
use claviger_store::Tx;

use super::MemberError;
use crate::engine::Engine;

/// The most members that are listed.
const MOST_LISTED: u16 = 2_000;

impl Engine {
    /// The members of a workspace.
    ///
    /// # Errors
    /// When there is no such workspace for the actor, or the database fails.
    pub async fn list_members(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
    ) -> Result<Vec<Member>, MemberError> {
        self.enter(actor, workspace, Right::Read).await?;
        Ok(self.store().read().await?.list_members(workspace, MOST_LISTED).await?)
    }

    /// Gives a member another role. The same one is fine.
    ///
    /// # Errors
    /// When there is no such member for the actor, the actor may not give or take such a role, the last owner would be
    /// none any more, or the database fails.
    pub async fn change_role(
        &self,
        actor: &Actor,
        (workspace, account): (WorkspaceId, AccountId),
        role: Role,
    ) -> Result<Member, MemberError> {
        self.enter(actor, workspace, Right::WriteMembers).await?;
        actor.require(role.guarded_by())?;
        let (by, now, who) = (actor.clone(), self.now(), (workspace, account));
        let audit = self.auditor(actor, now);
        let member = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = held(tx, who).await?;
                    by.require(before.membership.role.guarded_by())?;
                    if role != Role::Owner {
                        keep_an_owner(tx, &before).await?;
                    }
                    if before.membership.role == role {
                        return Ok(before);
                    }
                    tx.assign_role(who, role, now, &by.to_string()).await?;
                    let after = tx.find_member(who.0, who.1).await?.ok_or(MemberError::UnknownMember)?;
                    let event =
                        Event::changed(Action::MemberRoleChanged, &before.membership, &after.membership);
                    audit.record(tx, event).await?;
                    Ok::<_, MemberError>(after)
                })
            })
            .await?;
        tracing::info!(%workspace, %account, %role, by = %actor, "gave a member a role");
        Ok(member)
    }

    /// Makes somebody no member any more. Their account stays; a member can always leave.
    ///
    /// # Errors
    /// When there is no such member for the actor, the actor may not remove one with that role, it is the last owner,
    /// or the database fails.
    pub async fn remove_member(
        &self,
        actor: &Actor,
        (workspace, account): (WorkspaceId, AccountId),
    ) -> Result<(), MemberError> {
        let leaves = matches!(actor.who, Who::Member(own) if own.account == account);
        self.enter(actor, workspace, if leaves { Right::Read } else { Right::WriteMembers }).await?;
        let (by, who) = (actor.clone(), (workspace, account));
        let audit = self.auditor(actor, self.now());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = held(tx, who).await?;
                    if !leaves {
                        by.require(before.membership.role.guarded_by())?;
                    }
                    keep_an_owner(tx, &before).await?;
                    tx.delete_member(who.0, who.1).await?;
                    audit.record(tx, Event::gone(Action::MemberRemoved, &before.membership)).await?;
                    Ok::<_, MemberError>(())
                })
            })
            .await?;
        tracing::info!(%workspace, %account, by = %actor, "removed a member");
        Ok(())
    }

    /// Refuses an actor for whom there is no such workspace, or who does not have this right in it.
    pub(super) async fn enter(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        right: Right,
    ) -> Result<(), MemberError> {
        if !actor.reaches(workspace) {
            return Err(MemberError::UnknownWorkspace);
        }
        actor.require(right)?;
        let found = self.store().read().await?.find_workspace(workspace).await?;
        found.map(drop).ok_or(MemberError::UnknownWorkspace)
    }
}

/// The member as it is while nobody else changes members of the workspace.
async fn held(tx: &mut Tx, (workspace, account): (WorkspaceId, AccountId)) -> Result<Member, MemberError> {
    tx.hold_members(workspace).await?.ok_or(MemberError::UnknownWorkspace)?;
    tx.find_member(workspace, account).await?.ok_or(MemberError::UnknownMember)
}

/// Refuses to take the last owner's role.
async fn keep_an_owner(tx: &mut Tx, member: &Member) -> Result<(), MemberError> {
    let is_owner = member.membership.role == Role::Owner;
    if is_owner && tx.count_owners(member.membership.workspace).await? <= 1 {
        return Err(MemberError::LastOwner);
    }
    Ok(())
}
