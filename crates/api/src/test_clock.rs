//! `/v1/workspaces/{id}/test-clock`: how far the clock of a workspace's test environment is ahead.

use std::time::Duration;

use axum::extract::State;
use claviger_domain::{TestClock, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::path::PathId;
use crate::permit::{Permit, WorkspacesRead, WorkspacesWrite};
use crate::reply::Answer;
use crate::state::Shared;

/// The clock of a workspace's test environment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestClock)]
pub(crate) struct TestClockObject {
    /// By how many seconds it is ahead of the real time; 0 where it shows that.
    #[schema(example = 7200)]
    ahead_seconds: u64,
    /// Since when. What the workspace had in the test environment before is seen as so much older.
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<Timestamp>,
    /// Who put it ahead.
    set_by: Option<String>,
}

impl From<Option<TestClock>> for TestClockObject {
    fn from(clock: Option<TestClock>) -> Self {
        Self {
            ahead_seconds: clock.as_ref().map_or(0, |clock| clock.ahead.get().as_secs()),
            set_at: clock.as_ref().map(|clock| clock.set_at),
            set_by: clock.map(|clock| clock.set_by),
        }
    }
}

/// How far to put it ahead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ahead_seconds": 7200}))]
pub(crate) struct SetTestClock {
    /// By how many seconds; 0 returns it to the real time.
    #[schema(minimum = 0, maximum = 34560000)]
    ahead_seconds: u64,
}

/// Show how far the clock of a workspace's test environment is ahead.
#[utoipa::path(
    get, path = "/v1/workspaces/{id}/test-clock", tag = "workspaces",
    security(("operator_token" = ["workspaces:read"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    responses((status = 200, description = "The clock.", body = TestClockObject)),
)]
pub(crate) async fn get_test_clock(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesRead>,
    PathId(id): PathId<WorkspaceId>,
) -> Answer {
    let found = doors.engine.find_test_clock(&permit.actor(), id).await;
    let clock = found.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&TestClockObject::from(clock))
}

/// Put the clock of a workspace's test environment ahead, to try what happens when keys, tokens and sessions end. What the
/// workspace has there until now is seen as so much older; what it makes afterwards is dated by the real time. The live
/// environment never sees it, and a reset of the test environment returns it.
#[utoipa::path(
    put, path = "/v1/workspaces/{id}/test-clock", tag = "workspaces",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The workspace's id.")),
    request_body = SetTestClock,
    responses((status = 200, description = "The clock as it is now.", body = TestClockObject)),
)]
pub(crate) async fn set_test_clock(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(id): PathId<WorkspaceId>,
    Sent(set): Sent<SetTestClock>,
) -> Answer {
    let ahead = Duration::from_secs(set.ahead_seconds);
    let clock = doors.engine.set_test_clock(&permit.actor(), id, ahead).await;
    let clock = clock.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&TestClockObject::from(clock))
}
