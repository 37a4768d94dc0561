//! Name and address.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::Profile;
use claviger_engine::SignedIn;
use http::StatusCode;

use super::super::error::Answer;
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::{page, see};
use super::super::sign_up::read_name;
use super::super::visit::Visit;
use super::shell::{Section, Shell};
use crate::complaints::Complaints;
use crate::fields::Fields;
use crate::onward::Onward;

#[derive(Template)]
#[template(path = "public/account/profile.html")]
pub(crate) struct ProfilePage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) name: &'p str,
    pub(crate) is_verified: bool,
    pub(crate) complaints: Complaints,
}

/// `GET /account`
pub(crate) async fn show_profile(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    let name = who.account().profile.name.as_deref().unwrap_or_default();
    let shell = Shell::new(&visit, &who, Section::Profile).saying(Notice::read(&query));
    show(shell, &who, name, (StatusCode::OK, Complaints::default()))
}

/// `POST /account`
pub(crate) async fn change_profile(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let name = match read_name(&fields) {
        Ok(name) => name,
        Err(complaint) => {
            let shell = Shell::new(&visit, &who, Section::Profile);
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, Complaints::one("name", complaint));
            return show(shell, &who, fields.get("name"), refused);
        }
    };
    let profile = Profile { name, ..who.account().profile.clone() };
    visit.engine.change_profile(&who, profile).await?;
    Ok(see(&Notice::ProfileSaved.at("/account")))
}

/// `POST /account/verify-email`
pub(crate) async fn send_verification(OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    visit.engine.send_verification(&visit.caller(), &who).await?;
    Ok(see(&Notice::VerificationSent.at("/account")))
}

fn show(
    shell: Shell<'_>,
    who: &SignedIn,
    name: &str,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let is_verified = who.account().email_verified_at.is_some();
    page(status, &ProfilePage { shell, name, is_verified, complaints })
}
