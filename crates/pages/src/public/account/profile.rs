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
use super::super::visit::Visit;
use super::shell::{Section, Shell};
use crate::complaints::Complaints;
use crate::fields::Fields;
use crate::naming::read_name;
use crate::onward::Onward;
use crate::words::Phrase;

#[derive(Template)]
#[template(path = "public/account/profile.html")]
pub(crate) struct ProfilePage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) name: &'p str,
    pub(crate) is_verified: bool,
    /// What was typed as the new address.
    pub(crate) email: &'p str,
    pub(crate) has_password: bool,
    pub(crate) complaints: Complaints,
}

/// `GET /account`
pub(crate) async fn show_profile(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    let typed = Typed { name: own_name(&who), email: "" };
    show(&visit, &who, typed, (StatusCode::OK, Notice::read(&query), Complaints::default())).await
}

/// `POST /account`
pub(crate) async fn change_profile(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let name = match read_name(&fields) {
        Ok(name) => name,
        Err(complaint) => {
            let typed = Typed { name: fields.get("name"), email: "" };
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, None, Complaints::one("name", complaint));
            return show(&visit, &who, typed, refused).await;
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

/// What stands in the forms.
struct Typed<'t> {
    name: &'t str,
    email: &'t str,
}

fn own_name(who: &SignedIn) -> &str {
    who.account().profile.name.as_deref().unwrap_or_default()
}

/// The page again, with what is wrong with the wish for another address.
pub(super) async fn show_complaint(
    visit: &Visit,
    who: &SignedIn,
    (field, email): (&'static str, &str),
    message: impl std::fmt::Display,
) -> Answer {
    let refused = (StatusCode::UNPROCESSABLE_ENTITY, None, Complaints::one(field, message));
    show(visit, who, Typed { name: own_name(who), email }, refused).await
}

async fn show(
    visit: &Visit,
    who: &SignedIn,
    Typed { name, email }: Typed<'_>,
    (status, notice, complaints): (StatusCode, Option<Phrase>, Complaints),
) -> Answer {
    let overview = visit.engine.account_overview(who).await?;
    let shown = ProfilePage {
        shell: Shell::new(visit, who, Section::Profile).saying(notice),
        name,
        is_verified: overview.account.email_verified_at.is_some(),
        email,
        has_password: overview.has_password,
        complaints,
    };
    page(status, &shown)
}
