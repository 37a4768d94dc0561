//! How this node does, in numbers for whoever watches. All are this node's own, since it started.

use std::collections::BTreeMap;

use claviger_domain::{Latency, NodeId};

use crate::engine::Engine;

impl Engine {
    /// This node among those of its database, until it stops.
    pub fn node(&self) -> NodeId {
        self.feed().node()
    }

    /// How often a credential was looked for in the database, because memory did not know it.
    pub fn looked_up_credentials(&self) -> u64 {
        self.credentials().loads()
    }

    /// How many credentials are in memory.
    pub fn remembered_credentials(&self) -> u64 {
        self.credentials().remembered()
    }

    /// How many counts of requests could not be written yet; above none only while the database does not take them.
    pub fn unwritten_uses(&self) -> u64 {
        self.counts().waiting()
    }

    /// How many nodes were alive when this one last wrote its lease, itself included; 0 before it first did.
    pub fn living_nodes(&self) -> u64 {
        self.feed().living()
    }

    /// How often a rule of unusual activity found something that was not known before, by the rule's word.
    pub fn raised_findings(&self) -> BTreeMap<&'static str, u64> {
        self.findings().read()
    }

    /// How long writes to the database took, from the call until the commit or the refusal.
    pub fn write_latency(&self) -> Latency {
        self.store().write_latency()
    }

    /// How many writes to the database wait or run.
    pub fn unfinished_writes(&self) -> u64 {
        self.store().unfinished_writes()
    }
}
