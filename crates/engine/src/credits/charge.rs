//! Taking credits for a request: reserved, then spent or given back.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    ChargeId, ChargeState, CreditCharge, CreditGrantId, Decision, Denial, DenialReason, Outcome, RequestId,
    WorkspaceId, draw,
};
use claviger_store::Tx;

use super::give::refill_if_due;
use super::{CreditError, MOST_GRANTS};
use crate::engine::Engine;
use crate::error::Error;
use crate::question::Question;

/// How long a door has to say what became of a request.
const REQUEST_LASTS: Duration = Duration::from_secs(15 * 60);
/// How often a charge is tried that lost a race for the last credits.
const ATTEMPTS: usize = 16;
/// Reservations that one clean-up gives back in a transaction each.
const BATCH: u32 = 500;

impl Engine {
    /// Takes credits from a workspace. The same id with the same amount is the same charge, however far it has come. What
    /// is not committed within this time is given back.
    ///
    /// # Errors
    /// When there is no such workspace or too little left, the id took another amount, or the database fails.
    pub async fn reserve_credits(
        &self,
        workspace: WorkspaceId,
        id: ChargeId,
        (amount, lasts): (NonZeroU32, Duration),
    ) -> Result<CreditCharge, CreditError> {
        let now = self.now();
        let wanted = CreditCharge {
            workspace,
            id,
            amount,
            parts: Vec::new(),
            state: ChargeState::Reserved,
            ends_at: now.plus(lasts),
            created_at: now,
        };
        for _ in 0..ATTEMPTS {
            let (wanted, refill) = (wanted.clone(), CreditGrantId::generate_at(now, self.entropy()));
            let attempt = self.store().write(move |tx| Box::pin(reserve(tx, wanted, refill))).await;
            if !matches!(attempt, Err(CreditError::Busy)) {
                return attempt;
            }
        }
        Err(CreditError::Busy)
    }

    /// Spends a reservation for good. Twice is fine.
    ///
    /// # Errors
    /// When there is no such charge, it was given back, or the database fails.
    pub async fn commit_charge(
        &self,
        workspace: WorkspaceId,
        id: &ChargeId,
    ) -> Result<CreditCharge, CreditError> {
        self.settle_charge(workspace, id, ChargeState::Committed).await
    }

    /// Gives a charge back to the grants that it came from. Twice is fine.
    ///
    /// # Errors
    /// When there is no such charge, or the database fails.
    pub async fn refund_charge(
        &self,
        workspace: WorkspaceId,
        id: &ChargeId,
    ) -> Result<CreditCharge, CreditError> {
        self.settle_charge(workspace, id, ChargeState::Refunded).await
    }

    async fn settle_charge(
        &self,
        workspace: WorkspaceId,
        id: &ChargeId,
        to: ChargeState,
    ) -> Result<CreditCharge, CreditError> {
        for _ in 0..ATTEMPTS {
            let id = id.clone();
            let attempt = self.store().write(move |tx| Box::pin(settle(tx, workspace, id, to))).await;
            if !matches!(attempt, Err(CreditError::Busy)) {
                return attempt;
            }
        }
        Err(CreditError::Busy)
    }

    /// Gives back what was reserved by somebody who never said what became of it. Answers how many.
    pub(crate) async fn release_ended_charges(&self) -> Result<u64, Error> {
        let now = self.now();
        let ended = self.store().read().await?.list_ended_credit_charges(now, BATCH).await?;
        let mut released = 0;
        for charge in ended {
            match self.refund_charge(charge.workspace, &charge.id).await {
                Ok(_) => released += 1,
                // Settled meanwhile.
                Err(CreditError::Failed(error)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(released)
    }

    /// The decision once the credits are reserved that the request costs, if it was allowed and costs some.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn charge(
        &self,
        decision: Decision,
        question: &Question<'_>,
    ) -> Result<Decision, Error> {
        let (Some(credits), Outcome::Allow(principal)) = (question.facts.credits, &decision.outcome) else {
            return Ok(decision);
        };
        // An id of our own: one that a caller chose would buy everything with one charge.
        let id = RequestId::generate_at(self.now(), self.entropy()).to_string();
        let Ok(id) = id.parse::<ChargeId>() else { return Ok(decision) };
        match self.reserve_credits(principal.workspace, id, (credits, REQUEST_LASTS)).await {
            Ok(charge) => Ok(Decision { charge: Some(charge.id), ..decision }),
            Err(CreditError::Failed(error)) => Err(error),
            Err(_) => {
                let denial = Denial::new(DenialReason::CreditsExhausted).of(principal);
                self.note_refusal(question, &denial, None, &decision.limits);
                Ok(Decision { outcome: Outcome::Deny(denial), ..decision })
            }
        }
    }

    /// Says what became of a request that was charged. What cannot be said now is given back in time.
    pub async fn conclude_charge(&self, workspace: WorkspaceId, id: &ChargeId, is_spent: bool) {
        let settled = match is_spent {
            true => self.commit_charge(workspace, id).await,
            false => self.refund_charge(workspace, id).await,
        };
        if let Err(error) = settled {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, %workspace, charge = id.as_str(), "a charge could not be settled");
        }
    }
}

/// One attempt. [`CreditError::Busy`] when somebody was faster: what they left may still do.
async fn reserve(
    tx: &mut Tx,
    mut wanted: CreditCharge,
    refill: CreditGrantId,
) -> Result<CreditCharge, CreditError> {
    let (workspace, now) = (wanted.workspace, wanted.created_at);
    if let Some(earlier) = tx.find_credit_charge(workspace, &wanted.id).await? {
        return if earlier.amount == wanted.amount { Ok(earlier) } else { Err(CreditError::OtherAmount) };
    }
    tx.find_workspace(workspace).await?.ok_or(CreditError::UnknownWorkspace)?;
    refill_if_due(tx, workspace, (refill, now)).await?;
    let grants = tx.list_spendable_credit_grants(workspace, now, MOST_GRANTS).await?;
    let Some(parts) = draw(&grants, wanted.amount, now) else {
        let available = grants.iter().map(|grant| u64::from(grant.remaining)).sum();
        return Err(CreditError::Exhausted { available });
    };
    wanted.parts = parts;
    // First, so that of two with the same id one waits here.
    if !tx.insert_credit_charge(&wanted).await? {
        return Err(CreditError::Busy);
    }
    for (grant, part) in &wanted.parts {
        if !tx.spend_credit_grant(*grant, *part).await? {
            return Err(CreditError::Busy);
        }
    }
    Ok(wanted)
}

/// One attempt. [`CreditError::Busy`] when somebody was faster.
async fn settle(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ChargeId,
    to: ChargeState,
) -> Result<CreditCharge, CreditError> {
    let mut charge = tx.find_credit_charge(workspace, &id).await?.ok_or(CreditError::UnknownCharge)?;
    if charge.state == to {
        return Ok(charge);
    }
    if !charge.state.may_become(to) {
        return Err(CreditError::Settled(charge.state));
    }
    if !tx.settle_credit_charge(workspace, &id, (charge.state, to)).await? {
        return Err(CreditError::Busy);
    }
    if to == ChargeState::Refunded {
        for (grant, part) in &charge.parts {
            // A grant that ended long ago is gone, and with it what could be given back.
            tx.give_back_credit_grant(*grant, *part).await?;
        }
    }
    charge.state = to;
    Ok(charge)
}
