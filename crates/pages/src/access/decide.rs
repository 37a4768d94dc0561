//! What is done with a request for access.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{AccessRequestId, Prose, Scope, ScopeSet};
use claviger_engine::AccessError;

use super::review::{read_id, show};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, Recent, WorkspacesWrite};
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

/// `POST /console/access-requests/{id}/check`
pub(crate) async fn check(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<WorkspacesWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let step = fields.get("step").parse().map_err(|_| PageError::BadForm)?;
    let note = fields.given("note").map(str::parse::<Prose>).transpose();
    let note = match note {
        Ok(note) => note,
        Err(error) => {
            let wrong = Complaints::one("note", mistake(say("wrong-note"), &error));
            return again(&state, &permit, id, (&fields, wrong)).await;
        }
    };
    match state.engine.check_access_request(&permit.actor(), id, (step, note)).await {
        // Sent twice, it is checked all the same.
        Ok(_) | Err(AccessError::Checked) => Ok(back(id, Notice::StepChecked)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/access-requests/{id}/approve`
pub(crate) async fn approve(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<WorkspacesWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    let scopes: Result<ScopeSet, _> = fields.all("scope").map(str::parse::<Scope>).collect();
    let complaints = match scopes {
        Err(error) => Complaints::one("scope", error.explain()),
        Ok(scopes) => match state.engine.approve_access_request(&permit.actor(), id, scopes).await {
            Ok(_) => return Ok(back(id, Notice::AccessApproved)),
            Err(error @ AccessError::UndefinedScope(_)) => Complaints::one("scope", error.explain()),
            Err(error @ AccessError::StepsOpen { .. }) => Complaints::one("approve", error.explain()),
            Err(error) => return Err(error.into()),
        },
    };
    again(&state, &permit, id, (&fields, complaints)).await
}

/// `POST /console/access-requests/{id}/decline`
pub(crate) async fn decline(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<WorkspacesWrite>>,
) -> Answer {
    let id = read_id(&id)?;
    match fields.get("reason").parse::<Prose>() {
        Ok(reason) => {
            state.engine.decline_access_request(&permit.actor(), id, reason).await?;
            Ok(back(id, Notice::AccessDeclined))
        }
        Err(error) => {
            let wrong = Complaints::one("reason", mistake(say("wrong-reason"), &error));
            again(&state, &permit, id, (&fields, wrong)).await
        }
    }
}

async fn again<N>(
    state: &PagesState,
    permit: &Permit<N>,
    id: AccessRequestId,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let review = state.engine.find_access_request(&permit.actor(), id).await?;
    show(state, permit.reader(), &review, (None, fields, complaints)).await
}

fn back(id: AccessRequestId, notice: Notice) -> Response {
    Redirect::to(&format!("/console/access-requests/{id}?notice={}", notice.word())).into_response()
}
