//! Writing the audit record.
//!
//! Each row has the keyed hash of itself and the row before. The key comes from the master key, which the database
//! does not hold: whoever can write the database can neither alter a row nor make one up. Where the record ends is
//! sealed in the same way, so that its last rows cannot be cut off either. A whole database that is replaced by an
//! older copy of itself is only found by a row that was noted elsewhere.

use std::sync::Arc;

use claviger_domain::{Actor, AuditEntry, AuditSeq, ChainHash, Entropy, Event, Snapshot, Timestamp};
use claviger_secrets::{Lookup, LookupHasher, Purpose};
use claviger_store::{AuditHead, Tx};

use crate::outbox;

/// Computes what chains the record.
#[derive(Clone)]
pub(crate) struct Chain(Arc<LookupHasher>);

impl Chain {
    pub(crate) const fn new(vault: Arc<LookupHasher>) -> Self {
        Self(vault)
    }

    /// The hash that a row must have.
    pub(crate) fn hash(&self, entry: &AuditEntry) -> ChainHash {
        ChainHash(self.0.hash(Purpose::Audit, &entry.canonical()).bytes())
    }

    /// Whether the note of where the record ends is as this server wrote it.
    pub(crate) fn is_genuine(&self, head: &AuditHead) -> bool {
        if head.seq == AuditSeq::default() {
            return head.hash == ChainHash::GENESIS && head.seal.is_empty();
        }
        let sealed = <[u8; 32]>::try_from(head.seal.as_slice()).ok().map(Lookup::from_bytes);
        sealed.is_some_and(|seal| seal.matches(self.seal(head.seq, head.hash)))
    }

    fn seal(&self, seq: AuditSeq, hash: ChainHash) -> Lookup {
        let bytes = [seq.as_i64().to_be_bytes().as_slice(), &hash.0].concat();
        self.0.hash(Purpose::AuditHead, &bytes)
    }
}

/// Records what somebody does at one instant, and tells webhooks of it.
#[derive(Clone)]
pub(crate) struct Auditor {
    chain: Chain,
    entropy: Arc<dyn Entropy>,
    actor: Actor,
    at: Timestamp,
}

impl Auditor {
    pub(crate) const fn new(chain: Chain, entropy: Arc<dyn Entropy>, actor: Actor, at: Timestamp) -> Self {
        Self { chain, entropy, actor, at }
    }

    /// Records an event in the transaction that makes it true. Do it late: it holds what every other change waits for.
    pub(crate) async fn record(&self, tx: &mut Tx, event: Event) -> Result<(), claviger_store::Error> {
        if let Some(occasion) = event.told(self.actor.to_string()) {
            outbox::tell(tx, &occasion, self.at, &*self.entropy).await?;
        }
        let head = tx.hold_audit_head().await?;
        let mut entry = self.entry(&head, &event);
        entry.hash = self.chain.hash(&entry);
        let seal = if self.chain.is_genuine(&head) {
            self.chain.seal(entry.seq, entry.hash).bytes().to_vec()
        } else {
            // A seal of ours would hide what was done to the end of the record.
            tracing::error!(seq = %head.seq, "the end of the audit record was tampered with");
            head.seal
        };
        tx.append_audit(&entry, &seal).await
    }

    fn entry(&self, head: &AuditHead, event: &Event) -> AuditEntry {
        let Actor { who, call } = &self.actor;
        AuditEntry {
            seq: head.seq.next(),
            at: self.at,
            actor_kind: who.kind().to_owned(),
            actor: who.to_string(),
            action: event.action.to_string(),
            object: event.object.to_string(),
            workspace: event.workspace.map(|id| id.to_string()),
            request: call.request.as_deref().map(str::to_owned),
            address: call.address.map(|address| address.to_canonical().to_string()),
            before: event.before.as_ref().map(Snapshot::to_json),
            after: event.after.as_ref().map(Snapshot::to_json),
            previous: head.hash,
            hash: ChainHash::GENESIS,
        }
    }
}
