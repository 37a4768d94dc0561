//! Signing in and out.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Call, Email, Origin, Pool};
use claviger_engine::{IssuedSession, PasskeyCeremony, Password, SessionError, SignIn, SignInError};
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::chrome::page;
use crate::complaints::Complaints;
use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, CONSOLE, SECOND_FACTOR, SETUP, SIGN_IN};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::passkeys;
use crate::permit::KeysRead;
use crate::policy::Needs;
use crate::sent::{FormError, Sent, Unproven};
use crate::site::Site;
use crate::state::{By, CallerAddress, PagesState};
use crate::words::say;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'p> {
    token: &'p str,
    email: &'p str,
    /// For those who have one.
    passkey: Option<PasskeyCeremony>,
    complaints: Complaints,
}

/// `GET /console/sign-in`
pub(crate) async fn show_sign_in(State(state): State<PagesState>, site: Site, headers: HeaderMap) -> Answer {
    if let Some(cookie) = Cookie::Session.read(&headers, state.is_secure) {
        match state.engine.authenticate_session_in(Pool::Instance, cookie.as_bytes()).await {
            Ok(signed_in) if !signed_in.awaits_second_factor() => {
                return Ok(Redirect::to(CONSOLE).into_response());
            }
            Ok(_) | Err(SessionError::Ended) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if state.engine.awaits_setup().await? {
        return Ok(Redirect::to(SETUP).into_response());
    }
    show_form(&state, (&headers, &site), StatusCode::OK, ("", Complaints::default())).await
}

/// `POST /console/sign-in`
pub(crate) async fn sign_in(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    (site, By(call)): (Site, By),
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let place = (&headers, &site);
    let proven = Cookie::Form
        .read(&headers, state.is_secure)
        .ok_or(FormError::Forged)
        .and_then(|cookie| form.prove(&state.engine.form_token(cookie.as_bytes())));
    let Ok(fields) = proven else {
        let complaint = Complaints::one("form", say("sign-in-page-out-date-please-try"));
        return show_form(&state, place, StatusCode::FORBIDDEN, ("", complaint)).await;
    };
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let origin = Origin::new(address.map(|Extension(CallerAddress(address))| address), agent);
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let way = (site.as_str(), origin.clone());
    if let Some(entered) = passkeys::sign_in(&state.engine, Pool::Instance, way, &fields).await {
        return match entered {
            Ok(issued) => Ok(enter(&state, (call, &headers), &issued).await),
            Err(error) => show_form(&state, place, wrong, ("", passkeys::refusal(error)?)).await,
        };
    }
    let attempt = match read_attempt(&fields, origin) {
        Ok(attempt) => attempt,
        Err(complaints) => return show_form(&state, place, wrong, (fields.get("email"), complaints)).await,
    };
    match state.engine.sign_in(attempt).await {
        Ok(issued) => Ok(enter(&state, (call, &headers), &issued).await),
        Err(SignInError::Failed(error)) => Err(SessionError::Failed(error).into()),
        Err(refusal) => show_refusal(&state, place, fields.get("email"), &refusal).await,
    }
}

/// Leads a browser on that has just signed in.
async fn enter(state: &PagesState, (call, headers): (Call, &HeaderMap), issued: &IssuedSession) -> Response {
    end_earlier(state, call, headers).await;
    let next = if issued.session.awaits_second_factor { SECOND_FACTOR } else { CONSOLE };
    let mut response = Redirect::to(next).into_response();
    let cookies =
        [Cookie::Session.set(issued.cookie.expose(), state.is_secure), Cookie::Form.remove(state.is_secure)];
    append_cookies(&mut response, cookies);
    response
}

/// `POST /console/sign-out`. The session ends on the server, whatever the browser does with its cookie.
pub(crate) async fn sign_out(State(state): State<PagesState>, sent: Sent<KeysRead>) -> Answer {
    state.engine.sign_out(sent.permit.signed_in()).await?;
    let mut response = Redirect::to(SIGN_IN).into_response();
    append_cookies(&mut response, [Cookie::Session.remove(state.is_secure)]);
    Ok(response)
}

fn read_attempt(fields: &Fields, origin: Origin) -> Result<SignIn, Complaints> {
    let email: Email = fields
        .get("email")
        .parse()
        .map_err(|error| Complaints::one("email", mistake(say("wrong-email-address"), &error)))?;
    // Too long for anyone's password, so it is wrong; there is no need to hash it to know.
    let password = Password::typed(fields.get("password").to_owned())
        .map_err(|_| Complaints::one("form", SignInError::Wrong.explain()))?;
    Ok(SignIn { pool: Pool::Instance, email, password, origin })
}

async fn show_refusal(
    state: &PagesState,
    place: (&HeaderMap, &Site),
    email: &str,
    refusal: &SignInError,
) -> Answer {
    let (status, retry_after) = match refusal {
        SignInError::TooManyFailures { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.as_secs() + 1))
        }
        SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        // Not 401, which would demand a scheme of HTTP authentication.
        SignInError::Wrong | SignInError::Failed(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let complaints = Complaints::one("form", refusal.explain());
    let mut response = show_form(state, place, status, (email, complaints)).await?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

async fn show_form(
    state: &PagesState,
    (headers, site): (&HeaderMap, &Site),
    status: StatusCode,
    (email, complaints): (&str, Complaints),
) -> Answer {
    // Kept while it lasts, so that a second tab does not make the first one's form invalid.
    let kept = Cookie::Form.read(headers, state.is_secure);
    let cookie = kept.clone().unwrap_or_else(|| state.engine.random_text().expose().to_owned());
    let token = state.engine.form_token(cookie.as_bytes());
    // Without a ceremony the page merely lacks one button.
    let passkey = state.engine.begin_passkey_sign_in(site.as_str()).await.ok();
    let needs = Needs::script(passkey.is_some());
    let shown = SignInPage { token: token.expose(), email, passkey, complaints };
    let mut response = needs.mark(page(status, &shown)?);
    if kept.is_none() {
        append_cookies(&mut response, [Cookie::Form.set(&cookie, state.is_secure)]);
    }
    Ok(response)
}

/// A browser that signs in again leaves no older session behind. If that fails, the older one ends by itself.
async fn end_earlier(state: &PagesState, call: Call, headers: &HeaderMap) {
    let Some(cookie) = Cookie::Session.read(headers, state.is_secure) else { return };
    if let Ok(earlier) = state.engine.authenticate_session(cookie.as_bytes()).await
        && let Err(error) = state.engine.sign_out(&earlier.by(call)).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "an earlier session could not be ended");
    }
}
