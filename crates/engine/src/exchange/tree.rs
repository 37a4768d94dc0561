//! The tree of what was bought: for those who manage keys, clients and grants.

use claviger_domain::{Actor, FamilyId, ParentId, SessionName, TokenFamily};
use claviger_secrets::SealContext;

use crate::engine::Engine;
use crate::error::Error;

/// Families that are listed at once.
const LISTED: u32 = 1_000;

/// A family, with its parent, the family it was exchanged for, its scopes and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The family. One whose source is another stems from that.
    pub family: TokenFamily,
    /// Its session, if it has one.
    pub session: Option<SessionName>,
}

impl Engine {
    /// The families that a parent holds, and all that stem from them, newest first; ended ones as long as they are
    /// kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_tree(&self, parent: ParentId) -> Result<Vec<Branch>, Error> {
        let rows = self.store().read().await?.list_token_tree(parent, LISTED).await?;
        rows.into_iter()
            .map(|row| {
                let sealed = row.session_name.as_deref();
                let session =
                    sealed.map(|sealed| self.open_session_name(row.family.id, sealed)).transpose()?;
                Ok(Branch { family: row.family, session })
            })
            .collect()
    }

    /// Ends a family and all that stem from it, at once. Answers whether there was anything to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_family_by(&self, actor: &Actor, id: FamilyId) -> Result<bool, Error> {
        let is_ended = self.end_family(id).await?;
        if is_ended {
            tracing::info!(%actor, family = %id, "a family of tokens was ended");
        }
        Ok(is_ended)
    }

    pub(super) fn open_session_name(&self, family: FamilyId, sealed: &[u8]) -> Result<SessionName, Error> {
        let row = family.to_string();
        let name =
            self.sealer().open(SealContext { place: "token_family.session_name", row: &row }, sealed)?;
        let name = std::str::from_utf8(&name).map_err(|_| claviger_secrets::Error::Altered)?;
        Ok(name.parse().map_err(|_| claviger_secrets::Error::Altered)?)
    }
}
