//! First start: whoever reads the server's terminal makes the first operator.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Email, Origin, Pool};
use claviger_engine::{NewPassword, Password, SetupError, SignIn};
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::chrome::page;
use crate::complaints::Complaints;
use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, CONSOLE, SIGN_IN};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::sent::{FormError, Unproven};
use crate::state::{CallerAddress, PagesState};
use crate::words::say;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'p> {
    token: &'p str,
    code: &'p str,
    email: &'p str,
    complaints: Complaints,
}

/// What the form says. Neither is kept anywhere.
struct Said {
    email: Email,
    password: String,
}

/// `GET /console/setup`
pub(crate) async fn show_setup(State(state): State<PagesState>, headers: HeaderMap) -> Answer {
    if !state.engine.awaits_setup().await? {
        return Ok(Redirect::to(SIGN_IN).into_response());
    }
    show(&state, &headers, StatusCode::OK, (&Fields::default(), Complaints::default()))
}

/// `POST /console/setup`
pub(crate) async fn set_up(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    if !state.engine.awaits_setup().await? {
        return Ok(Redirect::to(SIGN_IN).into_response());
    }
    let proven = Cookie::Form
        .read(&headers, state.is_secure)
        .ok_or(FormError::Forged)
        .and_then(|cookie| form.prove(&state.engine.form_token(cookie.as_bytes())));
    let Ok(fields) = proven else {
        let complaint = Complaints::one("form", say("setup-page-out-date-please-try"));
        return show(&state, &headers, StatusCode::FORBIDDEN, (&Fields::default(), complaint));
    };
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let origin = Origin::new(address.map(|Extension(CallerAddress(address))| address), agent);
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let (said, new) = match read(&fields) {
        Ok(read) => read,
        Err(complaints) => return show(&state, &headers, wrong, (&fields, complaints)),
    };
    let made = state.engine.set_up((fields.get("code"), &origin), said.email.clone(), new).await;
    match made {
        Ok(_) => {}
        Err(SetupError::Closed) => return Ok(Redirect::to(SIGN_IN).into_response()),
        Err(error @ SetupError::WrongCode) => {
            return show(&state, &headers, wrong, (&fields, Complaints::one("code", error.explain())));
        }
        Err(error @ SetupError::TooMany { retry_after }) => {
            let complaints = Complaints::one("form", error.explain());
            let mut response = show(&state, &headers, StatusCode::TOO_MANY_REQUESTS, (&fields, complaints))?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs() + 1));
            return Ok(response);
        }
        Err(error) => return Err(error.into()),
    }
    sign_in(&state, said, origin).await
}

/// The first operator is signed in by what they have just chosen. If that fails, they sign in by hand.
async fn sign_in(state: &PagesState, said: Said, origin: Origin) -> Answer {
    let Ok(password) = Password::typed(said.password) else {
        return Ok(Redirect::to(SIGN_IN).into_response());
    };
    let attempt = SignIn { pool: Pool::Instance, email: said.email, password, origin };
    let Ok(issued) = state.engine.sign_in(attempt).await else {
        return Ok(Redirect::to(SIGN_IN).into_response());
    };
    let mut response = Redirect::to(CONSOLE).into_response();
    let cookies =
        [Cookie::Session.set(issued.cookie.expose(), state.is_secure), Cookie::Form.remove(state.is_secure)];
    append_cookies(&mut response, cookies);
    Ok(response)
}

fn read(fields: &Fields) -> Result<(Said, NewPassword), Complaints> {
    let mut wrong = Complaints::default();
    let email = fields.get("email").parse().map_err(|error| mistake(say("wrong-email-address"), &error));
    let email: Option<Email> = wrong.take("email", email);
    let password = fields.get("password").to_owned();
    let new = NewPassword::choose(password.clone()).map_err(|error| mistake(say("wrong-password"), &error));
    match (email, wrong.take("password", new)) {
        (Some(email), Some(new)) => Ok((Said { email, password }, new)),
        _ => Err(wrong),
    }
}

fn show(
    state: &PagesState,
    headers: &HeaderMap,
    status: StatusCode,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let kept = Cookie::Form.read(headers, state.is_secure);
    let cookie = kept.clone().unwrap_or_else(|| state.engine.random_text().expose().to_owned());
    let token = state.engine.form_token(cookie.as_bytes());
    let shown =
        SetupPage { token: token.expose(), code: fields.get("code"), email: fields.get("email"), complaints };
    let mut response = page(status, &shown)?;
    if kept.is_none() {
        append_cookies(&mut response, [Cookie::Form.set(&cookie, state.is_secure)]);
    }
    Ok(response)
}
