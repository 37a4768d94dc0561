//! Whose tokens are whose: what a member may see and end is what stems from the keys and clients of their workspace.

use claviger_domain::{Actor, ErrorKind, FamilyId, NotAllowed, ParentId, Right};

use crate::engine::Engine;
use crate::error::Error;

/// How far up a family is followed to what it was exchanged for; no chain of exchanges is as long.
const LONGEST_CHAIN: usize = 64;

/// Why a family of tokens could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl FamilyError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for FamilyError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Whether a family exists for the actor, and may be ended by them.
    pub(super) async fn admit_end(&self, actor: &Actor, id: FamilyId) -> Result<bool, FamilyError> {
        actor.require(Right::WriteKeys)?;
        if actor.workspace().is_none() {
            return Ok(true);
        }
        let mut next = Some(id);
        for _ in 0..LONGEST_CHAIN {
            let Some(id) = next else { break };
            let found = self.store().read().await?.list_family_tree(id, 1).await?.pop();
            let Some(record) = found else { break };
            if self.reaches_parent(actor, record.family.parent.id()).await? {
                return Ok(true);
            }
            next = record.family.source;
        }
        Ok(false)
    }

    /// Whether what tokens stand on exists for the actor.
    pub(super) async fn reaches_parent(&self, actor: &Actor, parent: ParentId) -> Result<bool, Error> {
        let Some(own) = actor.workspace() else { return Ok(true) };
        let mut conn = self.store().read().await?;
        let client = match parent {
            ParentId::Key(id) => return Ok(conn.find_key(id, Some(own)).await?.is_some()),
            ParentId::Client(id) => id,
            ParentId::Grant(id) => match conn.find_grant(id).await? {
                Some(grant) => grant.client,
                None => return Ok(false),
            },
            // Users belong to APIs.
            ParentId::Account(_) => return Ok(false),
        };
        Ok(conn.find_client(client).await?.is_some_and(|client| client.workspace == own))
    }
}
