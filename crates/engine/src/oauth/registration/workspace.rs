//! The workspace that the clients of an API are put in that registered themselves.

use claviger_domain::{Action, Actor, Event, Workspace, WorkspaceId, WorkspaceState};
use uuid::Uuid;

use super::broken;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::error::OAuthError;

impl Engine {
    /// The workspace of an API's clients that registered themselves, made for the first of them.
    pub(super) async fn registered_workspace(&self, caller: &Caller<'_>) -> Result<WorkspaceId, OAuthError> {
        let setting = format!("registered-clients {}", caller.api);
        if let Some(known) = self.store().read().await?.find_setting(&setting).await? {
            return workspace_id(&known);
        }
        let name = format!("Self-registered clients of {}", caller.policy.name);
        let now = self.now();
        let workspace = Workspace {
            id: WorkspaceId::generate_at(now, self.entropy()),
            name: name.parse().map_err(|_| broken("a workspace for registered clients has no name"))?,
            plan: None,
            state: WorkspaceState::Active,
            created_at: now,
            created_by: Actor::SYSTEM.to_string(),
            updated_at: now,
            updated_by: Actor::SYSTEM.to_string(),
        };
        let id = workspace.id.uuid().as_bytes().to_vec();
        let audit = self.auditor(&Actor::SYSTEM, now);
        let kept = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.insert_setting(&setting, &id).await? {
                        tx.insert_workspace(&workspace).await?;
                        audit.record(tx, Event::made(Action::WorkspaceCreated, &workspace)).await?;
                        return Ok(Some(id));
                    }
                    tx.find_setting(&setting).await
                })
            })
            .await?;
        workspace_id(&kept.unwrap_or_default())
    }
}

fn workspace_id(setting: &[u8]) -> Result<WorkspaceId, OAuthError> {
    let uuid = Uuid::from_slice(setting);
    uuid.map(WorkspaceId::from_uuid).map_err(|_| broken("the workspace for registered clients is not known"))
}
