//! A member who forgot the password: a link is asked for, and a new password is chosen.

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::Email;
use claviger_engine::{AccountError, NewPassword};
use http::{HeaderMap, StatusCode};

use super::sign_in::{FormCookie, origin, prove};
use crate::chrome::page;
use crate::complaints::Complaints;
use crate::error::{Answer, MEMBER_SIGN_IN};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::sent::Unproven;
use crate::state::{By, CallerAddress, PagesState};
use crate::words::say;

#[derive(Template)]
#[template(path = "portal/forgot_password.html")]
struct ForgotPasswordPage<'p> {
    token: &'p str,
    email: &'p str,
    is_sent: bool,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "portal/reset_password.html")]
struct ResetPasswordPage<'p> {
    token: &'p str,
    link: &'p str,
    complaints: Complaints,
}

/// `GET /portal/forgot-password`
pub(crate) async fn show_forgot_password(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    ask_address(&state, &headers, ("", false), Complaints::default())
}

/// `POST /portal/forgot-password`. The answer is the same whether or not there is such a member.
pub(crate) async fn request_member_reset(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let fields = prove(&state, &headers, form)?;
    let email = match fields.get("email").parse::<Email>() {
        Ok(email) => email,
        Err(error) => {
            let complaints = Complaints::one("email", mistake(say("wrong-email-address"), &error));
            return ask_address(&state, &headers, (fields.get("email"), false), complaints);
        }
    };
    match state.engine.request_member_reset(&email, &origin(address, &headers)).await {
        Ok(()) => ask_address(&state, &headers, (email.as_str(), true), Complaints::default()),
        Err(error @ AccountError::TooMany { .. }) => {
            let complaints = Complaints::one("email", error.explain());
            ask_address(&state, &headers, (email.as_str(), false), complaints)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /portal/reset-password`
pub(crate) async fn show_reset_password(
    State(state): State<PagesState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    ask_password(&state, &headers, query.get("token"), Complaints::default())
}

/// `POST /portal/reset-password`
pub(crate) async fn reset_member_password(
    State(state): State<PagesState>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let fields = prove(&state, &headers, form)?;
    let link = fields.get("link");
    let password = match NewPassword::choose(fields.get("password").to_owned()) {
        Ok(password) => password,
        Err(error) => {
            return ask_password(
                &state,
                &headers,
                link,
                Complaints::one("password", mistake(say("wrong-password"), &error)),
            );
        }
    };
    state.engine.reset_member_password(call, link, password).await?;
    Ok(Redirect::to(&format!("{MEMBER_SIGN_IN}?notice={}", Notice::PasswordChanged.word())).into_response())
}

fn status(complaints: &Complaints) -> StatusCode {
    if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn ask_address(
    state: &PagesState,
    headers: &HeaderMap,
    (email, is_sent): (&str, bool),
    complaints: Complaints,
) -> Answer {
    let cookie = FormCookie::of(state, headers);
    let token = cookie.token(state);
    let status = status(&complaints);
    let shown = page(status, &ForgotPasswordPage { token: &token, email, is_sent, complaints })?;
    Ok(cookie.keep(state, shown))
}

fn ask_password(state: &PagesState, headers: &HeaderMap, link: &str, complaints: Complaints) -> Answer {
    let cookie = FormCookie::of(state, headers);
    let token = cookie.token(state);
    let status = status(&complaints);
    let shown = page(status, &ResetPasswordPage { token: &token, link, complaints })?;
    Ok(cookie.keep(state, shown))
}
