//! The audit record: what is in it, what is not, and that nobody can change it unseen.

mod access;
mod crash;
mod history;
mod partners;
mod story;
mod tampering;

use claviger_domain::{AuditEntry, AuditSeq};
use claviger_engine::{AuditFilter, Engine};

/// The whole record, oldest first.
async fn record(engine: &Engine) -> Vec<AuditEntry> {
    let mut all: Vec<AuditEntry> = Vec::new();
    loop {
        let after = all.last().map_or(AuditSeq::default(), |row| row.seq);
        let rows = engine.audit_after(&AuditFilter::default(), after).await.unwrap();
        if rows.is_empty() {
            return all;
        }
        all.extend(rows);
    }
}
