//! Changing one's own e-mail address: the wish, and the link that was sent to the new one.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::Email;
use claviger_engine::{AccountError, Password};
use http::StatusCode;

use super::super::error::Answer;
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::{page, see};
use super::super::visit::Visit;
use super::profile::show_complaint;
use super::shell::{Section, Shell};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::onward::Onward;
use crate::words::{Phrase, say};

#[derive(Template)]
#[template(path = "public/account/new_address.html")]
pub(crate) struct NewAddressPage<'p> {
    pub(crate) shell: Shell<'p>,
    pub(crate) link: &'p str,
}

/// `POST /account/email`
pub(crate) async fn request(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    const WRONG: Phrase = say("account-not-password");
    let email: Email = match fields.get("email").trim().parse() {
        Ok(email) => email,
        Err(error) => {
            let complaint = mistake(say("wrong-email-address"), &error);
            return show_complaint(&visit, &who, ("email", fields.get("email")), complaint).await;
        }
    };
    let complaint = |field, text: String| show_complaint(&visit, &who, (field, fields.get("email")), text);
    // Too long for anyone's password, so it is wrong.
    let Ok(password) = Password::typed(fields.get("password").to_owned()) else {
        return complaint("password", WRONG.to_string()).await;
    };
    match visit.engine.request_new_address(&visit.caller(), &who, email, password).await {
        Ok(()) => Ok(see(&Notice::NewAddressSent.at("/account"))),
        Err(AccountError::Wrong) => complaint("password", WRONG.to_string()).await,
        Err(AccountError::Conflict) => complaint("email", say("account-address-already").to_string()).await,
        Err(error @ AccountError::SignInAgain) => complaint("email", error.explain().to_string()).await,
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/email/confirm`. Looking at the link does not use it up: mail scanners follow links, too.
pub(crate) async fn show_link(Extension(visit): Extension<Arc<Visit>>, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let token = query.get("token");
    let who = visit.owner(Onward::new_address(token)).await?;
    let shown = NewAddressPage { shell: Shell::new(&visit, &who, Section::Profile), link: token };
    page(StatusCode::OK, &shown)
}

/// `POST /account/email/confirm`
pub(crate) async fn confirm(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    visit.engine.confirm_new_address(&visit.caller(), &who, fields.get("token")).await?;
    Ok(see(&Notice::AddressChanged.at("/account")))
}
