//! Reading the record: in pages for people, row by row. Members read that of their workspace.

use claviger_domain::{Actor, AuditEntry, AuditSeq, Right};
use claviger_store::AuditFilter;

use super::AuditError;
use crate::engine::Engine;

/// Rows, newest first, and where the next page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditEntry>,
    /// The `before` of the next page; none when this is the last.
    pub next: Option<AuditSeq>,
    /// Whether so many rows were looked at in vain that the page ends before it is full.
    pub is_cut_short: bool,
}

/// What an actor may read of the record.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) filter: AuditFilter,
    is_member: bool,
}

impl Reach {
    /// # Errors
    /// When the actor may read nothing of it.
    pub(super) fn of(actor: &Actor, filter: AuditFilter) -> Result<Self, AuditError> {
        actor.require(Right::ReadHistory)?;
        let own = actor.workspace();
        let filter = AuditFilter { workspace: own.or(filter.workspace), ..filter };
        Ok(Self { filter, is_member: own.is_some() })
    }

    /// The rows as the actor may see them.
    pub(super) fn show(&self, rows: Vec<AuditEntry>) -> Vec<AuditEntry> {
        if !self.is_member {
            return rows;
        }
        let rows = rows.into_iter().map(AuditEntry::for_members);
        // Asking for one of the provider's people must not tell what that one did.
        let is_asked_for =
            |row: &AuditEntry| self.filter.actor.as_ref().is_none_or(|actor| *actor == row.actor);
        rows.filter(is_asked_for).collect()
    }
}

impl Engine {
    /// A page of what the actor may read of the record, newest first.
    ///
    /// # Errors
    /// When the actor may read nothing of it, or the database fails.
    pub async fn list_audit(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        (before, limit): (Option<AuditSeq>, u16),
    ) -> Result<AuditPage, AuditError> {
        let reach = Reach::of(actor, filter)?;
        let found = self.store().read().await?.list_audit(&reach.filter, before, u32::from(limit)).await?;
        let is_cut_short = found.next.is_some() && found.rows.len() < usize::from(limit);
        Ok(AuditPage { rows: reach.show(found.rows), next: found.next, is_cut_short })
    }

    /// One row of the record.
    ///
    /// # Errors
    /// [`AuditError::UnknownEntry`] when there is none that the actor may read; when the database fails.
    pub async fn find_audit(&self, actor: &Actor, seq: AuditSeq) -> Result<AuditEntry, AuditError> {
        let reach = Reach::of(actor, AuditFilter::default())?;
        let found = self.store().read().await?.list_audit(&reach.filter, Some(seq.next()), 1).await?;
        let found = reach.show(found.rows).pop().filter(|row| row.seq == seq);
        found.ok_or(AuditError::UnknownEntry)
    }
}
