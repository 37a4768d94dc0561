//! The servers of this installation, and what they share.

use askama::Template;
use axum::extract::State;
use claviger_domain::Timestamp;
use claviger_engine::{CounterHealth, NodeStatus};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::moment::Moment;
use crate::permit::{Observe, Permit};
use crate::state::PagesState;
use crate::words::{Phrase, say};

struct NodeRow {
    id: String,
    is_alive: bool,
    is_asked: bool,
    version: Option<String>,
    started: Moment,
    seen: Option<Moment>,
    applied: i64,
    behind: u64,
    /// What it does for all, in words.
    jobs: Vec<Phrase>,
}

#[derive(Template)]
#[template(path = "nodes.html")]
struct Nodes<'p> {
    chrome: Chrome<'p>,
    rows: Vec<NodeRow>,
    living: usize,
    latest: i64,
    database: &'static str,
    schema: i64,
    counter: Option<CounterHealth>,
}

/// `GET /console/nodes`
pub(crate) async fn show_nodes(State(state): State<PagesState>, permit: Permit<Observe>) -> Answer {
    let found = state.engine.inspect_installation().await?;
    let now = state.engine.clock().now();
    let nodes = Nodes {
        chrome: Chrome::new(permit.signed_in(), Section::Nodes),
        living: found.nodes.iter().filter(|node| node.is_alive).count(),
        rows: found.nodes.into_iter().map(|node| row(node, now)).collect(),
        latest: found.latest.as_i64(),
        database: found.database,
        schema: found.schema,
        counter: found.counter,
    };
    page(StatusCode::OK, &nodes)
}

fn row(node: NodeStatus, now: Timestamp) -> NodeRow {
    NodeRow {
        id: node.id.to_string(),
        is_alive: node.is_alive,
        is_asked: node.is_asked,
        version: node.version,
        started: Moment::ago(node.started_at, now),
        seen: node.seen_at.map(|at| Moment::ago(at, now)),
        applied: node.applied.as_i64(),
        behind: node.behind,
        jobs: node.jobs.iter().map(|job| in_words(job)).collect(),
    }
}

/// What a job does. One that a newer program has goes by its name.
fn in_words(job: &str) -> Phrase {
    match job {
        "clean-up" => say("nodes-cleans-up"),
        "usage" => say("nodes-usage"),
        "webhooks" => say("nodes-webhooks"),
        "upkeep" => say("nodes-upkeep"),
        "watch" => say("nodes-watch"),
        "sandbox" => say("nodes-sandbox"),
        other => say("nodes-job").with("job", other),
    }
}
