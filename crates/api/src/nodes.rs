//! `/v1/nodes`: the servers of this installation, and what they share.

use axum::extract::State;
use claviger_domain::{NodeId, Timestamp};
use claviger_engine::{CounterHealth, Installation, NodeStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::permit::{Observe, Permit};
use crate::reply::Answer;
use crate::state::Shared;

/// A server of this installation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Node)]
pub(crate) struct NodeObject {
    /// Its id, another one after each start.
    #[schema(value_type = String, example = "nod_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: NodeId,
    /// Whether it is there, or was killed or cut off.
    state: NodeState,
    /// Whether it is the one that answers this request.
    is_answering: bool,
    /// The version of its program; null where that is too old to say.
    #[schema(example = "1.0.0")]
    version: Option<String>,
    /// When it started.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it was last heard of; null where its program is too old to say.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Timestamp>,
    /// Until when it promised to be there.
    #[schema(value_type = String, format = DateTime)]
    lease_until: Timestamp,
    /// The number of the newest change that it has applied.
    applied_change: i64,
    /// How many changes it had yet to apply when it was last heard of.
    changes_behind: u64,
    /// The jobs that it does for all nodes.
    #[schema(example = json!(["clean-up", "usage"]))]
    jobs: Vec<String>,
}

/// Whether a node is there.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NodeState {
    /// It renews its lease.
    Alive,
    /// Its lease ended without its giving it back.
    Lost,
}

/// The counter of limits that all nodes share, as the node that answers sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharedCounter)]
pub(crate) struct CounterObject {
    /// Whether its last answer came.
    is_available: bool,
    /// How often it was asked since the node started.
    calls: u64,
    /// How often no answer came.
    failures: u64,
}

/// Every node of the installation, and what they share.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeList {
    /// The nodes, the one that started last first. One that was killed is told of for a day.
    data: Vec<NodeObject>,
    /// Always null: all of them are on one page.
    next_cursor: Option<String>,
    /// The number of the newest change.
    latest_change: i64,
    /// What the database is.
    #[schema(example = "PostgreSQL")]
    database: &'static str,
    /// The version of its tables.
    #[schema(example = 17)]
    schema_version: i64,
    /// The shared counter; null where each node counts for itself.
    shared_counter: Option<CounterObject>,
}

impl From<NodeStatus> for NodeObject {
    fn from(node: NodeStatus) -> Self {
        Self {
            id: node.id,
            state: if node.is_alive { NodeState::Alive } else { NodeState::Lost },
            is_answering: node.is_asked,
            version: node.version,
            started_at: node.started_at,
            seen_at: node.seen_at,
            lease_until: node.lease_until,
            applied_change: node.applied.as_i64(),
            changes_behind: node.behind,
            jobs: node.jobs.into_iter().collect(),
        }
    }
}

impl From<CounterHealth> for CounterObject {
    fn from(health: CounterHealth) -> Self {
        let CounterHealth { is_available, calls, failures } = health;
        Self { is_available, calls, failures }
    }
}

/// List the nodes of this installation, with the jobs they do and what they share.
#[utoipa::path(
    get, path = "/v1/nodes", tag = "nodes",
    security(("operator_token" = ["observe"])),
    responses((status = 200, description = "Every node, in one page.", body = NodeList)),
)]
pub(crate) async fn list_nodes(State(doors): State<Shared>, permit: Permit<Observe>) -> Answer {
    let found = doors.engine.inspect_installation().await.map_err(|error| permit.refuse(error))?;
    let Installation { nodes, latest, database, schema, counter } = found;
    permit.context().ok(&NodeList {
        data: nodes.into_iter().map(NodeObject::from).collect(),
        next_cursor: None,
        latest_change: latest.as_i64(),
        database,
        schema_version: schema,
        shared_counter: counter.map(CounterObject::from),
    })
}
