//! The tree of what was bought: for those who manage keys, clients and grants.

use std::collections::HashMap;

use claviger_domain::{
    Actor, FamilyId, Page, PageRequest, ParentId, Receipt, SessionName, Timestamp, TokenFamily,
};
use claviger_secrets::SealContext;
use claviger_store::BranchRecord;
use serde_json::Value;

use super::reach::FamilyError;
use crate::engine::Engine;
use crate::error::Error;
use crate::token_details::{TokenDetails, holder_of, is_living};
use crate::wait::Wait;

/// Families that are read for one tree.
const MOST: u32 = 1_000;

/// A family, with its parent, the family it was exchanged for, its scopes and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The family. One whose source is another stems from that.
    pub family: TokenFamily,
    /// Its session, if it has one.
    pub session: Option<SessionName>,
    /// The `sub` of its tokens.
    pub subject: String,
    /// Who acts for the subject: the `sub` of the outermost `act` (RFC 8693 section 4.1).
    pub actor: Option<String>,
}

/// Where a family is in its life, apart from what it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchState {
    /// Its newest tokens work, as long as its parent and its source do.
    Living,
    /// Its time is over.
    Expired,
    /// It was ended.
    Ended,
}

impl Branch {
    /// Where it is in its life at an instant.
    pub fn state_at(&self, now: Timestamp) -> BranchState {
        match self.family.ended_at {
            Some(_) => BranchState::Ended,
            None if is_living(self.family.ends_at, now) => BranchState::Living,
            None => BranchState::Expired,
        }
    }
}

/// A family and all that stem from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTree {
    /// The family.
    pub root: Branch,
    /// What was exchanged for its tokens, oldest first.
    pub children: Vec<Self>,
}

/// A family that was ended, with all that stem from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedFamily {
    /// The family, as it is now.
    pub branch: Branch,
    /// How many nodes know, where that was waited for.
    pub receipt: Option<Receipt>,
}

impl Engine {
    /// A page of the families that a parent holds, and of all that stem from them, newest first; ended ones as long as
    /// they are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_families(&self, parent: ParentId, page: PageRequest) -> Result<Page<Branch>, Error> {
        let page = self.store().read().await?.list_token_tree(parent, page).await?;
        let rows = page.rows.into_iter().map(|record| self.branch(record)).collect::<Result<_, _>>()?;
        Ok(Page { rows, next: page.next })
    }

    /// [`Engine::list_families`], as far as the parent exists for the actor; none when it does not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_families_for(
        &self,
        actor: &Actor,
        parent: ParentId,
        page: PageRequest,
    ) -> Result<Option<Page<Branch>>, Error> {
        if !self.reaches_parent(actor, parent).await? {
            return Ok(None);
        }
        self.list_families(parent, page).await.map(Some)
    }

    /// A family and all that stem from it, and whether that is everything: of very many only the oldest are answered.
    /// None when there is no such family.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_token_tree(&self, id: FamilyId) -> Result<Option<(TokenTree, bool)>, Error> {
        let mut rows = self.store().read().await?.list_family_tree(id, MOST + 1).await?;
        let is_whole = u32::try_from(rows.len()).is_ok_and(|found| found <= MOST);
        rows.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
        let mut rows = rows.into_iter().map(|record| self.branch(record));
        let Some(root) = rows.next().transpose()? else { return Ok(None) };
        let mut by_source: HashMap<FamilyId, Vec<Branch>> = HashMap::new();
        for branch in rows {
            let branch = branch?;
            if let Some(source) = branch.family.source {
                by_source.entry(source).or_default().push(branch);
            }
        }
        Ok(Some((grown(root, &mut by_source), is_whole)))
    }

    /// Ends a family and all that stem from it, at once; twice is fine and changes nothing. None when there is no such
    /// family for the actor.
    ///
    /// # Errors
    /// When the actor's role does not allow it, or the database fails: then nothing was ended.
    pub async fn end_family_by(
        &self,
        actor: &Actor,
        id: FamilyId,
        wait: Wait,
    ) -> Result<Option<EndedFamily>, FamilyError> {
        if !self.admit_end(actor, id).await? {
            return Ok(None);
        }
        if self.end_family(id, Some(actor)).await? {
            tracing::info!(%actor, family = %id, "a family of tokens was ended");
        }
        let found = self.store().read().await?.list_family_tree(id, 1).await?.pop();
        let Some(branch) = found.map(|record| self.branch(record)).transpose()? else { return Ok(None) };
        let receipt = match wait {
            Wait::No => None,
            Wait::ForAllNodes => {
                // What ended it comes no later than the newest change there is.
                let newest = self.store().read().await?.latest_change().await?;
                Some(self.await_receipt(newest).await?)
            }
        };
        Ok(Some(EndedFamily { branch, receipt }))
    }

    fn branch(&self, BranchRecord { family, details, session_name }: BranchRecord) -> Result<Branch, Error> {
        let details = TokenDetails::parse(&details)?;
        let session = session_name.map(|sealed| self.open_session_name(family.id, &sealed)).transpose()?;
        let subject = details.subject.unwrap_or_else(|| holder_of(family.parent));
        let actor = details.act.as_ref().and_then(|act| act.get("sub")).and_then(Value::as_str);
        Ok(Branch { family, session, subject, actor: actor.map(str::to_owned) })
    }

    pub(super) fn open_session_name(&self, family: FamilyId, sealed: &[u8]) -> Result<SessionName, Error> {
        let row = family.to_string();
        let name =
            self.sealer().open(SealContext { place: "token_family.session_name", row: &row }, sealed)?;
        let name = std::str::from_utf8(&name).map_err(|_| claviger_secrets::Error::Altered)?;
        Ok(name.parse().map_err(|_| claviger_secrets::Error::Altered)?)
    }
}

/// A family with everything below it. No deeper than the longest chain of exchanges.
fn grown(root: Branch, by_source: &mut HashMap<FamilyId, Vec<Branch>>) -> TokenTree {
    let below = by_source.remove(&root.family.id).unwrap_or_default();
    let children = below.into_iter().map(|branch| grown(branch, by_source)).collect();
    TokenTree { root, children }
}
