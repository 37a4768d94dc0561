//! The second factor of an operator: a code of the authenticator, or a recovery code.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_domain::Pool;
use claviger_engine::{AccountError, SessionError, SignedIn};
use http::{HeaderMap, StatusCode};

use crate::chrome::page;
use crate::complaints::Complaints;
use crate::cookie::Cookie;
use crate::enrolment::WRONG_CODE;
use crate::error::{Answer, CONSOLE, PageError};
use crate::sent::Unproven;
use crate::state::{By, PagesState};

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage<'p> {
    token: &'p str,
    email: &'p str,
    complaints: Complaints,
}

/// `GET /console/second-factor`
pub(crate) async fn show_second_factor(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    let who = halfway(&state, &headers).await?;
    if !who.awaits_second_factor() {
        return Ok(Redirect::to(CONSOLE).into_response());
    }
    show_form(&who, StatusCode::OK, Complaints::default())
}

/// `POST /console/second-factor`
pub(crate) async fn prove(
    State(state): State<PagesState>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let who = halfway(&state, &headers).await?.by(call);
    let fields = form.prove(who.form_token())?;
    match state.engine.prove_second_factor(&who, fields.get("code").trim()).await {
        // Sent twice, it was good the first time.
        Ok(()) | Err(AccountError::Conflict) => Ok(Redirect::to(CONSOLE).into_response()),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE.to_owned());
            show_form(&who, StatusCode::UNPROCESSABLE_ENTITY, complaints)
        }
        Err(error) => Err(error.into()),
    }
}

/// Who is signed in, whether or not a second factor is still due.
async fn halfway(state: &PagesState, headers: &HeaderMap) -> Result<SignedIn, PageError> {
    let cookie = Cookie::Session.read(headers, state.is_secure).ok_or(SessionError::Ended)?;
    Ok(state.engine.authenticate_session_in(Pool::Instance, cookie.as_bytes()).await?)
}

fn show_form(who: &SignedIn, status: StatusCode, complaints: Complaints) -> Answer {
    let (token, email) = (who.form_token().expose(), who.account().email.as_str());
    page(status, &SecondFactorPage { token, email, complaints })
}
