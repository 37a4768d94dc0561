//! Passkeys: added and removed.

use axum::extract::Path;
use claviger_domain::PasskeyId;
use claviger_engine::AccountError;

use super::super::error::{Answer, PublicError};
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::see;
use super::super::sign_up::read_name;
use super::security::show_complaint;
use crate::explain::Explain;
use crate::words::say;

/// `POST /account/passkeys`
pub(crate) async fn register(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let name = match read_name(&fields) {
        Ok(name) => name.unwrap_or_else(|| say("account-passkey").to_string()),
        Err(complaint) => return show_complaint(&visit, &who, "name", complaint).await,
    };
    let Some(answer) = fields.given("passkey_answer") else {
        return show_complaint(&visit, &who, "name", say("account-browser-not-made-passkey")).await;
    };
    let ceremony = (visit.site(), fields.get("passkey_state"));
    match visit.engine.register_passkey(&who, ceremony, &name, answer).await {
        Ok(()) => Ok(see(&Notice::PasskeyAdded.at("/account/security"))),
        Err(AccountError::Wrong) => {
            show_complaint(&visit, &who, "name", say("account-passkey-cannot-used-here")).await
        }
        Err(AccountError::Stale) => {
            show_complaint(&visit, &who, "name", say("account-took-too-long-please-try")).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/passkeys/{id}/remove`
pub(crate) async fn remove(Path(id): Path<String>, OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let id: PasskeyId = id.parse().map_err(|_| PublicError::NoPage)?;
    match visit.engine.remove_passkey(&who, id).await {
        // Twice is fine: it is gone.
        Ok(()) | Err(AccountError::Conflict) => Ok(see(&Notice::PasskeyRemoved.at("/account/security"))),
        Err(error @ AccountError::OnlyWayIn) => show_complaint(&visit, &who, "name", error.explain()).await,
        Err(error) => Err(error.into()),
    }
}
