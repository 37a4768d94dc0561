//! The nodes of this installation, and what they share.

use std::collections::BTreeSet;

use claviger_domain::{ChangeSeq, NodeId, Timestamp};
use claviger_store::{JobLease, NodeRecord};

use crate::engine::Engine;
use crate::error::Error;
use crate::limits::CounterHealth;

/// Nodes told of; those that started before them are long gone.
const MOST: u16 = 200;

/// What the installation is made of, as one of its nodes sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its nodes, the one that started last first. One that was killed is told of for a day.
    pub nodes: Vec<NodeStatus>,
    /// The newest change, which each node has to apply.
    pub latest: ChangeSeq,
    /// What people call its database.
    pub database: &'static str,
    /// The version of the database's tables.
    pub schema: i64,
    /// How the shared counter of limits does, as the node that was asked sees it; none where each counts for itself.
    pub counter: Option<CounterHealth>,
}

/// What is known of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// Its id, another one after each start.
    pub id: NodeId,
    /// When it started, by its clock.
    pub started_at: Timestamp,
    /// When it was last heard of; none where its program is too old to say.
    pub seen_at: Option<Timestamp>,
    /// The version of its program; none where it is too old to say.
    pub version: Option<String>,
    /// Until when it promised to be there.
    pub lease_until: Timestamp,
    /// Whether that is still ahead.
    pub is_alive: bool,
    /// Whether it is the node that was asked.
    pub is_asked: bool,
    /// The newest change that it has applied.
    pub applied: ChangeSeq,
    /// How many changes it has yet to apply, as of when it was last heard of.
    pub behind: u64,
    /// The jobs that it does for all, by name.
    pub jobs: BTreeSet<String>,
}

impl Engine {
    /// The nodes, their jobs, and the database and the counter that they share.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn inspect_installation(&self) -> Result<Installation, Error> {
        let now = self.now();
        let mut read = self.store().read().await?;
        let jobs = read.list_jobs(now).await?;
        let nodes = read.list_nodes(MOST).await?;
        // After the nodes: none is ever ahead of it.
        let latest = read.latest_change().await?;
        drop(read);
        let asked = self.feed().node();
        let status = |record| status(record, &jobs, (latest, now), asked);
        Ok(Installation {
            nodes: nodes.into_iter().map(status).collect(),
            latest,
            database: self.store().database(),
            schema: self.store().migrated().to,
            counter: self.shared_counter(),
        })
    }
}

fn status(
    record: NodeRecord,
    jobs: &[JobLease],
    (latest, now): (ChangeSeq, Timestamp),
    asked: NodeId,
) -> NodeStatus {
    let NodeRecord { lease, version, seen_at } = record;
    let is_alive = lease.until > now;
    let behind = latest.as_i64().saturating_sub(lease.applied.as_i64());
    NodeStatus {
        id: lease.node,
        started_at: lease.node.made_at(),
        seen_at: (seen_at != Timestamp::from_micros(0)).then_some(seen_at),
        version: Some(version).filter(|version| !version.is_empty()),
        lease_until: lease.until,
        is_alive,
        is_asked: lease.node == asked,
        applied: lease.applied,
        behind: u64::try_from(behind).unwrap_or_default(),
        jobs: jobs.iter().filter(|job| job.node == lease.node).map(|job| job.name.clone()).collect(),
    }
}
