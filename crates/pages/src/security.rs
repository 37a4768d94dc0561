//! An operator's own authenticator: begun, confirmed, removed; and its recovery codes.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_engine::{AccountError, Plain, RecoveryCodes, SignedIn};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::enrolment::{Enrolment, WRONG_CODE};
use crate::error::Answer;
use crate::fields::Fields;
use crate::notice::Notice;
use crate::permit::{KeysRead, Permit, Recent};
use crate::sent::Sent;
use crate::state::PagesState;

/// Where these pages begin.
const SECURITY: &str = "/console/security";
/// What authenticators call the account.
const ISSUER: &str = "Claviger";

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage<'p> {
    chrome: Chrome<'p>,
    has_totp: bool,
    recovery_codes: u32,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct AuthenticatorPage<'p> {
    chrome: Chrome<'p>,
    enrolment: Enrolment<'p>,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage<'p> {
    chrome: Chrome<'p>,
    codes: Vec<&'p str>,
    /// Where "I have stored them" leads.
    next: String,
}

/// `GET /console/security`
pub(crate) async fn show_security(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    permit: Permit<KeysRead>,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let chrome = chrome(permit.signed_in()).saying(Notice::read(&query));
    show(&state, permit.signed_in(), chrome, (StatusCode::OK, Complaints::default())).await
}

/// `POST /console/security/authenticator`
pub(crate) async fn begin(State(state): State<PagesState>, sent: Sent<Recent<KeysRead>>) -> Answer {
    let who = sent.permit.signed_in();
    let enrolment = state.engine.begin_totp(who, ISSUER).await?;
    let shown = Enrolment::of(enrolment.secret.expose(), enrolment.address.expose());
    show_enrolment(who, shown, (StatusCode::OK, Complaints::default()))
}

/// `POST /console/security/authenticator/confirm`. The secret comes along, so that after a slip of the finger the same
/// picture is there; what counts is the one that was kept.
pub(crate) async fn confirm(State(state): State<PagesState>, sent: Sent<KeysRead>) -> Answer {
    let (who, fields) = (sent.permit.signed_in(), &sent.fields);
    match state.engine.confirm_totp(who, fields.get("code").trim()).await {
        Ok(codes) => show_codes(who, &codes),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE.to_owned());
            let shown = Enrolment::of(fields.get("secret"), fields.get("address"));
            show_enrolment(who, shown, (StatusCode::UNPROCESSABLE_ENTITY, complaints))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/security/authenticator/remove`
pub(crate) async fn remove(State(state): State<PagesState>, sent: Sent<Recent<KeysRead>>) -> Answer {
    let who = sent.permit.signed_in();
    match state.engine.remove_totp(who, sent.fields.get("code").trim()).await {
        Ok(()) => Ok(Redirect::to(&address_of(Notice::AuthenticatorRemoved)).into_response()),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE.to_owned());
            show(&state, who, chrome(who), (StatusCode::UNPROCESSABLE_ENTITY, complaints)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/security/recovery-codes`
pub(crate) async fn renew_codes(State(state): State<PagesState>, sent: Sent<Recent<KeysRead>>) -> Answer {
    let who = sent.permit.signed_in();
    let codes = state.engine.renew_recovery_codes(who).await?;
    show_codes(who, &codes)
}

fn chrome(who: &SignedIn) -> Chrome<'_> {
    Chrome::new(who, Section::Security)
}

fn address_of(notice: Notice) -> String {
    format!("{SECURITY}?notice={}", notice.word())
}

async fn show(
    state: &PagesState,
    who: &SignedIn,
    chrome: Chrome<'_>,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let overview = state.engine.account_overview(who).await?;
    let (has_totp, recovery_codes) = (overview.has_totp, overview.recovery_codes);
    page(status, &SecurityPage { chrome, has_totp, recovery_codes, complaints })
}

fn show_enrolment(
    who: &SignedIn,
    enrolment: Enrolment<'_>,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    page(status, &AuthenticatorPage { chrome: chrome(who), enrolment, complaints })
}

fn show_codes(who: &SignedIn, codes: &RecoveryCodes) -> Answer {
    let shown = RecoveryCodesPage {
        chrome: chrome(who),
        codes: codes.0.iter().map(Plain::expose).collect(),
        next: address_of(Notice::CodesStored),
    };
    page(StatusCode::OK, &shown)
}
