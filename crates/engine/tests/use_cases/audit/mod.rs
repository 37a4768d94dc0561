//! The audit record: what is in it, what is not, and that nobody can change it unseen.

mod access;
mod crash;
mod history;
mod partners;
mod story;
mod tampering;

use claviger_domain::{AuditEntry, AuditSeq};
use claviger_engine::{AuditFilter, Engine};

use crate::house::ACTOR;

/// The whole record, oldest first.
async fn record(engine: &Engine) -> Vec<AuditEntry> {
    let mut all: Vec<AuditEntry> = Vec::new();
    loop {
        let before: Option<AuditSeq> = all.last().map(|row| row.seq);
        let page = engine.list_audit(&ACTOR, AuditFilter::default(), (before, 200)).await.unwrap();
        all.extend(page.rows);
        if page.next.is_none() {
            all.reverse();
            return all;
        }
    }
}
