//! The last page before the client: where one is due.

use askama::Template;
use claviger_domain::RedirectUri;
use claviger_engine::Authorization;
use http::StatusCode;

use super::error::Answer;
use super::render::{Face, page};
use super::visit::Visit;
use crate::policy::Needs;

/// Shows where somebody is sent: the client registered itself, so the redirect is not made silently.
#[derive(Template)]
#[template(path = "public/look.html")]
pub(crate) struct LookPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) destination: String,
    pub(crate) is_device: bool,
    pub(crate) location: &'p str,
}

/// Posts the answer (OAuth 2.0 Form Post Response Mode), by itself where scripts run.
#[derive(Template)]
#[template(path = "public/form_post.html")]
pub(crate) struct FormPostPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) destination: String,
    pub(crate) location: &'p str,
    pub(crate) fields: &'p [(String, String)],
    pub(crate) needs_look: bool,
}

/// The page that says where the browser goes next.
pub(crate) fn show_look(visit: &Visit, authorization: &Authorization) -> Answer {
    let target = target_of(&authorization.location);
    let look = LookPage {
        face: Face::of(visit),
        destination: target.as_ref().map(RedirectUri::destination).unwrap_or_default(),
        is_device: target.is_some_and(|target| target.is_loopback() || target.is_private()),
        location: &authorization.location,
    };
    page(StatusCode::OK, &look)
}

/// The form that carries the answer.
pub(crate) fn show_form_post(visit: &Visit, authorization: &Authorization) -> Answer {
    let target = target_of(&authorization.location);
    let form = FormPostPage {
        face: Face::of(visit),
        destination: target.as_ref().map(RedirectUri::destination).unwrap_or_default(),
        location: &authorization.location,
        fields: authorization.form_post.as_deref().unwrap_or_default(),
        needs_look: authorization.needs_look,
    };
    let needs = Needs {
        form_actions: target.iter().map(RedirectUri::origin).collect(),
        has_script: !authorization.needs_look,
        ..Needs::default()
    };
    Ok(needs.mark(page(StatusCode::OK, &form)?))
}

/// The redirect URI without the answer that was added to it.
fn target_of(location: &str) -> Option<RedirectUri> {
    RedirectUri::parse(location.split('?').next().unwrap_or_default()).ok()
}
