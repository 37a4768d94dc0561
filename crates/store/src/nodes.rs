//! Nodes: who is alive, and how far each has read the feed.

use claviger_domain::{ChangeSeq, NodeId, Timestamp};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    RENEW = "INSERT INTO node (id, lease_until, applied, version, seen_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until, applied = excluded.applied, \
        version = excluded.version, seen_at = excluded.seen_at";
    LIST = "SELECT id, lease_until, applied, version, seen_at FROM node ORDER BY id DESC LIMIT $1";
    LIST_LIVE = "SELECT id, lease_until, applied FROM node WHERE lease_until > $1 ORDER BY id";
    DELETE = "DELETE FROM node WHERE id = $1";
    DELETE_DEAD = "DELETE FROM node WHERE lease_until < $1";
}

/// A node's promise: until then it serves from its cache, which holds every change up to `applied`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLease {
    /// The node.
    pub node: NodeId,
    /// When its lease ends unless renewed.
    pub until: Timestamp,
    /// The newest change it has applied.
    pub applied: ChangeSeq,
}

/// What is known of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Its promise.
    pub lease: NodeLease,
    /// The version of its program; empty where it is older than this column.
    pub version: String,
    /// When it last renewed its lease; the epoch where its program is older than this column.
    pub seen_at: Timestamp,
}

impl Conn {
    /// The nodes whose lease has not ended at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_live_nodes(&mut self, now: Timestamp) -> Result<Vec<NodeLease>, Error> {
        let rows = fetch_all!(self, (Uuid, i64, i64), LIST_LIVE, now.micros())?;
        let lease = |(id, until, applied)| NodeLease {
            node: NodeId::from_uuid(id),
            until: Timestamp::from_micros(until),
            applied: ChangeSeq::from_i64(applied),
        };
        Ok(rows.into_iter().map(lease).collect())
    }

    /// Nodes that gave their lease back neither by stopping nor by being forgotten, the one that started last first, at
    /// most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_nodes(&mut self, limit: u16) -> Result<Vec<NodeRecord>, Error> {
        let rows = fetch_all!(self, (Uuid, i64, i64, String, i64), LIST, i64::from(limit))?;
        let record = |(id, until, applied, version, seen_at)| NodeRecord {
            lease: NodeLease {
                node: NodeId::from_uuid(id),
                until: Timestamp::from_micros(until),
                applied: ChangeSeq::from_i64(applied),
            },
            version,
            seen_at: Timestamp::from_micros(seen_at),
        };
        Ok(rows.into_iter().map(record).collect())
    }
}

impl Tx {
    /// Writes a node's lease, new or renewed at `now`, and the version of its program.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_node(&mut self, lease: NodeLease, version: &str, now: Timestamp) -> Result<(), Error> {
        let NodeLease { node, until, applied } = lease;
        execute!(self, RENEW, node.uuid(), until.micros(), applied.as_i64(), version, now.micros())?;
        Ok(())
    }

    /// Deletes the lease of a node that shuts down. Answers whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_node(&mut self, node: NodeId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, node.uuid())? == 1)
    }

    /// Deletes leases that ended before `cutoff`: of nodes that were killed. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_dead_nodes(&mut self, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_DEAD, cutoff.micros())
    }
}
