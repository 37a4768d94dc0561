//! Reading the record: in pages for people, from end to end for exports.

use claviger_domain::{AuditEntry, AuditSeq};
use claviger_store::AuditFilter;

use crate::engine::Engine;
use crate::error::Error;

/// Rows of one step of an export: a connection is held for no longer than it takes to read them.
const STEP: u32 = 500;

/// Rows, newest first, and where the next page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditEntry>,
    /// The `before` of the next page; none when this is the last.
    pub next: Option<AuditSeq>,
}

impl Engine {
    /// A page of the record, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(
        &self,
        filter: &AuditFilter,
        before: Option<AuditSeq>,
        limit: u16,
    ) -> Result<AuditPage, Error> {
        let mut rows = self.store().read().await?.list_audit(filter, before, u32::from(limit) + 1).await?;
        let is_more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        let next = rows.last().filter(|_| is_more).map(|row| row.seq);
        Ok(AuditPage { rows, next })
    }

    /// The next rows of an export, oldest first; none when it is done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_after(&self, filter: &AuditFilter, after: AuditSeq) -> Result<Vec<AuditEntry>, Error> {
        Ok(self.store().read().await?.list_audit_after(filter, after, STEP).await?)
    }
}
