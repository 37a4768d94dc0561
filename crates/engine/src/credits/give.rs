//! Giving credits: at once, and each month.

use std::num::NonZeroU32;

use claviger_domain::{
    Action, Actor, AnchorDay, CreditGrant, CreditGrantId, CreditRefill, Event, Label, Snapshot, Timestamp,
    WorkspaceId,
};
use claviger_store::Tx;

use super::{CreditError, MOST_GRANTS};
use crate::engine::Engine;
use crate::idempotency::{IdempotencyKey, Repeat};

/// Credits to give.
#[derive(Clone, Debug)]
pub struct NewCreditGrant {
    /// How many.
    pub amount: NonZeroU32,
    /// What for.
    pub note: Option<Label>,
    /// From then on, what is left cannot be spent.
    pub expires_at: Option<Timestamp>,
}

/// What a workspace has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credits {
    /// What it can spend now.
    pub available: u64,
    /// What it is given each month.
    pub refill: Option<CreditRefill>,
    /// What it was given, newest first, as far as that is kept.
    pub grants: Vec<CreditGrant>,
}

impl Credits {
    /// Whether the workspace was never given any, as far as that is known.
    pub const fn is_untouched(&self) -> bool {
        self.available == 0 && self.refill.is_none() && self.grants.is_empty()
    }
}

impl Engine {
    /// What a workspace has now.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn show_credits(&self, workspace: WorkspaceId) -> Result<Credits, CreditError> {
        let now = self.now();
        let mut conn = self.store().read().await?;
        conn.find_workspace(workspace).await?.ok_or(CreditError::UnknownWorkspace)?;
        let mut refill = conn.find_credit_refill(workspace).await?;
        if refill.is_some_and(|refill| refill.next_at <= now) {
            drop(conn);
            let id = CreditGrantId::generate_at(now, self.entropy());
            self.store()
                .write(move |tx| {
                    Box::pin(async move {
                        refill_if_due(tx, workspace, (id, now)).await?;
                        Ok::<_, CreditError>(())
                    })
                })
                .await?;
            conn = self.store().read().await?;
            refill = conn.find_credit_refill(workspace).await?;
        }
        Ok(Credits {
            available: conn.sum_credits(workspace, now).await?,
            refill,
            grants: conn.list_credit_grants(workspace, MOST_GRANTS).await?,
        })
    }

    /// Gives a workspace credits.
    ///
    /// # Errors
    /// When there is no such workspace, they would end before they are given, or the database fails.
    pub async fn grant_credits(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        new: NewCreditGrant,
        once: Option<IdempotencyKey>,
    ) -> Result<CreditGrant, CreditError> {
        actor.require_provider()?;
        if let Some(once) = &once
            && let Some(earlier) = self.repeat_credit_grant(actor, workspace, once).await?
        {
            return Ok(earlier);
        }
        let now = self.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(CreditError::EndsTooEarly);
        }
        let grant = CreditGrant {
            id: CreditGrantId::generate_at(now, self.entropy()),
            workspace,
            amount: new.amount,
            remaining: new.amount.get(),
            note: new.note,
            expires_at: new.expires_at,
            created_at: now,
            created_by: actor.to_string(),
        };
        let id = grant.id.to_string();
        let outcome = once.as_ref().map(|once| self.seal_outcome(actor, once, &id, None)).transpose()?;
        let (row, audit) = (grant.clone(), self.auditor(actor, now));
        let is_written = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(outcome) = &outcome
                        && !outcome.insert(tx).await?
                    {
                        return Ok(false);
                    }
                    tx.find_workspace(workspace).await?.ok_or(CreditError::UnknownWorkspace)?;
                    tx.insert_credit_grant(&row).await?;
                    let event = about(Action::CreditsGranted, workspace).with(
                        Snapshot::default()
                            .with("credits", row.amount)
                            .with("note", &row.note)
                            .with("expires_at", row.expires_at),
                    );
                    audit.record(tx, event).await?;
                    Ok::<_, CreditError>(true)
                })
            })
            .await?;
        match (is_written, &once) {
            (false, Some(once)) => self
                .repeat_credit_grant(actor, workspace, once)
                .await?
                .ok_or(CreditError::IdempotencyMismatch),
            _ => Ok(grant),
        }
    }

    async fn repeat_credit_grant(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        once: &IdempotencyKey,
    ) -> Result<Option<CreditGrant>, CreditError> {
        let mut conn = self.store().read().await?;
        match self.find_repeat(&mut conn, actor, once).await? {
            Repeat::First => Ok(None),
            Repeat::Mismatch => Err(CreditError::IdempotencyMismatch),
            Repeat::Again(earlier) => {
                let id = earlier.id.parse().map_err(|_| CreditError::IdempotencyMismatch)?;
                let found = conn.find_credit_grant(workspace, id).await?;
                found.map(Some).ok_or(CreditError::IdempotencyMismatch)
            }
        }
    }

    /// Gives a workspace so many credits each month, the first on the next such day. What is left of them ends with the
    /// next.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn set_credit_refill(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        (amount, anchor_day): (NonZeroU32, AnchorDay),
    ) -> Result<CreditRefill, CreditError> {
        actor.require_provider()?;
        let now = self.now();
        let refill = CreditRefill { amount, anchor_day, next_at: anchor_day.next(now) };
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.find_workspace(workspace).await?.ok_or(CreditError::UnknownWorkspace)?;
                    tx.put_credit_refill(workspace, &refill).await?;
                    let day = u8::from(refill.anchor_day);
                    let after = Snapshot::default().with("credits", refill.amount).with("anchor_day", day);
                    audit.record(tx, about(Action::CreditRefillSet, workspace).with(after)).await?;
                    Ok::<_, CreditError>(())
                })
            })
            .await?;
        Ok(refill)
    }

    /// Gives a workspace nothing more each month. Twice is fine.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn remove_credit_refill(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
    ) -> Result<(), CreditError> {
        actor.require_provider()?;
        let audit = self.auditor(actor, self.now());
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.find_workspace(workspace).await?.ok_or(CreditError::UnknownWorkspace)?;
                    if tx.delete_credit_refill(workspace).await? {
                        audit.record(tx, about(Action::CreditRefillRemoved, workspace)).await?;
                    }
                    Ok::<_, CreditError>(())
                })
            })
            .await
    }
}

fn about(action: Action, workspace: WorkspaceId) -> Event {
    Event::about(action, workspace).of(Some(workspace))
}

/// Gives what is due, once however many notice it. Whoever slept through several months is given the last: what came
/// before would have ended with it.
pub(super) async fn refill_if_due(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (id, now): (CreditGrantId, Timestamp),
) -> Result<(), claviger_store::Error> {
    let found = tx.find_credit_refill(workspace).await?;
    let Some(refill) = found.filter(|refill| refill.next_at <= now) else { return Ok(()) };
    let next = refill.anchor_day.next(now);
    if !tx.advance_credit_refill(workspace, refill.next_at, next).await? {
        return Ok(());
    }
    tx.insert_credit_grant(&CreditGrant {
        id,
        workspace,
        amount: refill.amount,
        remaining: refill.amount.get(),
        note: None,
        expires_at: Some(next),
        created_at: now,
        created_by: Actor::SYSTEM.to_string(),
    })
    .await
}
