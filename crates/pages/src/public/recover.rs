//! A forgotten password: a link is asked for, and a new password is chosen.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::Email;
use http::StatusCode;

use super::error::Answer;
use super::form::BrowserForm;
use super::notice::Notice;
use super::render::{Face, page, remember, see};
use super::sign_up::choose_password;
use super::visit::Visit;
use crate::complaints::Complaints;
use crate::explain::mistake;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::words::say;

#[derive(Template)]
#[template(path = "public/forgot_password.html")]
pub(crate) struct ForgotPasswordPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) token: &'p str,
    pub(crate) onward: &'p Onward,
    pub(crate) email: &'p str,
    pub(crate) is_sent: bool,
    pub(crate) complaints: Complaints,
}

#[derive(Template)]
#[template(path = "public/reset_password.html")]
pub(crate) struct ResetPasswordPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) token: &'p str,
    pub(crate) link: &'p str,
    pub(crate) complaints: Complaints,
}

/// `GET /forgot-password`
pub(crate) async fn show_request(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show_form(&visit, &query, false, (StatusCode::OK, Complaints::default()))
}

/// `POST /forgot-password`. The answer is the same whether or not there is such an account.
pub(crate) async fn request(form: BrowserForm) -> Answer {
    let (visit, fields) = form.fresh()?;
    let email = match fields.get("email").trim().parse::<Email>() {
        Ok(email) => email,
        Err(error) => {
            let complaints = Complaints::one("email", mistake(say("wrong-email-address"), &error));
            return show_form(&visit, &fields, false, (StatusCode::UNPROCESSABLE_ENTITY, complaints));
        }
    };
    visit.engine.request_reset(&visit.caller(), &email, &visit.origin()).await?;
    show_form(&visit, &fields, true, (StatusCode::OK, Complaints::default()))
}

/// `GET /reset-password`. Looking at the link does not use it up: mail scanners follow links, too.
pub(crate) async fn show_reset(Extension(visit): Extension<Arc<Visit>>, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show_reset_form(&visit, query.get("token"), (StatusCode::OK, Complaints::default()))
}

/// `POST /reset-password`
pub(crate) async fn reset(form: BrowserForm) -> Answer {
    let (visit, fields) = form.fresh()?;
    let link = fields.get("token");
    let new = match choose_password(&fields, "new_password") {
        Ok(new) => new,
        Err(complaint) => {
            let complaints = Complaints::one("new_password", complaint);
            return show_reset_form(&visit, link, (StatusCode::UNPROCESSABLE_ENTITY, complaints));
        }
    };
    visit.engine.reset_password(&visit.caller(), link, new).await?;
    Ok(see(&Notice::PasswordReset.at("/sign-in")))
}

fn show_form(
    visit: &Visit,
    fields: &Fields,
    is_sent: bool,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let (token, cookie) = visit.browser_token();
    let shown = ForgotPasswordPage {
        face: Face::of(visit),
        token: token.expose(),
        onward: &Onward::read(fields),
        email: fields.get("email"),
        is_sent,
        complaints,
    };
    Ok(remember(visit, page(status, &shown)?, cookie))
}

fn show_reset_form(visit: &Visit, link: &str, (status, complaints): (StatusCode, Complaints)) -> Answer {
    let (token, cookie) = visit.browser_token();
    let shown = ResetPasswordPage { face: Face::of(visit), token: token.expose(), link, complaints };
    Ok(remember(visit, page(status, &shown)?, cookie))
}
