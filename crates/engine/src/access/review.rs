//! What staff does with requests for access: looks at them step by step, approves or declines.

use claviger_domain::{
    AccessRequest, AccessRequestId, Action, Actor, Event, Invitation, InvitationId, Page, PageRequest, Prose,
    ReviewCheck, ReviewStep, Role, Ruled, Ruling, ScopeSet, Workspace, WorkspaceId, WorkspaceState,
    open_steps,
};
use claviger_store::Tx;

use super::AccessError;
use crate::chain::Auditor;
use crate::engine::Engine;
use crate::letter::AccessLetter;
use crate::members::INVITATION_LIFE;

/// A request and what was checked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The request.
    pub request: AccessRequest,
    /// What was checked, oldest first.
    pub checks: Vec<ReviewCheck>,
}

impl Engine {
    /// Requests, newest first; all, or those that wait for a decision.
    ///
    /// # Errors
    /// When the actor is a member, or the database fails.
    pub async fn list_access_requests(
        &self,
        actor: &Actor,
        only_waiting: bool,
        page: PageRequest,
    ) -> Result<Page<AccessRequest>, AccessError> {
        actor.require_provider()?;
        Ok(self.store().read().await?.list_access_requests(only_waiting, page).await?)
    }

    /// A request with what was checked of it.
    ///
    /// # Errors
    /// When the actor is a member, there is no such request, or the database fails.
    pub async fn find_access_request(
        &self,
        actor: &Actor,
        id: AccessRequestId,
    ) -> Result<Review, AccessError> {
        actor.require_provider()?;
        let mut read = self.store().read().await?;
        let request = read.find_access_request(id).await?.ok_or(AccessError::UnknownRequest)?;
        Ok(Review { request, checks: read.list_access_checks(id).await? })
    }

    /// Notes that a step of the review was looked at and found good. It stays so.
    ///
    /// # Errors
    /// When the actor is a member, there is no such request, it was decided, the step was checked before, or the
    /// database fails.
    pub async fn check_access_request(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        (step, note): (ReviewStep, Option<Prose>),
    ) -> Result<Review, AccessError> {
        actor.require_provider()?;
        let check = ReviewCheck { step, note, checked_at: self.now(), checked_by: actor.to_string() };
        let audit = self.auditor(actor, check.checked_at);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let request = tx.find_access_request(id).await?.ok_or(AccessError::UnknownRequest)?;
                    if !tx.check_access_request(id, &check).await? {
                        let is_ruled = request.ruled.is_some();
                        return Err(if is_ruled { AccessError::Ruled } else { AccessError::Checked });
                    }
                    audit.record(tx, Event::touched(Action::AccessRequestChecked, &request)).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::info!(request = %id, %step, by = %actor, "a step of a review was checked");
        self.find_access_request(actor, id).await
    }

    /// Approves a request: makes its workspace and invites its contact as the owner, who is shown the first keys once.
    /// What these may do is said here.
    ///
    /// # Errors
    /// When the actor is a member, there is no such request, it was decided, a step of the review is open, a scope is
    /// undefined, too much mail waits, or the database fails.
    pub async fn approve_access_request(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        scopes: ScopeSet,
    ) -> Result<Review, AccessError> {
        let request = self.find_access_request(actor, id).await?.request;
        let audit = self.auditor(actor, self.now());
        let policy = self.registry().find(request.api).ok_or(AccessError::UnknownApi)?.policy;
        if let Some(undefined) = scopes.iter().find(|scope| !policy.scopes.defines(scope)) {
            return Err(AccessError::UndefinedScope(undefined.clone()));
        }
        let place = self.post().reserve().map_err(|_| AccessError::Busy)?;
        let (now, by) = (self.now(), actor.to_string());
        let workspace = Workspace {
            id: WorkspaceId::generate_at(now, self.entropy()),
            name: request.company.clone(),
            plan: None,
            state: WorkspaceState::Active,
            created_at: now,
            created_by: by.clone(),
            updated_at: now,
            updated_by: by.clone(),
        };
        let invitation = Invitation {
            id: InvitationId::generate_at(now, self.entropy()),
            workspace: workspace.id,
            email: request.email.clone(),
            role: Role::Owner,
            sent_at: None,
            expires_at: now.plus(INVITATION_LIFE),
            accepted_at: None,
            withdrawn_at: None,
            created_at: now,
            created_by: by.clone(),
        };
        let (invited, made) = (invitation.id, workspace.id);
        let ruled = Ruled { ruling: Ruling::Approved { workspace: made, scopes }, at: now, by };
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let open = open_steps(&tx.list_access_checks(id).await?).len();
                    // The row that the decision points to comes first; whoever comes second leaves none.
                    tx.insert_workspace(&workspace).await?;
                    audit.record(tx, Event::made(Action::WorkspaceCreated, &workspace)).await?;
                    rule(tx, &audit, (Action::AccessRequestApproved, request), ruled).await?;
                    if open > 0 {
                        return Err(AccessError::StepsOpen { count: open });
                    }
                    tx.insert_invitation(&invitation).await?;
                    audit.record(tx, Event::made(Action::InvitationMade, &invitation)).await?;
                    Ok(())
                })
            })
            .await?;
        place.invite(invited, self.portal_sender());
        tracing::info!(request = %id, workspace = %made, by = %actor, "access was given");
        self.find_access_request(actor, id).await
    }

    /// Declines a request; its contact is told why by mail.
    ///
    /// # Errors
    /// When the actor is a member, there is no such request, it was decided, too much mail waits, or the database fails.
    pub async fn decline_access_request(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        reason: Prose,
    ) -> Result<Review, AccessError> {
        let request = self.find_access_request(actor, id).await?.request;
        let audit = self.auditor(actor, self.now());
        let place = self.post().reserve().map_err(|_| AccessError::Busy)?;
        let ruled = Ruled { ruling: Ruling::Declined { reason }, at: self.now(), by: actor.to_string() };
        self.store()
            .write(move |tx| {
                Box::pin(
                    async move { rule(tx, &audit, (Action::AccessRequestDeclined, request), ruled).await },
                )
            })
            .await?;
        place.answer(id, AccessLetter::Declined, self.portal_sender());
        tracing::info!(request = %id, by = %actor, "access was declined");
        self.find_access_request(actor, id).await
    }
}

/// Decides about a request that waits, and records what it was and is.
async fn rule(
    tx: &mut Tx,
    audit: &Auditor,
    (action, before): (Action, AccessRequest),
    ruled: Ruled,
) -> Result<(), AccessError> {
    if !tx.rule_access_request(before.id, &ruled).await? {
        return Err(AccessError::Ruled);
    }
    let after = AccessRequest { ruled: Some(ruled), ..before.clone() };
    audit.record(tx, Event::changed(action, &before, &after)).await?;
    Ok(())
}
