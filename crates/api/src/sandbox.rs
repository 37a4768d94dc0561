//! `/v1/apis/{id}/sandbox`: what becomes of an API's test environment.

use axum::extract::State;
use claviger_domain::{ApiId, KeysAtReset, ResetCause, ResetId, SandboxReset, Timestamp};
use claviger_engine::{Sandbox, SandboxError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::path::PathId;
use crate::permit::{Permit, WorkspacesWrite};
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{KeysAtResetWord, ResetCauseWord};

/// What becomes of an API's test environment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sandbox)]
pub(crate) struct SandboxObject {
    /// When it is reset by itself, in words; null for never.
    #[schema(example = "every Sunday at 03:00 UTC")]
    schedule: Option<String>,
    /// When it will be reset by itself the next time.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_reset_at: Option<Timestamp>,
    /// What a reset does to the keys of the test environment.
    #[schema(value_type = KeysAtResetWord)]
    keys: KeysAtReset,
    /// The last reset; null when there was none yet.
    last_reset: Option<SandboxResetObject>,
}

impl SandboxObject {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self {
            schedule: sandbox.policy.schedule.map(|schedule| schedule.to_string()),
            next_reset_at: sandbox.next_at,
            keys: sandbox.policy.keys,
            last_reset: sandbox.last.as_ref().map(SandboxResetObject::of),
        }
    }
}

/// A reset of an API's test environment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SandboxReset)]
pub(crate) struct SandboxResetObject {
    /// Its id.
    #[schema(value_type = String, example = "rst_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: ResetId,
    /// The API's id.
    #[schema(value_type = String)]
    api: ApiId,
    /// What made it begin.
    #[schema(value_type = ResetCauseWord)]
    cause: ResetCause,
    /// When it was due; of one that was asked for, when it was.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// When it began. What the test environment had before has ended.
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// Who began it: an id, `local` or `system`.
    begun_by: String,
    /// When all was done; null while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// How much it has ended so far.
    ended: EndedObject,
}

/// How much a reset has ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SandboxResetCounts)]
struct EndedObject {
    /// Families of tokens: those that were bought together. Tokens that nothing is kept of are not counted.
    tokens: u64,
    /// What users had allowed applications.
    grants: u64,
    /// Sessions of test users.
    sessions: u64,
    /// Keys.
    keys: u64,
}

impl SandboxResetObject {
    fn of(reset: &SandboxReset) -> Self {
        let counts = reset.counts;
        Self {
            id: reset.id,
            api: reset.api,
            cause: reset.cause,
            due_at: reset.due_at,
            begun_at: reset.begun_at,
            begun_by: reset.begun_by.clone(),
            ended_at: reset.ended_at,
            ended: EndedObject {
                tokens: counts.tokens,
                grants: counts.grants,
                sessions: counts.sessions,
                keys: counts.keys,
            },
        }
    }
}

/// Reset the test environment of an API now. Its tokens, sessions and grants end; its keys only where the contract says
/// so; applications and test users stay. The live environment is not touched.
#[utoipa::path(
    post, path = "/v1/apis/{id}/sandbox/reset", tag = "apis",
    security(("operator_token" = ["workspaces:write"])),
    params(("id" = String, Path, description = "The API's id or name.")),
    responses((status = 200, description = "The reset, when all is done.", body = SandboxResetObject)),
)]
pub(crate) async fn reset_sandbox(
    State(doors): State<Shared>,
    permit: Permit<WorkspacesWrite>,
    PathId(name_or_id): PathId<String>,
) -> Answer {
    let api = find(&doors, &name_or_id).map_err(|error| permit.refuse(error))?;
    let reset = doors.engine.reset_sandbox(&permit.actor(), api).await;
    let reset = reset.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&SandboxResetObject::of(&reset))
}

fn find(doors: &Doors, name_or_id: &str) -> Result<ApiId, SandboxError> {
    doors.engine.find_api(name_or_id).map(|found| found.api.id).ok_or(SandboxError::UnknownApi)
}
