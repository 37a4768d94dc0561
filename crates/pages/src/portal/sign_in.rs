//! Members sign in and out.

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Call, Email, Origin, Pool};
use claviger_engine::{IssuedSession, PasskeyCeremony, Password, SessionError, SignIn, SignInError};
use http::header::{RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::workspaces::PORTAL;
use crate::chrome::page;
use crate::complaints::Complaints;
use crate::cookie::{Cookie, append_cookies};
use crate::error::{Answer, MEMBER_SIGN_IN, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::passkeys;
use crate::permit::signed_in_member;
use crate::policy::Needs;
use crate::sent::{FormError, Unproven};
use crate::site::Site;
use crate::state::{By, CallerAddress, PagesState};
use crate::words::{Phrase, say};

#[derive(Template)]
#[template(path = "portal/sign_in.html")]
struct SignInPage<'p> {
    token: &'p str,
    email: &'p str,
    notice: Option<Phrase>,
    /// For those who have one.
    passkey: Option<PasskeyCeremony>,
    complaints: Complaints,
}

/// The cookie that the forms of somebody who is not signed in are bound to. Kept while it lasts, so that a second tab
/// does not make the first one's form invalid.
pub(super) struct FormCookie {
    value: String,
    is_new: bool,
}

impl FormCookie {
    /// The browser's, or a new one.
    pub(super) fn of(state: &PagesState, headers: &HeaderMap) -> Self {
        match Cookie::Form.read(headers, state.is_secure) {
            Some(value) => Self { value, is_new: false },
            None => Self { value: state.engine.random_text().expose().to_owned(), is_new: true },
        }
    }

    /// For the hidden field.
    pub(super) fn token(&self, state: &PagesState) -> String {
        state.engine.form_token(self.value.as_bytes()).expose().to_owned()
    }

    /// The answer that makes the browser keep it.
    pub(super) fn keep(self, state: &PagesState, mut response: Response) -> Response {
        if self.is_new {
            append_cookies(&mut response, [Cookie::Form.set(&self.value, state.is_secure)]);
        }
        response
    }
}

/// The fields of a form that was sent by somebody who is not signed in.
pub(super) fn prove(state: &PagesState, headers: &HeaderMap, form: Unproven) -> Result<Fields, FormError> {
    let cookie = Cookie::Form.read(headers, state.is_secure).ok_or(FormError::Forged)?;
    form.prove(&state.engine.form_token(cookie.as_bytes()))
}

/// Where a request came from, as far as its door knows.
pub(super) fn origin(address: Option<Extension<CallerAddress>>, headers: &HeaderMap) -> Origin {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin::new(address.map(|Extension(CallerAddress(address))| address), agent)
}

/// Leads a browser that has just signed in somewhere.
pub(super) fn enter(state: &PagesState, issued: &IssuedSession, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let cookies = [
        Cookie::MemberSession.set(issued.cookie.expose(), state.is_secure),
        Cookie::Form.remove(state.is_secure),
    ];
    append_cookies(&mut response, cookies);
    response
}

/// `GET /portal/sign-in`
pub(crate) async fn show_member_sign_in(
    State(state): State<PagesState>,
    site: Site,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    match signed_in_member(&headers, &state).await {
        Ok(_) => return Ok(Redirect::to(PORTAL).into_response()),
        // Somebody else may sign in instead of one who is half in.
        Err(PageError::NoMember | PageError::MemberSecondFactorDue) => {}
        Err(error) => return Err(error),
    }
    let notice = Notice::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    show_page(&state, (&headers, &site), StatusCode::OK, ("", notice, Complaints::default())).await
}

/// `POST /portal/sign-in`
pub(crate) async fn sign_member_in(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    (site, By(call)): (Site, By),
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let place = (&headers, &site);
    let Ok(fields) = prove(&state, &headers, form) else {
        let complaint = Complaints::one("form", say("portal-page-out-date-please-try"));
        return show_form(&state, place, StatusCode::FORBIDDEN, ("", complaint)).await;
    };
    let (origin, wrong) = (origin(address, &headers), StatusCode::UNPROCESSABLE_ENTITY);
    let way = (site.as_str(), origin.clone());
    if let Some(entered) = passkeys::sign_in(&state.engine, Pool::Members, way, &fields).await {
        return match entered {
            Ok(issued) => {
                end_earlier(&state, call, &headers).await;
                Ok(enter(&state, &issued, PORTAL))
            }
            Err(error) => show_form(&state, place, wrong, ("", passkeys::refusal(error)?)).await,
        };
    }
    let attempt = match read_attempt(&fields, origin) {
        Ok(attempt) => attempt,
        Err(complaints) => return show_form(&state, place, wrong, (fields.get("email"), complaints)).await,
    };
    match state.engine.sign_in(attempt).await {
        Ok(issued) => {
            end_earlier(&state, call, &headers).await;
            Ok(enter(&state, &issued, PORTAL))
        }
        Err(SignInError::Failed(error)) => Err(SessionError::Failed(error).into()),
        Err(refusal) => {
            let (status, retry_after) = refused(&refusal);
            let complaints = Complaints::one("form", refusal.explain());
            let mut response = show_form(&state, place, status, (fields.get("email"), complaints)).await?;
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
    }
}

/// `POST /portal/sign-out`. The session ends on the server, whatever the browser does with its cookie.
pub(crate) async fn sign_member_out(
    State(state): State<PagesState>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let signed_in = signed_in_member(&headers, &state).await?.by(call);
    form.prove(signed_in.form_token())?;
    state.engine.sign_out(&signed_in).await?;
    let mut response = Redirect::to(MEMBER_SIGN_IN).into_response();
    append_cookies(&mut response, [Cookie::MemberSession.remove(state.is_secure)]);
    Ok(response)
}

/// The status of a refused sign-in, and after how many seconds it may be tried again. Not 401, which would demand a
/// scheme of HTTP authentication.
pub(super) const fn refused(refusal: &SignInError) -> (StatusCode, Option<u64>) {
    match refusal {
        SignInError::TooManyFailures { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.as_secs() + 1))
        }
        SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        SignInError::Wrong | SignInError::Failed(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    }
}

/// A browser that signs in again leaves no older session behind. If that fails, the older one ends by itself.
pub(super) async fn end_earlier(state: &PagesState, call: Call, headers: &HeaderMap) {
    if let Ok(earlier) = signed_in_member(headers, state).await
        && let Err(error) = state.engine.sign_out(&earlier.by(call)).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "an earlier session could not be ended");
    }
}

fn read_attempt(fields: &Fields, origin: Origin) -> Result<SignIn, Complaints> {
    let email: Email = fields
        .get("email")
        .parse()
        .map_err(|error| Complaints::one("email", mistake(say("wrong-email-address"), &error)))?;
    // Too long for anyone's password, so it is wrong; there is no need to hash it to know.
    let password = Password::typed(fields.get("password").to_owned())
        .map_err(|_| Complaints::one("form", SignInError::Wrong.explain()))?;
    Ok(SignIn { pool: Pool::Members, email, password, origin })
}

async fn show_form(
    state: &PagesState,
    place: (&HeaderMap, &Site),
    status: StatusCode,
    (email, complaints): (&str, Complaints),
) -> Answer {
    show_page(state, place, status, (email, None, complaints)).await
}

async fn show_page(
    state: &PagesState,
    (headers, site): (&HeaderMap, &Site),
    status: StatusCode,
    (email, notice, complaints): (&str, Option<Phrase>, Complaints),
) -> Answer {
    let cookie = FormCookie::of(state, headers);
    let token = cookie.token(state);
    // Without a ceremony the page merely lacks one button.
    let passkey = state.engine.begin_passkey_sign_in(site.as_str()).await.ok();
    let needs = Needs::script(passkey.is_some());
    let shown = page(status, &SignInPage { token: &token, email, notice, passkey, complaints })?;
    Ok(cookie.keep(state, needs.mark(shown)))
}
