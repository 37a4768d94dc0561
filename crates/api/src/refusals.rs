//! `/v1/refusals/{id}`: why a request was refused, check by check.

use axum::extract::State;
use claviger_domain::{Checked, Timestamp};
use claviger_engine::Explanation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::path::PathId;
use crate::permit::{KeysRead, Permit};
use crate::problem::{Code, Problem};
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::{CheckWord, VerdictWord};

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct RefusalObject<'a> {
    /// The request's id, as its answer named it in `X-Request-Id`.
    #[schema(example = "req_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    request_id: &'a str,
    /// The name of the API it was for.
    #[schema(example = "propertybase")]
    api: String,
    /// When it was refused.
    #[schema(value_type = String, format = DateTime)]
    refused_at: Timestamp,
    /// Why, as `POST /v1/verify` says it.
    #[schema(example = "INSUFFICIENT_SCOPE")]
    code: &'static str,
    /// The credential's id, where it was found.
    credential: Option<&'a str>,
    /// The credential's workspace, where it was found.
    workspace: Option<String>,
    /// Where the request came from, where that is known.
    address: Option<String>,
    /// Every check, in the order in which they are made.
    checks: Vec<CheckObject<'a>>,
}

/// A check of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Check)]
pub(crate) struct CheckObject<'a> {
    /// Which check.
    #[schema(value_type = CheckWord)]
    check: &'static str,
    /// What it looked at, in words. Never a secret.
    #[schema(example = "needed: write:leads; it has: read:leads")]
    input: &'a str,
    /// What came of it.
    #[schema(value_type = VerdictWord)]
    verdict: &'static str,
}

impl<'a> RefusalObject<'a> {
    fn of(doors: &Doors, explained: &'a Explanation) -> Self {
        let principal = explained.principal.as_deref();
        Self {
            request_id: &explained.request_id,
            api: doors.api_name(explained.api),
            refused_at: explained.at,
            code: explained.reason.code(),
            credential: principal.map(|principal| &*principal.credential),
            workspace: principal.map(|principal| principal.workspace.to_string()),
            address: explained.address.map(|address| address.to_string()),
            checks: explained.checks.iter().map(CheckObject::from).collect(),
        }
    }
}

impl<'a> From<&'a Checked> for CheckObject<'a> {
    fn from(checked: &'a Checked) -> Self {
        Self { check: checked.check.as_str(), input: &checked.input, verdict: checked.verdict.as_str() }
    }
}

/// Explain a refusal of late: each check, what it looked at and what came of it. A server remembers the last two
/// thousand of its own; of several, ask the one that answered.
#[utoipa::path(
    get, path = "/v1/refusals/{id}", tag = "refusals",
    security(("operator_token" = ["keys:read"])),
    params(("id" = String, Path, description = "The request's id, from `X-Request-Id`.")),
    responses((status = 200, description = "Why the request was refused.", body = RefusalObject)),
)]
pub(crate) async fn explain_refusal(
    State(doors): State<Shared>,
    permit: Permit<KeysRead>,
    PathId(request_id): PathId<String>,
) -> Answer {
    let explained = doors.engine.explain_refusal(&request_id).ok_or_else(|| {
        permit.refuse(Problem::new(Code::NotFound, "this server remembers no refusal of such a request"))
    })?;
    permit.context().ok(&RefusalObject::of(&doors, &explained))
}
