//! Who looks after a workspace, and so is written to about what happens to it.

use claviger_domain::{Email, Right, WorkspaceId};

use crate::engine::Engine;
use crate::error::Error;

/// Members among whom they are looked for.
const MOST_MEMBERS: u16 = 2_000;
/// People of a workspace who are written to.
const MOST: usize = 20;

impl Engine {
    /// The addresses of a workspace's owners and admins, twenty at most.
    pub(crate) async fn list_caretakers(&self, workspace: WorkspaceId) -> Result<Vec<Email>, Error> {
        let members = self.store().read().await?.list_members(workspace, MOST_MEMBERS).await?;
        let caretakers =
            members.into_iter().filter(|member| member.membership.role.allows(Right::WriteMembers));
        Ok(caretakers.take(MOST).map(|member| member.email).collect())
    }
}
