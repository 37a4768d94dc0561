//! `/metrics`: what this node counted since it started, as OpenMetrics text.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use claviger_telemetry::{families, open_metrics};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::permit::{Observe, Permit};
use crate::problem::{Code, Problem, Refusal};
use crate::state::Shared;

/// The media type of OpenMetrics 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of this node for a scrape. Names and labels are documented in `docs/src/telemetry.md`.
pub(crate) async fn show_metrics(
    State(doors): State<Shared>,
    permit: Permit<Observe>,
) -> Result<Response, Refusal> {
    let text = open_metrics(families(&doors.engine, &doors.telemetry).await).map_err(|error| {
        permit.refuse(Problem::new(Code::Internal, Code::Internal.title()).because(error))
    })?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], text).into_response())
}
