//! What a workspace has and spent, for its own people.

use claviger_domain::{Actor, CreditDay, Right, Timestamp, WorkspaceId};

use super::{CreditError, Credits};
use crate::engine::Engine;

impl Engine {
    /// What a workspace has now, if it exists for the actor.
    ///
    /// # Errors
    /// When there is no such workspace for the actor, their role does not allow it, or the database fails.
    pub async fn show_credits_for(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
    ) -> Result<Credits, CreditError> {
        check(actor, workspace)?;
        self.show_credits(workspace).await
    }

    /// What a workspace was charged since an instant and was not given back, by the day of UTC, the oldest first. Charges
    /// are known for 35 days.
    ///
    /// # Errors
    /// When there is no such workspace for the actor, their role does not allow it, or the database fails.
    pub async fn list_credit_days(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<CreditDay>, CreditError> {
        check(actor, workspace)?;
        Ok(self.store().read().await?.sum_credit_charges(workspace, since).await?)
    }
}

fn check(actor: &Actor, workspace: WorkspaceId) -> Result<(), CreditError> {
    if !actor.reaches(workspace) {
        return Err(CreditError::UnknownWorkspace);
    }
    Ok(actor.require(Right::Read)?)
}
