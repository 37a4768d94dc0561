//! The device page (RFC 8628 section 3.3): a code is entered, what it means is shown, and allowed or refused.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_engine::{ConsentAnswer, DeviceQuestion, OAuthError, SignedIn};
use claviger_oauth::ErrorCode;
use http::StatusCode;

use super::consent::{ClientFace, ScopeLine, lines, read_answer};
use super::error::Answer;
use super::form::OwnerForm;
use super::render::{Face, Reader, page};
use super::visit::Visit;
use crate::complaints::Complaints;
use crate::fields::Fields;
use crate::onward::{Onward, clean_code};
use crate::words::say;

#[derive(Template)]
#[template(path = "public/device.html")]
pub(crate) struct DevicePage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) code: &'p str,
    pub(crate) complaints: Complaints,
}

#[derive(Template)]
#[template(path = "public/device_question.html")]
pub(crate) struct DeviceQuestionPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) code: &'p str,
    pub(crate) client: ClientFace,
    pub(crate) scopes: Vec<ScopeLine>,
    pub(crate) address: Option<String>,
}

#[derive(Template)]
#[template(path = "public/device_done.html")]
pub(crate) struct DeviceDonePage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) is_allowed: bool,
}

/// `GET /device`. A code in the address is filled in, never acted on: whoever follows a stranger's link must still look.
pub(crate) async fn show_device(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let given = query.given("user_code").or_else(|| query.given("device")).unwrap_or_default();
    let code = clean_code(given);
    let who = visit.owner(Onward::Device(code.clone())).await?;
    show_form(&visit, &who, &code, (StatusCode::OK, Complaints::default()))
}

/// `POST /device`
pub(crate) async fn look_up(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let code = fields.get("user_code");
    match visit.engine.find_device(&visit.caller(), code, &who).await {
        Ok(question) => show_question(&visit, &who, code, question).await,
        Err(error) => show_refusal(&visit, &who, code, error),
    }
}

/// `POST /device/answer`
pub(crate) async fn answer(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let (code, answer) = (fields.get("user_code"), read_answer(&fields)?);
    match visit.engine.answer_device(&visit.caller(), code, &who, answer).await {
        Ok(()) => {
            let is_allowed = answer == ConsentAnswer::Allow;
            page(StatusCode::OK, &DeviceDonePage { face: Face::of(&visit), is_allowed })
        }
        Err(error) => show_refusal(&visit, &who, code, error),
    }
}

async fn show_question(visit: &Visit, who: &SignedIn, code: &str, question: DeviceQuestion) -> Answer {
    let shown = DeviceQuestionPage {
        face: Face::of(visit),
        reader: Reader::new(who),
        code,
        client: ClientFace::of(visit, &question.client).await,
        scopes: lines(question.scopes, &[]),
        address: question.address.map(|address| address.to_string()),
    };
    page(StatusCode::OK, &shown)
}

fn show_refusal(visit: &Visit, who: &SignedIn, code: &str, error: OAuthError) -> Answer {
    match &error {
        OAuthError::Refused(refusal) if refusal.code == ErrorCode::InvalidGrant => {
            let complaint = say("device-there-no-such-code-not");
            let complaints = Complaints::one("user_code", complaint.to_owned());
            show_form(visit, who, code, (StatusCode::UNPROCESSABLE_ENTITY, complaints))
        }
        _ => Err(error.into()),
    }
}

fn show_form(
    visit: &Visit,
    who: &SignedIn,
    code: &str,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let shown = DevicePage { face: Face::of(visit), reader: Reader::new(who), code, complaints };
    page(status, &shown)
}
