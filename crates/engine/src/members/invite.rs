//! Inviting somebody by mail, sending the letter again, taking the invitation back.

use std::time::Duration;

use claviger_domain::{
    Action, Actor, Email, Event, Invitation, InvitationId, InvitationState, Pool, Right, Role, Timestamp,
    WorkspaceId,
};
use claviger_store::Tx;

use super::MemberError;
use super::letter::INVITATION_LIFE;
use crate::engine::Engine;

/// The invitations that one workspace may make in an hour, so that nobody's inbox is flooded through us.
const INVITATIONS: u64 = 50;
const INVITATIONS_WINDOW: Duration = Duration::from_secs(60 * 60);
/// The least time between two letters of one invitation.
const LETTER_PAUSE: Duration = Duration::from_secs(60);
/// The most invitations that are listed: more than a day's worth of them.
const MOST_LISTED: u16 = 2_000;

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// To which workspace.
    pub workspace: WorkspaceId,
    /// Whom.
    pub email: Email,
    /// As what.
    pub role: Role,
}

impl Engine {
    /// Invites somebody by mail. The letter is written and sent in the background; its link works for seven days.
    ///
    /// # Errors
    /// When the actor may not make such a member, the address is a member's or was invited, too many were invited, too
    /// much mail waits, or the database fails.
    pub async fn invite_member(&self, actor: &Actor, new: NewInvitation) -> Result<Invitation, MemberError> {
        actor.require(new.role.guarded_by())?;
        if !actor.reaches(new.workspace) {
            return Err(MemberError::UnknownWorkspace);
        }
        let place = self.post().reserve().map_err(|_| MemberError::Busy)?;
        let now = self.now();
        let invitation = Invitation {
            id: InvitationId::generate_at(now, self.entropy()),
            workspace: new.workspace,
            email: new.email,
            role: new.role,
            sent_at: None,
            expires_at: now.plus(INVITATION_LIFE),
            accepted_at: None,
            withdrawn_at: None,
            created_at: now,
            created_by: actor.to_string(),
        };
        let (row, audit) = (invitation.clone(), self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    insert(tx, &row, now).await?;
                    audit.record(tx, Event::made(Action::InvitationMade, &row)).await?;
                    Ok(())
                })
            })
            .await
            .map_err(invited)?;
        place.invite(invitation.id, self.portal_sender());
        let Invitation { id, workspace, role, .. } = &invitation;
        tracing::info!(%workspace, invitation = %id, %role, by = %actor, "invited somebody");
        Ok(invitation)
    }

    /// The invitations of a workspace that were neither accepted nor withdrawn, newest first.
    ///
    /// # Errors
    /// When there is no such workspace for the actor, or the database fails.
    pub async fn list_invitations(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
    ) -> Result<Vec<Invitation>, MemberError> {
        self.enter(actor, workspace, Right::Read).await?;
        Ok(self.store().read().await?.list_invitations(workspace, MOST_LISTED).await?)
    }

    /// Sends an invitation's letter again, with a new link that works for seven days; the one before ends.
    ///
    /// # Errors
    /// When there is no such invitation that waits for an answer, the actor may not make such a member, it was sent
    /// within the last minute, too much mail waits, or the database fails.
    pub async fn resend_invitation(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        id: InvitationId,
    ) -> Result<Invitation, MemberError> {
        let invitation = self.pending_invitation(actor, workspace, id).await?;
        let now = self.now();
        let last = invitation.sent_at.unwrap_or(invitation.created_at);
        if now.since(last) < LETTER_PAUSE {
            return Err(MemberError::TooMany { retry_after: LETTER_PAUSE - now.since(last) });
        }
        let place = self.post().reserve().map_err(|_| MemberError::Busy)?;
        self.record_alone(actor, Event::touched(Action::InvitationSentAgain, &invitation)).await?;
        place.invite(id, self.portal_sender());
        tracing::info!(%workspace, invitation = %id, by = %actor, "an invitation is sent again");
        Ok(invitation)
    }

    /// Takes an invitation back: its link ends.
    ///
    /// # Errors
    /// When there is no such invitation that waits for an answer, the actor may not make such a member, or the database
    /// fails.
    pub async fn withdraw_invitation(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        id: InvitationId,
    ) -> Result<(), MemberError> {
        let before = self.pending_invitation(actor, workspace, id).await?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        let withdrawn = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let is_news = tx.withdraw_invitation(workspace, id, now).await?;
                    if is_news {
                        let after = Invitation { withdrawn_at: Some(now), ..before.clone() };
                        let event = Event::changed(Action::InvitationWithdrawn, &before, &after);
                        audit.record(tx, event).await?;
                    }
                    Ok::<_, claviger_store::Error>(is_news)
                })
            })
            .await?;
        if !withdrawn {
            return Err(MemberError::UnknownInvitation);
        }
        tracing::info!(%workspace, invitation = %id, by = %actor, "an invitation was withdrawn");
        Ok(())
    }

    /// An invitation that waits for an answer and that this actor could have made.
    async fn pending_invitation(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        id: InvitationId,
    ) -> Result<Invitation, MemberError> {
        self.enter(actor, workspace, Right::WriteMembers).await?;
        let found = self.store().read().await?.find_invitation(id).await?;
        let pending = |found: &Invitation| {
            let state = found.state(self.now());
            found.workspace == workspace && matches!(state, InvitationState::Open | InvitationState::Expired)
        };
        let invitation = found.filter(pending).ok_or(MemberError::UnknownInvitation)?;
        actor.require(invitation.role.guarded_by())?;
        Ok(invitation)
    }
}

async fn insert(tx: &mut Tx, row: &Invitation, now: Timestamp) -> Result<(), MemberError> {
    tx.hold_members(row.workspace).await?.ok_or(MemberError::UnknownWorkspace)?;
    if tx.count_invitations(row.workspace, now.minus(INVITATIONS_WINDOW)).await? >= INVITATIONS {
        return Err(MemberError::TooMany { retry_after: INVITATIONS_WINDOW });
    }
    if let Some(record) = tx.find_account_by_email(Pool::Members, &row.email).await?
        && tx.find_member(row.workspace, record.account.id).await?.is_some()
    {
        return Err(MemberError::AlreadyMember);
    }
    tx.insert_invitation(row).await?;
    Ok(())
}

/// The one unique thing that an invitation can collide with is another one.
fn invited(error: MemberError) -> MemberError {
    match error {
        MemberError::Failed(crate::error::Error::Store(claviger_store::Error::Conflict { .. })) => {
            MemberError::AlreadyInvited
        }
        error => error,
    }
}
