//! Passkeys: added and removed.

use axum::extract::Path;
use claviger_domain::PasskeyId;

use super::super::error::{Answer, PublicError};
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::see;
use super::security::show_complaints;
use crate::passkeys::{self, Sent};

/// `POST /account/passkeys`
pub(crate) async fn register(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    match passkeys::add(&visit.engine, &who, visit.site(), &fields).await? {
        Sent::Done => Ok(see(&Notice::PasskeyAdded.at("/account/security"))),
        Sent::Wrong(complaints) => show_complaints(&visit, &who, complaints).await,
    }
}

/// `POST /account/passkeys/{id}/remove`
pub(crate) async fn remove(Path(id): Path<String>, OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    let id: PasskeyId = id.parse().map_err(|_| PublicError::NoPage)?;
    match passkeys::remove(&visit.engine, &who, id).await? {
        Sent::Done => Ok(see(&Notice::PasskeyRemoved.at("/account/security"))),
        Sent::Wrong(complaints) => show_complaints(&visit, &who, complaints).await,
    }
}
