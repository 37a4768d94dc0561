//! From one page to the next, and back to the client.

use axum::response::{IntoResponse, Response};
use claviger_engine::{Authorization, SignedIn, Step};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use super::error::{Answer, PublicError};
use super::look::{show_form_post, show_look};
use super::render::see;
use super::visit::Visit;
use crate::onward::Onward;

/// To wherever a request's next step is.
pub(crate) fn go(visit: &Visit, step: Step) -> Answer {
    let (path, flow) = match step {
        Step::SignIn { flow, .. } => ("/sign-in", flow),
        Step::SecondFactor(flow) => ("/second-factor", flow),
        Step::SelectAccount(flow) => ("/select-account", flow),
        Step::Consent(flow, _) => ("/consent", flow),
        Step::Done(authorization) => return finish(visit, &authorization),
    };
    Ok(see(&Onward::Flow(flow).to(path)))
}

/// To wherever somebody wanted to go who has just signed in or shown a second factor.
pub(crate) async fn proceed(visit: &Visit, who: &SignedIn, onward: &Onward) -> Answer {
    if let Onward::Flow(flow) = onward {
        let step = visit.engine.resume_authorization(&visit.caller(), flow, Some(who)).await?;
        return go(visit, step);
    }
    if who.awaits_second_factor() {
        return Ok(see(&onward.to("/second-factor")));
    }
    Ok(match onward {
        Onward::Device(_) => see(&onward.to("/device")),
        // As it is carried, the token needs no encoding.
        Onward::NewAddress(token) => see(&format!("/account/email/confirm?token={token}")),
        Onward::Account | Onward::Flow(_) => see("/account"),
    })
}

/// Back to the client. By 303, so that no browser sends a form along (RFC 9700 section 4.12).
pub(crate) fn finish(visit: &Visit, authorization: &Authorization) -> Answer {
    match authorization {
        Authorization { form_post: Some(_), .. } => show_form_post(visit, authorization),
        Authorization { needs_look: true, .. } => show_look(visit, authorization),
        Authorization { location, .. } => leave(location),
    }
}

/// To an address of a client that the engine has checked.
pub(crate) fn leave(location: &str) -> Answer {
    let location = HeaderValue::from_str(location).map_err(|_| PublicError::Location)?;
    let mut response: Response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
