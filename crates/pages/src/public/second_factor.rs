//! The second factor: a code of the authenticator, or a recovery code.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_engine::{AccountError, SessionError, SignedIn};
use http::StatusCode;

use super::error::{Answer, PublicError};
use super::form::HalfwayForm;
use super::render::{Face, Reader, page};
use super::step::proceed;
use super::visit::Visit;
use crate::complaints::Complaints;
use crate::enrolment::WRONG_CODE;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::policy::Needs;

#[derive(Template)]
#[template(path = "public/second_factor.html")]
pub(crate) struct SecondFactorPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) onward: &'p Onward,
    pub(crate) complaints: Complaints,
}

/// `GET /second-factor`
pub(crate) async fn show_second_factor(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let onward = Onward::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let Some(who) = visit.who().await? else { return Err(PublicError::NotSignedIn(onward)) };
    // A request may ask for it at a session that has had one.
    if !who.awaits_second_factor() && onward.flow().is_none() {
        return proceed(&visit, &who, &onward).await;
    }
    show_form(&visit, &who, &onward, (StatusCode::OK, Complaints::default())).await
}

/// `POST /second-factor`
pub(crate) async fn prove(HalfwayForm { visit, who, fields }: HalfwayForm) -> Answer {
    let onward = Onward::read(&fields);
    match visit.engine.prove_second_factor(&who, fields.get("code").trim()).await {
        Ok(()) => {}
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE);
            return show_form(&visit, &who, &onward, (StatusCode::UNPROCESSABLE_ENTITY, complaints)).await;
        }
        Err(error) => return Err(error.into()),
    }
    // Read anew: what the session has proved is part of it.
    let who = visit.who().await?.ok_or(PublicError::Session(SessionError::Ended))?;
    proceed(&visit, &who, &onward).await
}

async fn show_form(
    visit: &Visit,
    who: &SignedIn,
    onward: &Onward,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let needs =
        Needs { form_actions: visit.form_actions(onward).await?, has_script: false, ..Needs::default() };
    let shown = SecondFactorPage { face: Face::of(visit), reader: Reader::new(who), onward, complaints };
    Ok(needs.mark(page(status, &shown)?))
}
