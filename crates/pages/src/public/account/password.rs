//! Changing one's own password.

use claviger_engine::{AccountError, Password};

use super::super::error::Answer;
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::see;
use super::super::sign_up::choose_password;
use super::security::show_complaint;

use crate::words::{Phrase, say};

/// `POST /account/password`
pub(crate) async fn change_password(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    const WRONG: Phrase = say("account-not-password");
    let Ok(old) = Password::typed(fields.get("password").to_owned()) else {
        return show_complaint(&visit, &who, "password", WRONG).await;
    };
    let new = match choose_password(&fields, "new_password") {
        Ok(new) => new,
        Err(complaint) => return show_complaint(&visit, &who, "new_password", complaint).await,
    };
    match visit.engine.change_password(&who, old, new).await {
        Ok(()) => Ok(see(&Notice::PasswordChanged.at("/account/security"))),
        Err(AccountError::Wrong) => show_complaint(&visit, &who, "password", WRONG).await,
        Err(error) => Err(error.into()),
    }
}
