//! The authenticator: begun, confirmed, removed; and its recovery codes.

use askama::Template;
use claviger_engine::{AccountError, Plain, RecoveryCodes, SignedIn};
use http::StatusCode;

use super::super::error::Answer;
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::{page, see};
use super::super::visit::Visit;
use super::security::show_complaint;
use super::shell::{Section, Shell};
use crate::complaints::Complaints;
use crate::enrolment::{Enrolment, WRONG_CODE};

#[derive(Template)]
#[template(path = "public/account/authenticator.html")]
pub(crate) struct AuthenticatorPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) enrolment: Enrolment<'p>,
    pub(crate) complaints: Complaints,
}

#[derive(Template)]
#[template(path = "public/account/recovery_codes.html")]
pub(crate) struct RecoveryCodesPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) codes: Vec<&'p str>,
    /// Where "I have stored them" leads.
    pub(crate) next: String,
}

/// `POST /account/authenticator`
pub(crate) async fn begin(OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let title = visit.installed.contract.title();
    let enrolment = visit.engine.begin_totp(&who, title).await?;
    let shown = (enrolment.secret.expose(), enrolment.address.expose());
    show_enrolment(&visit, &who, shown, (StatusCode::OK, Complaints::default()))
}

/// `POST /account/authenticator/confirm`. The secret comes along, so that after a slip of the finger the same picture is
/// there; what counts is the one that was kept.
pub(crate) async fn confirm(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    match visit.engine.confirm_totp(&who, fields.get("code").trim()).await {
        Ok(codes) => show_codes(&visit, &who, &codes),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE);
            let shown = (fields.get("secret"), fields.get("address"));
            show_enrolment(&visit, &who, shown, (StatusCode::UNPROCESSABLE_ENTITY, complaints))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/authenticator/remove`
pub(crate) async fn remove(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    match visit.engine.remove_totp(&who, fields.get("code").trim()).await {
        Ok(()) => Ok(see(&Notice::AuthenticatorRemoved.at("/account/security"))),
        Err(AccountError::Wrong) => show_complaint(&visit, &who, "code", WRONG_CODE).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/recovery-codes`
pub(crate) async fn renew_codes(OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let codes = visit.engine.renew_recovery_codes(&who).await?;
    show_codes(&visit, &who, &codes)
}

fn show_enrolment(
    visit: &Visit,
    who: &SignedIn,
    (secret, address): (&str, &str),
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let shown = AuthenticatorPage {
        shell: Shell::new(visit, who, Section::Security),
        enrolment: Enrolment::of(secret, address),
        complaints,
    };
    page(status, &shown)
}

fn show_codes(visit: &Visit, who: &SignedIn, codes: &RecoveryCodes) -> Answer {
    let shown = RecoveryCodesPage {
        shell: Shell::new(visit, who, Section::Security),
        codes: codes.0.iter().map(Plain::expose).collect(),
        next: Notice::CodesStored.at("/account/security"),
    };
    page(StatusCode::OK, &shown)
}
