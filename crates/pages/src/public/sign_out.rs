//! Signing out: by one's own button, or because a client asks (OpenID Connect RP-Initiated Logout 1.0).

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, Request};
use claviger_domain::RedirectUri;
use claviger_engine::{Logout, SignedIn};
use claviger_oauth::Parameters;
use http::StatusCode;

use super::error::Answer;
use super::form::HalfwayForm;
use super::render::{Face, Reader, page, see};
use super::step::leave;
use super::visit::Visit;
use crate::cookie::{Cookie, append_cookies};
use crate::policy::Needs;
use crate::sent::read_from_anywhere;

/// What a request to sign out consists of; carried through the confirmation and checked again afterwards.
const PARAMETERS: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

#[derive(Template)]
#[template(path = "public/sign_out.html")]
pub(crate) struct SignOutPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) client: Option<String>,
    pub(crate) carried: Vec<(&'static str, &'p str)>,
}

#[derive(Template)]
#[template(path = "public/signed_out.html")]
pub(crate) struct SignedOutPage<'p> {
    pub(crate) face: Face<'p>,
}

/// `GET /oauth/logout`
pub(crate) async fn begin_logout(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let parameters = Parameters::from_form(query.unwrap_or_default().as_bytes())?;
    let who = visit.who().await?;
    let logout = visit.engine.begin_logout(&visit.caller(), &parameters, who.as_ref()).await?;
    match who {
        None => depart(&visit, &logout),
        Some(who) if logout.is_proved => {
            visit.engine.sign_out(&who).await?;
            depart(&visit, &logout)
        }
        Some(who) => show_confirmation(&visit, &who, &logout, &parameters),
    }
}

/// `POST /oauth/logout`. Browsers send no cookie along with another site's form, but do with what it redirects to: so
/// the request comes again, by GET.
pub(crate) async fn begin_posted_logout(request: Request) -> Answer {
    let parameters = Parameters::from_form(&read_from_anywhere(request).await?)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(carried(&parameters)).finish();
    Ok(see(&format!("/oauth/logout?{query}")))
}

/// `POST /sign-out`. The session ends on the server, whatever the browser does with its cookie.
pub(crate) async fn sign_out(HalfwayForm { visit, who, fields }: HalfwayForm) -> Answer {
    let pairs =
        PARAMETERS.into_iter().filter_map(|name| Some((name.to_owned(), fields.given(name)?.to_owned())));
    let parameters = Parameters::from_pairs(pairs.collect());
    let logout = match parameters.pairs() {
        [] => Logout::default(),
        _ => visit.engine.begin_logout(&visit.caller(), &parameters, Some(&who)).await?,
    };
    visit.engine.sign_out(&who).await?;
    depart(&visit, &logout)
}

/// `GET /signed-out`
pub(crate) async fn show_signed_out(Extension(visit): Extension<Arc<Visit>>) -> Answer {
    page(StatusCode::OK, &SignedOutPage { face: Face::of(&visit) })
}

/// Away, without a session: to where the client asked for, if that is registered.
fn depart(visit: &Visit, logout: &Logout) -> Answer {
    let mut response = match &logout.location {
        Some(location) => leave(location)?,
        None => see("/signed-out"),
    };
    let own = visit.installed.contract.ended_session_cookie();
    append_cookies(&mut response, [Cookie::UserSession.remove(visit.is_secure), own]);
    Ok(response)
}

fn show_confirmation(visit: &Visit, who: &SignedIn, logout: &Logout, parameters: &Parameters) -> Answer {
    let shown = SignOutPage {
        face: Face::of(visit),
        reader: Reader::new(who),
        client: logout.client.as_ref().map(|client| client.metadata.name.to_string()),
        carried: carried(parameters),
    };
    let registered = logout.client.iter().flat_map(|client| &client.metadata.post_logout_redirect_uris);
    let needs = Needs {
        form_actions: registered.map(RedirectUri::origin).collect(),
        has_script: false,
        ..Needs::default()
    };
    Ok(needs.mark(page(StatusCode::OK, &shown)?))
}

fn carried(parameters: &Parameters) -> Vec<(&'static str, &str)> {
    PARAMETERS.into_iter().filter_map(|name| Some((name, parameters.get(name)?))).collect()
}
