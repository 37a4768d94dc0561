//! Leases on jobs, so that one node at a time does each.

use claviger_domain::{NodeId, Timestamp};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    ACQUIRE = "INSERT INTO job_lease (name, node, lease_until) VALUES ($1, $2, $4) \
        ON CONFLICT (name) DO UPDATE SET node = excluded.node, lease_until = excluded.lease_until \
        WHERE job_lease.lease_until <= $3 OR job_lease.node = excluded.node";
    LIST = "SELECT name, node FROM job_lease WHERE lease_until > $1 ORDER BY name";
    FIND_HOLDER = "SELECT node FROM job_lease WHERE name = $1 AND lease_until > $2";
    RELEASE = "DELETE FROM job_lease WHERE name = $1 AND node = $2";
}

/// A job and whoever does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLease {
    /// What it is called.
    pub name: String,
    /// The node.
    pub node: NodeId,
}

impl Conn {
    /// The jobs whose lease has not ended at `now`, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_jobs(&mut self, now: Timestamp) -> Result<Vec<JobLease>, Error> {
        let rows = fetch_all!(self, (String, Uuid), LIST, now.micros())?;
        let lease = |(name, node)| JobLease { name, node: NodeId::from_uuid(node) };
        Ok(rows.into_iter().map(lease).collect())
    }

    /// The node whose lease on a job has not ended at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_job_holder(&mut self, name: &str, now: Timestamp) -> Result<Option<NodeId>, Error> {
        let found = fetch_optional!(self, (Uuid,), FIND_HOLDER, name, now.micros())?;
        Ok(found.map(|(node,)| NodeId::from_uuid(node)))
    }
}

impl Tx {
    /// Takes, or renews, the lease on a job until `until`. Answers whether the node has it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acquire_job(
        &mut self,
        name: &str,
        node: NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, ACQUIRE, name, node.uuid(), now.micros(), until.micros())? == 1)
    }

    /// Gives a lease back early. Answers whether the node had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_job(&mut self, name: &str, node: NodeId) -> Result<bool, Error> {
        Ok(execute!(self, RELEASE, name, node.uuid())? == 1)
    }
}
