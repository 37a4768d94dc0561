//! Where this node stands in the feed of changes, and how long what it remembers may be trusted.
//!
//! A node confirms its position with its lease. One that could not hear from the database for longer than its
//! lease distrusts its memory and asks the database about every credential until it has caught up.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use claviger_domain::{ChangeSeq, NodeId, Timestamp};
use claviger_store::NodeLease;

/// Where this node stands in the feed.
pub(crate) struct Feed {
    node: NodeId,
    lease: Duration,
    /// Until when the memory may be trusted, in microseconds.
    trusted_until: AtomicI64,
    /// Whether no other node was alive when the database last got it.
    is_alone: AtomicBool,
    /// How many nodes were alive then, this one included.
    living: AtomicU64,
    /// When the database last got this node's lease, in microseconds.
    heartbeat_at: AtomicI64,
}

impl Feed {
    pub(crate) fn new(node: NodeId, lease: Duration, now: Timestamp) -> Self {
        Self {
            node,
            lease,
            trusted_until: AtomicI64::new(now.plus(lease).micros()),
            is_alone: AtomicBool::new(false),
            living: AtomicU64::new(0),
            heartbeat_at: AtomicI64::new(0),
        }
    }

    /// Whether the memory may be trusted at `now`.
    pub(crate) fn is_trusted(&self, now: Timestamp) -> bool {
        now.micros() < self.trusted_until.load(Ordering::Acquire)
    }

    /// Whether memory is as good as the database: it may be trusted, and nobody else changes anything.
    pub(crate) fn is_alone(&self, now: Timestamp) -> bool {
        self.is_alone.load(Ordering::Acquire) && self.is_trusted(now)
    }

    /// How many nodes were alive when the database last got this node's lease.
    pub(crate) fn living(&self) -> u64 {
        self.living.load(Ordering::Relaxed)
    }

    pub(crate) const fn node(&self) -> NodeId {
        self.node
    }

    /// The feed was read to its end at this instant: what is remembered is true for a lease from then.
    pub(crate) fn trust_from(&self, asked_at: Timestamp) {
        self.trusted_until.store(asked_at.plus(self.lease).micros(), Ordering::Release);
    }

    /// The lease written to the database outlives the trust in memory: twice as long, renewed after half of one.
    /// So whoever sees it ended can be sure that this node no longer acts on what it remembers.
    pub(crate) fn written_lease(&self, asked_at: Timestamp, applied: ChangeSeq) -> NodeLease {
        NodeLease { node: self.node, until: asked_at.plus(self.lease * 2), applied }
    }

    /// Whether the database must hear of this node again, though nothing changed.
    pub(crate) fn is_heartbeat_due(&self, now: Timestamp) -> bool {
        let last = Timestamp::from_micros(self.heartbeat_at.load(Ordering::Acquire));
        now < last || now.since(last) >= self.lease / 2
    }

    /// The database has heard of this node, and tells which are alive.
    pub(crate) fn note_heartbeat(&self, at: Timestamp, living: &[NodeLease]) {
        let is_alone = living.iter().all(|lease| lease.node == self.node);
        self.is_alone.store(is_alone, Ordering::Release);
        self.living.store(living.len() as u64, Ordering::Relaxed);
        self.heartbeat_at.store(at.micros(), Ordering::Release);
    }
}
