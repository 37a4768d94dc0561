//! Signing in: with a password, or a passkey.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::Email;
use claviger_engine::{
    IssuedSession, PasskeyCeremony, Password, SessionError, SignIn, SignInError, Step, UpstreamProvider,
};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::error::{Answer, PublicError};
use super::form::BrowserForm;
use super::notice::Notice;
use super::render::{Face, page, remember};
use super::step::{go, proceed};
use super::visit::Visit;
use crate::complaints::Complaints;
use crate::cookie::{Cookie, append_cookies};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::onward::Onward;
use crate::passkeys;
use crate::policy::Needs;
use crate::words::{Phrase, say};

#[derive(Template)]
#[template(path = "public/sign_in.html")]
pub(crate) struct SignInPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) token: &'p str,
    pub(crate) onward: &'p Onward,
    pub(crate) email: &'p str,
    pub(crate) passkey: Option<PasskeyCeremony>,
    pub(crate) providers: Vec<(String, UpstreamProvider)>,
    pub(crate) has_sign_up: bool,
    pub(crate) notice: Option<Phrase>,
    pub(crate) complaints: Complaints,
}

/// What stands in the form when it is shown.
#[derive(Default)]
struct Filled<'f> {
    email: &'f str,
    notice: Option<Phrase>,
    complaints: Complaints,
}

/// `GET /sign-in`
pub(crate) async fn show_sign_in(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let onward = Onward::read(&query);
    // Whoever wants to be somebody else sees the form, whoever they are now.
    let wants_other = query.given("other").is_some();
    let who = visit.who().await?;
    let mut hint = None;
    match (&onward, &who) {
        (Onward::Flow(flow), who) => {
            match visit.engine.resume_authorization(&visit.caller(), flow, who.as_ref()).await? {
                Step::SignIn { hint: found, .. } => hint = found,
                step if !wants_other => return go(&visit, step),
                _ => {}
            }
        }
        (_, Some(who)) if !wants_other => return proceed(&visit, who, &onward).await,
        _ => {}
    }
    let filled = Filled {
        email: hint.as_deref().unwrap_or_default(),
        notice: Notice::read(&query),
        ..Filled::default()
    };
    show_form(&visit, &onward, StatusCode::OK, filled).await
}

/// `POST /sign-in`
pub(crate) async fn sign_in(BrowserForm { visit, fields }: BrowserForm) -> Answer {
    let fields = match fields {
        Ok(fields) => fields,
        Err(onward) => {
            let stale = Complaints::one("form", say("sign-in-page-out-date-please-try"));
            let filled = Filled { complaints: stale, ..Filled::default() };
            return show_form(&visit, &onward, StatusCode::FORBIDDEN, filled).await;
        }
    };
    let onward = Onward::read(&fields);
    let way = (visit.site(), visit.origin());
    let issued = match passkeys::sign_in(&visit.engine, visit.pool(), way, &fields).await {
        Some(Ok(issued)) => issued,
        Some(Err(error)) => {
            let filled = Filled { complaints: passkeys::refusal(error)?, ..Filled::default() };
            return show_form(&visit, &onward, StatusCode::UNPROCESSABLE_ENTITY, filled).await;
        }
        None => match read_attempt(&visit, &fields) {
            Err(complaints) => {
                let filled = Filled { email: fields.get("email"), complaints, notice: None };
                return show_form(&visit, &onward, StatusCode::UNPROCESSABLE_ENTITY, filled).await;
            }
            Ok(attempt) => match visit.engine.sign_in(attempt).await {
                Ok(issued) => issued,
                Err(SignInError::Failed(error)) => return Err(SessionError::Failed(error).into()),
                Err(refusal) => return show_refusal(&visit, &onward, fields.get("email"), &refusal).await,
            },
        },
    };
    enter(&visit, &issued, &onward).await
}

/// Lets somebody in whose session was just made: the browser gets its cookie, and an earlier session ends.
pub(crate) async fn enter(visit: &Visit, issued: &IssuedSession, onward: &Onward) -> Answer {
    let cookie = issued.cookie.expose();
    let who = visit.find_session(cookie).await?.ok_or(PublicError::Session(SessionError::Ended))?;
    end_earlier(visit).await;
    let mut response = proceed(visit, &who, onward).await?;
    let secure = visit.is_secure;
    let lifetime = issued.session.expires_at.since(issued.session.created_at);
    // Where the API takes sessions in a cookie of its own, its applications know at once who signed in here.
    let own = visit.installed.contract.session_cookie(cookie, lifetime);
    append_cookies(
        &mut response,
        [Cookie::UserSession.set(cookie, secure), Cookie::UserForm.remove(secure), own],
    );
    Ok(response)
}

fn read_attempt(visit: &Visit, fields: &Fields) -> Result<SignIn, Complaints> {
    let email: Email = fields
        .get("email")
        .trim()
        .parse()
        .map_err(|error| Complaints::one("email", mistake(say("wrong-email-address"), &error)))?;
    // Too long for anyone's password, so it is wrong; there is no need to hash it to know.
    let password = Password::typed(fields.get("password").to_owned())
        .map_err(|_| Complaints::one("form", SignInError::Wrong.explain()))?;
    Ok(SignIn { pool: visit.pool(), email, password, origin: visit.origin() })
}

async fn show_refusal(visit: &Visit, onward: &Onward, email: &str, refusal: &SignInError) -> Answer {
    let (status, retry_after) = match refusal {
        SignInError::TooManyFailures { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.as_secs() + 1))
        }
        SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        // Not 401, which would demand a scheme of HTTP authentication.
        SignInError::Wrong | SignInError::Failed(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let filled = Filled { email, complaints: Complaints::one("form", refusal.explain()), notice: None };
    let mut response = show_form(visit, onward, status, filled).await?;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

async fn show_form(visit: &Visit, onward: &Onward, status: StatusCode, filled: Filled<'_>) -> Answer {
    let caller = visit.caller();
    let (token, cookie) = visit.browser_token();
    // Without a ceremony the page merely lacks one button.
    let passkey = visit.engine.begin_passkey_sign_in(visit.site()).await.ok();
    let providers = visit.engine.upstream_providers(&caller).into_iter();
    let providers = providers.map(|p| (onward.to(&format!("/sign-in/with/{}", p.name)), p)).collect();
    let needs = Needs {
        form_actions: visit.form_actions(onward).await?,
        has_script: passkey.is_some(),
        ..Needs::default()
    };
    let shown = SignInPage {
        face: Face::of(visit),
        token: token.expose(),
        onward,
        email: filled.email,
        passkey,
        providers,
        has_sign_up: visit.installed.contract.tokens().open_sign_up,
        notice: filled.notice,
        complaints: filled.complaints,
    };
    Ok(remember(visit, needs.mark(page(status, &shown)?), cookie))
}

/// A browser that signs in again leaves no older session behind. If that fails, the older one ends by itself.
async fn end_earlier(visit: &Visit) {
    if let Ok(Some(earlier)) = visit.who().await
        && let Err(error) = visit.engine.sign_out(&earlier).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "an earlier session could not be ended");
    }
}
