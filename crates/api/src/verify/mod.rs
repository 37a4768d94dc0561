//! `POST /v1/verify`: whether a credential is good, for callers that ask instead of being in front.
//!
//! The busiest endpoint: texts are borrowed from the body, nothing is awaited when the token and the
//! credential are in memory, and the answer is written into one buffer.

mod answer;
mod fields;
mod judge;
mod question;

use axum::Extension;
use axum::extract::State;
use claviger_telemetry::RequestSpan;

use self::answer::VerifyAnswer;
use self::judge::{Verdict, judge};
use self::question::{Subject, VerifyRequest};
use crate::body::SentBytes;
use crate::permit::{Permit, Verify};
use crate::problem::{Code, Place, Problem};
use crate::reply::{Answer, json};
use crate::state::{Doors, Shared};

/// Whether a credential, or a request as a gateway would see it, is good.
///
/// A bad credential is 200 with `valid: false` and a code, so that refusals and failures cannot be mixed up.
#[utoipa::path(
    post, path = "/v1/verify", tag = "verify",
    security(("operator_token" = ["verify"])),
    request_body = VerifyRequest,
    responses((status = 200, description = "The verdict.", body = VerifyAnswer)),
)]
pub(crate) async fn verify_credential(
    State(doors): State<Shared>,
    permit: Permit<Verify>,
    span: Option<Extension<RequestSpan>>,
    sent: SentBytes,
) -> Answer {
    let request_id = &permit.context().request_id;
    let span = span.as_deref();
    match verify(&doors, &sent, (request_id, span)).await {
        Ok(body) => Ok(json(body)),
        Err(problem) => Err(permit.refuse(problem)),
    }
}

async fn verify(
    doors: &Doors,
    sent: &SentBytes,
    (request_id, span): (&str, Option<&RequestSpan>),
) -> Result<Vec<u8>, Problem> {
    let request: VerifyRequest<'_> = sent.parse()?;
    let installed = doors.directory.load().by_name_or_id(&request.api).cloned().ok_or_else(|| {
        Problem::new(Code::UnknownApi, "no API of this name or id is loaded")
            .at(Place::Pointer("/api".into()))
    })?;
    let subject = Subject::of(&request, &installed.contract)?;
    let verdict = judge(&doors.engine, &installed, &request, (subject, request_id)).await?;
    if let Some(span) = span {
        span.note_api(installed.contract.name().as_str());
        if let Verdict::Decided(decision) = &verdict {
            span.note_decision(decision.denial().map(|denial| denial.reason));
        }
    }
    VerifyAnswer::new(&verdict, request_id)
        .to_json()
        .map_err(|error| Problem::new(Code::Internal, Code::Internal.title()).because(error))
}
