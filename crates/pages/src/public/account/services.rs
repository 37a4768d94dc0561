//! Other services that an account can be signed in to with: linked and unlinked.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery};
use claviger_engine::{AccountError, UpstreamErrand};

use super::super::error::Answer;
use super::super::form::OwnerForm;
use super::super::notice::Notice;
use super::super::render::see;
use super::super::upstream::send_away;
use super::super::visit::Visit;
use super::security::show_complaint;
use crate::explain::Explain;
use crate::fields::Fields;
use crate::onward::Onward;

/// `GET /account/services/{provider}/link`. A link and no form, for browsers let no form of ours lead to another site;
/// the ticket in it proves that a page of ours has shown it.
pub(crate) async fn link(
    Extension(visit): Extension<Arc<Visit>>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = visit.owner(Onward::Account).await?;
    send_away(&visit, &provider, UpstreamErrand::Link(&who, query.get("ticket"))).await
}

/// `POST /account/services/{provider}/unlink`
pub(crate) async fn unlink(Path(provider): Path<String>, OwnerForm { visit, who, .. }: OwnerForm) -> Answer {
    match visit.engine.unlink_provider(&visit.caller(), &who, &provider).await {
        Ok(()) => Ok(see(&Notice::ServiceUnlinked.at("/account/security"))),
        Err(error @ AccountError::OnlyWayIn) => {
            show_complaint(&visit, &who, "service", error.explain()).await
        }
        Err(error) => Err(error.into()),
    }
}
