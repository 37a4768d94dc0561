//! Making one's own account, where the contract lets people.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::{Email, Profile};
use claviger_engine::{AccountError, NewPassword, SignUp};
use http::StatusCode;

use super::error::{Answer, PublicError};
use super::form::BrowserForm;
use super::notice::Notice;
use super::render::{Face, page, remember, see};
use super::visit::Visit;
use crate::complaints::Complaints;
use crate::explain::mistake;
use crate::fields::Fields;
use crate::naming::read_name;
use crate::onward::Onward;
use crate::words::{say, tag};

#[derive(Template)]
#[template(path = "public/sign_up.html")]
pub(crate) struct SignUpPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) token: &'p str,
    pub(crate) onward: &'p Onward,
    pub(crate) name: &'p str,
    pub(crate) email: &'p str,
    pub(crate) complaints: Complaints,
}

/// `GET /sign-up`
pub(crate) async fn show_sign_up(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show_form(&visit, &Fields::default(), &Onward::read(&query), (StatusCode::OK, Complaints::default()))
}

/// `POST /sign-up`. Whether the address has an account already, only its owner learns, by mail.
pub(crate) async fn sign_up(form: BrowserForm) -> Answer {
    let (visit, fields) = form.fresh()?;
    let onward = Onward::read(&fields);
    let new = match read_sign_up(&visit, &fields) {
        Ok(new) => new,
        Err(complaints) => {
            return show_form(&visit, &fields, &onward, (StatusCode::UNPROCESSABLE_ENTITY, complaints));
        }
    };
    visit.engine.sign_up(&visit.caller(), new).await?;
    Ok(see(&onward.to_with("/sign-in", &[("notice", Notice::SignedUp.word())])))
}

fn read_sign_up(visit: &Visit, fields: &Fields) -> Result<SignUp, Complaints> {
    let mut complaints = Complaints::default();
    let name = complaints.take("name", read_name(fields));
    let email = fields.get("email").trim().parse::<Email>();
    let email = complaints.take("email", email.map_err(|error| mistake(say("wrong-email-address"), &error)));
    let password = complaints.take("password", choose_password(fields, "password"));
    match (name, email, password) {
        (Some(name), Some(email), Some(password)) => {
            let profile = Profile { name, locale: Some(tag().to_owned()), ..Profile::default() };
            Ok(SignUp { email, password, profile, origin: visit.origin() })
        }
        _ => Err(complaints),
    }
}

/// A password that somebody chose.
pub(crate) fn choose_password(fields: &Fields, field: &str) -> Result<NewPassword, String> {
    NewPassword::choose(fields.get(field).to_owned()).map_err(|error| mistake(say("wrong-password"), &error))
}

fn show_form(
    visit: &Visit,
    fields: &Fields,
    onward: &Onward,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    if !visit.installed.contract.tokens().open_sign_up {
        return Err(PublicError::Account(AccountError::NotOffered));
    }
    let (token, cookie) = visit.browser_token();
    let shown = SignUpPage {
        face: Face::of(visit),
        token: token.expose(),
        onward,
        name: fields.get("name"),
        email: fields.get("email"),
        complaints,
    };
    Ok(remember(visit, page(status, &shown)?, cookie))
}
